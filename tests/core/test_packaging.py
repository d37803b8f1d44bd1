"""What `pip install .` brings: the package with all its files, the weights, and what it depends on."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with what a wheel would install."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("mnist_demo", "checkpoints"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "."]
    subprocess.run([*command, "--wheel-dir", "wheels"], cwd=source, check=True)
    (wheel,) = (source / "wheels").iterdir()
    folder = tmp_path_factory.mktemp("installed")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_every_file_of_the_package_is_installed(installed):
    files = [path for path in (ROOT / "mnist_demo").rglob("*") if path.is_file()]
    wanted = {path.relative_to(ROOT) for path in files if path.suffix != ".pyc"}
    missing = [str(path) for path in wanted if not (installed / path).is_file()]
    assert missing == []


def test_the_command_finds_the_shipped_weights_where_it_is_installed(installed, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "mnist_demo", "models"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    shipped = {path.stem for path in (ROOT / "checkpoints").glob("*.safetensors")}
    assert {line["model"] for line in lines if line["checkpoint"]} == shipped


def test_an_installed_command_offers_what_python_m_offers(installed):
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    commands = dict(re.findall(r"^(.+) = (.+)$", points.read_text(), re.MULTILINE))
    module, function = commands["mnist-demo"].split(":")
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    script = f"import sys, {module} as it; sys.argv = ['mnist-demo', '--help']; it.{function}()"
    run = [sys.executable, "-c", script]
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    assert "static" in done.stdout
    assert commands["mnist-demo-page"] == "mnist_demo.ui.launch:main"


def test_what_is_imported_is_declared():
    names = {"PIL": "pillow", "sklearn": "scikit-learn", "HersheyFonts": "hershey-fonts"}
    imported = set()
    for path in (ROOT / "mnist_demo").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported.add(str(node.module).split(".")[0])
    imported -= {*sys.stdlib_module_names, "mnist_demo", "_typeshed"}
    declared = {Requirement(line).name for line in PROJECT["dependencies"]}
    missing = {names.get(name, name.replace("_", "-")) for name in imported} - declared
    assert missing == set()


def test_what_is_pinned_is_what_the_package_depends_on():
    pinned = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        pinned[requirement.name] = specifier.version
    wanted = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
    assert pinned.keys() == wanted.keys()
    assert all(wanted[name].specifier.contains(version) for name, version in pinned.items())
