"""A teacher says what its own module says, at the precision of the run."""

import dataclasses

import pytest
import torch

from mnist_demo.digits import STANDARD, UNIT
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.modules import build
from mnist_demo.recipes import Recipe
from mnist_demo.training.distillation import load_teacher
from tests.conftest import fresh_card

RECIPE = Recipe(name="student", model="logistic", normalization=UNIT, teacher="cnn")
CPU = torch.device("cpu")


@pytest.fixture
def module(tmp_path, monkeypatch):
    """That of a checkpoint which is there to teach."""
    torch.manual_seed(0)
    module = build("cnn").eval()
    checkpoints.save(tmp_path / "cnn.json", fresh_card("cnn"), module.state_dict())
    monkeypatch.setattr(checkpoints, "DIRECTORY", tmp_path)
    return module


@pytest.mark.parametrize(("precision", "tolerance"), [("float32", 1e-5), ("bfloat16", 0.05)])
def test_a_teacher_says_what_its_module_says(module, precision, tolerance):
    images = torch.rand(300, 1, 28, 28)  # more than are passed forward at once
    told = load_teacher(dataclasses.replace(RECIPE, precision=precision), CPU)(images)
    assert not told.requires_grad
    torch.testing.assert_close(told, module(images), atol=tolerance, rtol=tolerance)


def test_a_recipe_may_have_no_teacher():
    assert load_teacher(dataclasses.replace(RECIPE, teacher=""), CPU) is None


def test_a_teacher_that_cannot_teach_is_named(module):
    with pytest.raises(CheckpointError, match="nobody"):
        load_teacher(dataclasses.replace(RECIPE, teacher="nobody"), CPU)
    with pytest.raises(ValueError, match="cnn can't be the teacher here: it expects another normalization"):
        load_teacher(dataclasses.replace(RECIPE, normalization=STANDARD), CPU)
