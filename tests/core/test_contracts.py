"""The import contracts: each breaks where the import that it forbids is planted in a copy of the code."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Module -> what it may not import, and the contract that says so.
PLANTED = {
    "training.jobs": ("gradio", "Only the page imports gradio"),
    "models.checkpoints": ("gradio", "Only the page imports gradio"),
    "data.mnist": ("gradio", "Only the page imports gradio"),
    "ink.strokes": ("gradio", "Only the page imports gradio"),
    "cli": ("gradio_client", "Only the page imports gradio"),
    "ui.sessions.runs": ("gradio", "The server's side of the page and the sessions know no gradio"),
    "ink.fitting": ("torch", "Ink knows no torch"),
    "digits": ("mnist_demo.ink.strokes", "Imports point down, between the rooms"),
    "training.step": ("mnist_demo.training.loop", "Imports point down, in training"),
    "ui.server.limits": ("mnist_demo.ui.services", "Imports point down, in the page"),
    "ui.pad.payloads": ("mnist_demo.ui.pad.handlers", "Imports point down, in the sketchpad"),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The package's Python files and the contracts, to be changed by a test."""
    for file in (ROOT / "mnist_demo").rglob("*.py"):
        there = tmp_path / file.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path / "mnist_demo"


def broken(copy: Path) -> dict[str, str]:
    """The contracts that the copy breaks, each with the report."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=copy.parent, capture_output=True, text=True, check=False)
    summary, _, details = done.stdout.partition("Broken contracts\n")
    names = re.findall(r"^(.*) BROKEN$", summary, re.MULTILINE)
    assert (done.returncode != 0) == bool(names), done.stdout + done.stderr
    titles = [f"\n{name}\n{'-' * len(name)}\n" for name in names]
    parts = re.split("|".join(map(re.escape, titles)), details)[1:]
    return dict(zip(names, parts, strict=True))


def test_a_planted_import_breaks_its_contract(copy):
    for module, (imported, _) in PLANTED.items():
        with (copy / f"{module.replace('.', '/')}.py").open("a") as file:
            file.write(f"\nimport {imported}\n")
    found = broken(copy)
    for module, (imported, contract) in PLANTED.items():
        assert re.search(rf"mnist_demo\.{module} -> {imported}\b", found[contract]), (module, found[contract])


def test_a_new_module_has_to_say_where_it_belongs(copy):
    packages = {file.parent for file in copy.rglob("__init__.py")}
    for package in packages:
        (package / "novelty.py").touch()
    found = broken(copy)
    assert len(found) == len(packages)
    assert all(re.search(r"\bnovelty\b", said) for said in found.values())
