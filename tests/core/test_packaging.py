"""What `pip install .` brings: the package with all its files, the weights, and what it depends on."""

import json
import os
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


def test_the_commands_point_at_functions(installed):
    (points,) = installed.glob("*.dist-info/entry_points.txt")
    assert "mnist-demo = mnist_demo.cli:main" in points.read_text()
    assert "mnist-demo-page = mnist_demo.ui.launch:main" in points.read_text()


def test_what_is_pinned_is_what_the_package_depends_on():
    pinned = {}
    for line in (ROOT / "requirements.txt").read_text().splitlines():
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        pinned[requirement.name] = specifier.version
    wanted = {requirement.name: requirement for requirement in map(Requirement, PROJECT["dependencies"])}
    assert pinned.keys() == wanted.keys()
    assert all(wanted[name].specifier.contains(version) for name, version in pinned.items())
