"""What every test may use: the real data where it lies, and models that need no training."""

import logging
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from mnist_demo.data import datasets, download
from mnist_demo.digits import UNIT
from mnist_demo.models import checkpoints, modules
from mnist_demo.models.cards import Card
from mnist_demo.recipes import Recipe

#: A command that fetches each data set, among other things that it does.
FETCHES = {
    "mnist": "python -m mnist_demo train logistic",
    "pendigits": "python -m mnist_demo train logistic",
    "unipen": "python -m mnist_demo train logistic",
}


def pytest_collection_modifyitems(items):
    """Tests that need a data set are left out where it isn't, and only those."""
    missing = {name: not files.is_here() for name, files in datasets.DOWNLOADS.items()}
    for item in items:
        for name, command in FETCHES.items():
            if item.get_closest_marker(name) and missing[name]:
                reason = f"{name} is not in {download.directory()}; `{command}` fetches it"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True, scope="session")
def _few_threads():
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _log_as_it_was():
    """A command sends the log to its own stderr, which pytest closes after the test."""
    log = logging.getLogger("mnist_demo")
    handlers, level = log.handlers, log.level
    yield
    log.handlers = handlers
    log.setLevel(level)


def fresh_card(model: str = "logistic", recipe: Mapping[str, object] = {}, **changes: object) -> Card:
    """A card that fits a freshly built model; `recipe` has fields of its recipe."""
    fields = {
        "recipe": Recipe(**{"name": model, "model": model, "normalization": UNIT, **recipe}),
        "epochs": 0,
        "training_images": 0,
        "validation_images": 0,
        "test_images": 0,
        "parameters": modules.count_parameters(modules.build(model)),
        "temperature": 1.0,
        "validation_accuracy": 0.1,
        "test_accuracy": 0.1,
        "test_loss": 2.3,
        "expected_calibration_error": 0.0,
        "torch_version": torch.__version__,
    }
    return Card(**{**fields, **changes})


def save_untrained(folder: Path) -> Path:
    """A checkpoint of every model, untrained; the folder that they are in."""
    for index, name in enumerate(modules.MODELS):
        torch.manual_seed(index)
        card = fresh_card(name, test_accuracy=0.1 + index / 100)
        checkpoints.save(folder / f"{name}.json", card, modules.build(name).state_dict())
    return folder


@pytest.fixture
def fresh_checkpoints(tmp_path: Path) -> Path:
    """A folder with a checkpoint of every model, untrained."""
    return save_untrained(tmp_path / "checkpoints")
