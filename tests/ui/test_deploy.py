"""What is handed out to host the page with: it fits the page as it is."""

import re
from pathlib import Path

import yaml

from mnist_demo.ui.server.request_limits import OPEN

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def test_the_proxy_lets_through_the_largest_body_that_the_page_takes():
    (megabytes,) = re.findall(r"client_max_body_size (\d+)m;", (DEPLOY / "nginx.conf").read_text())
    assert max(OPEN.values()) <= int(megabytes) * 2**20 <= 1.2 * max(OPEN.values())


def test_the_proxy_passes_on_what_the_page_needs():
    text = (DEPLOY / "nginx.conf").read_text()
    for header in ("Host", "Upgrade", "Connection", "X-Forwarded-For", "X-Forwarded-Proto"):
        assert re.search(rf"proxy_set_header {header} \$\w+;", text)
    assert text.count("{") == text.count("}")
    assert "$remote_addr" not in re.search(r"log_format .*;", text)[0], "addresses are not logged"


def test_the_container_holds_what_the_page_is_made_of_and_nothing_of_the_tests():
    text = (DEPLOY / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?:--chown=page )?(\S+) ", text, flags=re.MULTILINE)
    assert copied == ["requirements.txt", "app.py", "checkpoints", "mnist_demo"]
    assert all((ROOT / path).exists() for path in copied)
    assert text.index("USER page") < text.index("CMD [")


def test_the_copies_answer_by_the_name_that_the_proxy_asks():
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    (name, port) = re.findall(r"server (\w+):(\d+)", (DEPLOY / "nginx.conf").read_text())[0]
    assert f"EXPOSE {port}" in (DEPLOY / "Dockerfile").read_text()
    assert services[name]["deploy"]["replicas"] == 2
    build = services[name]["build"]
    assert (DEPLOY / build["context"] / build["dockerfile"]).resolve() == DEPLOY / "Dockerfile"
    assert (DEPLOY / services["proxy"]["volumes"][0].split(":")[0]).exists()
