"""What every test may use: the real data where it lies, and models that need no training."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from mnist_demo.data import download, mnist, pendigits, unipen
from mnist_demo.digits import UNIT
from mnist_demo.models import checkpoints, modules
from mnist_demo.models.cards import Card
from mnist_demo.recipes import Recipe


def pytest_collection_modifyitems(items):
    """Tests that need a data set are left out where it isn't, and only those."""
    present = {
        "mnist": mnist.is_here(),
        "pendigits": pendigits.is_here(),
        "unipen": unipen.is_here(),
    }
    for item in items:
        for marker, here in present.items():
            if item.get_closest_marker(marker) and not here:
                where = f"{marker} is not in {download.directory()}"
                how = (
                    "`python -m mnist_demo train logistic` fetches MNIST and PenDigits, `unipen.load` UNIPEN"
                )
                item.add_marker(pytest.mark.skip(reason=f"{where}; {how}"))


@pytest.fixture(autouse=True, scope="session")
def _few_threads():
    torch.set_num_threads(1)


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
