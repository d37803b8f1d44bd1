"""The script of a run does what the run did: on its own, in a process that knows nothing of this project."""

import ast
import dataclasses
import json
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest

from mnist_demo.data import datasets, download
from mnist_demo.events import Evaluated
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.loop import initial_model, train
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.optimizers import OPTIMIZERS, SCHEDULES
from mnist_demo.training.script import nearest, notebook_of, script_of

IMAGES = 1_000

#: Small enough to run them all, and with every entry of every registry in one of them.
SMALL = dataclasses.replace(RECIPES["mlp-30"], batch_size=50, epochs=2, learning_rate=0.01)
CHANGED = {
    **{f"loss {name}": dataclasses.replace(SMALL, loss=name, label_smoothing=0.1) for name in LOSSES},
    **{f"optimizer {name}": dataclasses.replace(SMALL, optimizer=name) for name in OPTIMIZERS},
    **{
        f"optimizer {name}, weight decay": dataclasses.replace(SMALL, optimizer=name, weight_decay=0.05)
        for name in OPTIMIZERS
    },
    **{f"schedule {name}": dataclasses.replace(SMALL, schedule=name) for name in SCHEDULES},
    **{f"augmentation {name}": dataclasses.replace(SMALL, augmentation=name) for name in AUGMENTATIONS},
    "a last batch of one": dataclasses.replace(SMALL, batch_size=333),
    "batches of one": dataclasses.replace(SMALL, batch_size=1, learning_rate=0.001),
    "batch norm and dropout": dataclasses.replace(
        SMALL, arguments={"hidden": (20, 10), "batch_norm": True, "dropout": 0.5}
    ),
    "another seed": dataclasses.replace(SMALL, seed=7),
    "an average": dataclasses.replace(SMALL, averaging=0.9),
    "no copies": dataclasses.replace(RECIPES["cnn-tiny"], arguments={"shift": 0}),
}
ALL = {**RECIPES, **CHANGED}

#: Runs every script in a file of JSON, {name: script}, and prints {name: what it printed}, a line for each.
_RUN = """
import contextlib, io, json, sys
import torch
torch.set_num_threads(1)  # as here: sums are rounded otherwise with more
assert not any("mnist_demo" in name for name in sys.modules)
for name, script in json.load(open(sys.argv[1])).items():
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, name, "exec"), {"__name__": "__main__"})
    print(json.dumps([name, printed.getvalue()]), flush=True)
"""


def _shortened(recipe: Recipe) -> Recipe:
    """The same with an epoch or two, as the constants at the top of the script can be changed."""
    return dataclasses.replace(recipe, epochs=min(recipe.epochs, 2))


def _with_constants(recipe: Recipe) -> str:
    data = f'DATA = "{download.directory()}"'
    script = re.sub(r"^IMAGES = \d+", f"IMAGES = {IMAGES}", script_of(_shortened(recipe)), flags=re.MULTILINE)
    # 10,000 images of every script would be scored twice
    script = script.replace("load(train=False)", "[each[:500] for each in load(train=False)]")
    script = script.replace(
        "images[held_out], labels[held_out]", "images[held_out[:500]], labels[held_out[:500]]"
    )
    assert script.count("500]") == (3 if recipe.validation_size else 1)
    return script.replace('DATA = "data"', data)


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> dict[str, str]:
    """What every script prints, run one after the other in a fresh process that can't see this project."""
    folder = tmp_path_factory.mktemp("scripts")
    (folder / "scripts.json").write_text(
        json.dumps({name: _with_constants(each) for name, each in ALL.items()})
    )
    done = subprocess.run(
        [sys.executable, "-I", "-W", "error", "-c", _RUN, "scripts.json"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "cnn-tiny-changed.pth").is_file()
    return dict(json.loads(line) for line in done.stdout.splitlines())


def _evaluated(recipe: Recipe) -> Iterator[Evaluated]:
    own = _shortened(nearest(recipe))
    splits = datasets.load_splits("mnist", own.validation_size)
    small = dataclasses.replace(splits, train=splits.train[:IMAGES], validation=splits.validation[:500])
    events = train(initial_model(own), small, own)
    return (event for event in events if isinstance(event, Evaluated) and event.epoch)


@pytest.mark.mnist
@pytest.mark.parametrize("name", ALL)
def test_its_losses_are_the_run_s(printed, name):
    found = re.findall(
        r"^epoch \d+: loss ([\d.]+|nan), accuracy ([\d.]+)%; validation loss ([\d.]+), accuracy ([\d.]+)%",
        printed[name],
        re.MULTILINE,
    )
    first, *others = _evaluated(ALL[name])
    assert len(found) == 1 + len(others)
    loss, accuracy, validation_loss, validation_accuracy = map(float, found[0])
    assert loss == pytest.approx(first.train_loss, abs=1e-3)
    assert accuracy == pytest.approx(100 * first.train_accuracy, abs=0.31)
    assert validation_loss == pytest.approx(first.validation_loss, rel=0.02, abs=2e-3)
    assert validation_accuracy == pytest.approx(100 * first.validation_accuracy, abs=0.81)
    assert re.search(r"^test loss [\d.]+, accuracy [\d.]+%$", printed[name], re.MULTILINE)


@pytest.mark.parametrize("name", ALL)
def test_it_is_short_and_says_only_what_the_run_used(name):
    script = script_of(ALL[name])
    assert len(script.splitlines()) <= 150
    assert "mnist_demo" not in script
    imported = {
        alias.name.split(".")[0]
        for node in ast.walk(ast.parse(script))
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    assert imported <= {"torch", "torchvision", "itertools", "math"}
    assert ("autocast" in script) == (ALL[name].precision == "bfloat16")
    assert ("AveragedModel" in script) == bool(ALL[name].averaging)
    assert ("distort" in script) == (ALL[name].augmentation != "off")


def test_what_it_can_not_take_along_it_names():
    script = " ".join(script_of(RECIPES["mlp"]).split())
    assert "it trained on MNIST + pen + UNIPEN, this script trains on MNIST" in script
    assert "the shipped CNN taught it" in script
    assert "it also learned what isn't a digit" in script_of(RECIPES["cnn"])
    assert "its losses are the run's" in script_of(RECIPES["mlp-30"])


@pytest.mark.parametrize("name", RECIPES)
def test_the_notebook_is_the_script_in_cells(name):
    notebook = json.loads(notebook_of(RECIPES[name]))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    cells = notebook["cells"]
    assert len({cell["id"] for cell in cells}) == len(cells)
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    script = script_of(RECIPES[name])
    assert ast.dump(ast.parse(code)) == ast.dump(ast.Module(ast.parse(script).body[1:], []))
    titles = ["".join(cell["source"]).splitlines()[0] for cell in cells if cell["cell_type"] == "markdown"]
    assert titles[1:] == [f"## {title}" for title in re.findall(r"^# %% (.*)", script, re.MULTILINE)]
