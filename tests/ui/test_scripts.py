"""The page's modules as they are served: at addresses that change with their contents."""

import re
from pathlib import Path

import httpx
import pytest

from mnist_demo.ui import scripts

FOLDER = Path(scripts.__file__).parent
LOADED = [
    "header.js",
    "pad/main.js",
    *(f"training/{name}.js" for name in ("form", "live", "plots", "status", "runs", "results")),
]


@pytest.fixture
def http(app):
    with httpx.Client(base_url=app.local_url) as http:
        yield http


def address_of(module: str) -> str:
    return re.search(r'"(scripts/.*?)"', scripts.loading(module))[1]


def test_a_module_is_served_and_kept_for_good(http):
    version = address_of("pad/main.js").removesuffix("pad/main.js")
    answer = http.get(version + "pad/engine/operations.js")
    assert answer.status_code == 200
    assert answer.content == (FOLDER / "pad/engine/operations.js").read_bytes(), "it imports nothing"
    assert answer.headers["Content-Type"].startswith("text/javascript")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


def test_every_component_s_module_exports_mount(http):
    config = http.get("config").json()
    loads = [part["props"].get("js_on_load") or "" for part in config["components"]]
    addresses = {found[1] for load in loads if (found := re.search(r'"(scripts/.*?)"', load))}
    assert addresses == {address_of(module) for module in LOADED}
    for address in addresses:
        assert "export function mount(" in http.get(address).text


def test_what_is_served_imports_nothing_more(http):
    for module in LOADED:
        assert not re.findall(r"^import\b", http.get(address_of(module)).text, re.MULTILINE)


def test_the_page_names_what_the_pad_needs_in_its_header_and_only_the_page_does(http):
    named = re.findall(r"<(.*?)>; rel=(?:module)?preload", http.get("/").headers["Link"])
    assert named[:2] == [address_of("pad/main.js"), address_of("header.js")]
    assert any("Blocks-" in name for name in named[2:])
    for address in named:
        assert http.get(address).status_code == 200, address
    assert "Link" not in http.get("config").headers


@pytest.mark.parametrize(
    "path", ["scripts.py", "load.js", "pad", "", "pad/pad.css", "%2e%2e/app.py", "pad/%2e%2e/scripts.py"]
)
def test_nothing_else_is_served(http, path):
    version = address_of("pad/main.js").removesuffix("pad/main.js")
    assert http.get(version + path).status_code == 404


def test_another_version_is_not_there(http):
    assert http.get("scripts/0123456789abcdef/pad/main.js").status_code == 404


def test_a_module_that_is_not_there_is_noticed_at_the_start():
    with pytest.raises(KeyError):
        scripts.loading("pad/missing.js")
