"""The README says what is true: its tables, its file map, its packages, its front matter."""

import json
import os
import re
from pathlib import Path

import yaml
from PIL import Image

from benchmarks.screenshot import FACTS, PICTURE
from mnist_demo.models.checkpoints import DIRECTORY, read_card
from tests.readme import HOSTING, README, filled

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")


def test_the_tables_are_those_of_the_code():
    for document in (README, HOSTING):
        text = document.read_text(encoding="utf-8")
        assert filled(text) == text, "run `python -m tests.readme`"
        assert re.search(r"<!-- (\w+): [^\n]* -->.*<!-- /\1 -->", text, re.DOTALL)


def test_percent_signs_follow_their_numbers_without_a_space():
    documents = [
        README,
        HOSTING,
        *(ROOT / name for name in ("CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")),
    ]
    for document in documents:
        assert not re.search(r"\d[ \u00a0]%", document.read_text(encoding="utf-8")), document.name


def test_the_links_of_the_documents_lead_somewhere():
    for document in [*ROOT.glob("*.md"), HOSTING]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / link).exists(), f"{document.name}: {link}"


def test_the_picture_shows_what_the_cards_say():
    with Image.open(PICTURE) as picture:
        shown = json.loads(picture.info[FACTS])
    cards = {path.stem: read_card(path) for path in DIRECTORY.glob("*.json")}
    assert shown == {
        name: [f"{card.parameters:,}", f"{100 * card.test_accuracy:.2f}%"] for name, card in cards.items()
    }, "run `python -m benchmarks.screenshot`"


def present() -> set[str]:
    """The project's files, found without git, which a downloaded archive doesn't have."""
    found = set()
    for folder, folders, files in os.walk(ROOT):
        here = Path(folder)
        # hidden folders, environments and node's packages aren't the project's
        folders[:] = [
            name
            for name in folders
            if not name.startswith(".")
            and name != "node_modules"
            and not (here / name / "pyvenv.cfg").exists()
        ]
        found |= {(here / name).relative_to(ROOT).as_posix() for name in files}
    return found


def mapped() -> dict[str, str]:
    """The paths of the file map, with the words for each."""
    block = re.search(r"## Where things are\n\n```\n(.*?)```", TEXT, re.DOTALL)
    assert block
    found: dict[str, str] = {}
    folders: list[str] = []
    for line in block[1].splitlines():
        name, _, words = line.strip().partition("  ")
        depth = (len(line) - len(line.lstrip())) // 2
        path = "/".join([*folders[:depth], name.rstrip("/")])
        if name.endswith("/"):
            folders[depth:] = [name.rstrip("/")]
        found[path] = words.strip()
    return found


def test_the_file_map_is_the_tree():
    files, here = mapped(), present()
    folders = {path.rpartition("/")[0] for path in files}
    for path, words in files.items():
        assert words or path in folders, f"{path} has no words"
        assert (ROOT / path).exists(), f"{path} is in the map and not in the tree"
    inside = [path for path in files if path not in folders]
    for path in here:
        if path.endswith((".py", "Makefile", ".html", ".css", ".js")) and not path.endswith("__init__.py"):
            assert any(path == entry or path.startswith(f"{entry}/") for entry in inside), (
                f"{path} is not mapped"
            )


def test_every_package_has_its_reason():
    wanted = set()
    for name in ("requirements.txt", "requirements-test.txt"):
        for line in (ROOT / name).read_text().splitlines():
            if not line.startswith("-r"):
                wanted.add(line.split("==")[0])
    packages = json.loads((ROOT / "package.json").read_text())
    wanted |= {name for name in packages["devDependencies"] if not name.startswith("@")}  # eslint's own
    section = TEXT.split("## What it stands on")[1]
    named = {
        name
        for row in re.findall(r"^\| ([a-z0-9, -]+) \|", section, re.MULTILINE)
        for name in row.split(", ")
        if name != "package"
    }
    assert named == wanted


def test_the_front_matter_is_that_of_a_space():
    matter = yaml.safe_load(TEXT.split("---")[1])
    pinned = dict(line.split("==") for line in (ROOT / "requirements.txt").read_text().splitlines())
    assert matter["sdk"] == "gradio"
    assert matter["sdk_version"] == pinned["gradio"]
    assert (ROOT / matter["app_file"]).is_file()
    assert matter["license"] == "mit"
    assert len(matter["short_description"]) <= 60
    assert {"title", "emoji", "python_version"} <= matter.keys()
