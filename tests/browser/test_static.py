"""The pad as plain files, served by a plain file server from a folder below its root, and drawn on."""

import functools
import http.server
import json
import subprocess
import sys
import threading

import pytest
import yaml
from playwright.sync_api import expect

from tests.browser.pad import ONE, SEVEN, Pad
from tests.readme import README

#: The strictest that the page works under; docs/hosting.md has it too.
POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:"


class Strict(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


def static(folder, *options):
    command = [sys.executable, "-m", "mnist_demo", "static", folder, *options]
    return subprocess.run(command, cwd=README.parent, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("root") / "some" / "pad"
    done = static(folder)
    assert done.returncode == 0, done.stderr
    return folder, json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def address(site):
    folder, _ = site
    handler = functools.partial(Strict, directory=folder.parents[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/some/pad/"
        server.shutdown()


def test_the_documentation_names_the_policy_that_it_needs():
    assert POLICY in " ".join((README.parent / "docs" / "hosting.md").read_text(encoding="utf-8").split())


def test_it_says_what_it_wrote_and_that_is_small(site):
    folder, line = site
    written = [path for path in folder.rglob("*") if path.is_file()]
    total = sum(path.stat().st_size for path in written)
    assert line == {"folder": str(folder), "files": len(written), "bytes": total}
    assert total <= 8_000_000
    matter = yaml.safe_load((folder / "README.md").read_text(encoding="utf-8").split("---")[1])
    assert matter["sdk"] == "static"
    assert (folder / matter["app_file"]).is_file()


def test_links_to_it_show_its_picture_where_its_address_is_named(site, tmp_path):
    plain, _ = site
    assert (plain / "preview.png").is_file()
    assert '"og:title" content="Handwritten digits"' in (plain / "index.html").read_text(encoding="utf-8")
    done = static(tmp_path / "named", "--address", "https://example.org/digits")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "named" / "index.html").read_text(encoding="utf-8")
    assert 'property="og:image" content="https://example.org/digits/preview.png"' in page
    assert static(tmp_path / "wrong", "--address", "digits").returncode == 2
    assert not (tmp_path / "wrong").exists()


def test_what_is_in_a_folder_stays_there(tmp_path):
    (tmp_path / "mine").write_text("mine")
    done = static(tmp_path)
    assert done.returncode == 1
    assert not done.stdout
    assert "isn't empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_it_is_the_same_pad_and_it_answers(new_page, address):
    page = new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    pad = Pad(page, address).open()
    pad.draw(SEVEN)
    for name in ("logistic", "cnn-tiny", "cnn", "mlp"):
        expect(pad.model(name)).to_have_attribute("data-where", "here", timeout=60_000)
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 7")
    pad.tool("Clear").click()
    pad.expect_blank()
    pad.draw(ONE)
    pad.expect_read()
    expect(pad.verdict).to_have_text("All four read 1")
    assert pad.notice.inner_text() == ""
    assert all(url.startswith(address) for url in asked if not url.startswith("data:"))


def test_what_it_cannot_do_it_does_not_show(new_page, address):
    pad = Pad(new_page(), address).open()
    expect(pad.page.get_by_text("Training")).to_have_count(0)
    expect(pad.tool("Choose a picture")).to_have_count(0)
    expect(pad.page.get_by_role("link", name="API")).to_have_count(0)


def test_it_has_the_page_s_colors_in_both_themes(new_page, address):
    for theme, paper in (("light", "rgb(246, 244, 238)"), ("dark", "rgb(21, 23, 27)")):
        pad = Pad(new_page(color_scheme=theme), address).open()
        expect(pad.page.locator("body")).to_have_css("background-color", paper)
        expect(pad.page.locator("#digit-pad")).to_have_css("aspect-ratio", "1 / 1")
