"""Teachers answer together: over all of them, over the views of a digit, and only where they have learnt."""

import dataclasses

import pytest
import torch

from mnist_demo.checkpoints import Checkpoint
from mnist_demo.digits import UNIT
from mnist_demo.models import build
from mnist_demo.recipes import Recipe
from mnist_demo.teachers import Teachers
from tests.conftest import fresh_card

RECIPE = Recipe(name="student", model="logistic", normalisation=UNIT, teachers=("one", "other"))
CPU = torch.device("cpu")


@pytest.fixture
def teachers() -> list[Checkpoint]:
    """One that has seen no pen drawing, and one that has."""
    torch.manual_seed(0)
    return [
        Checkpoint(fresh_card(name, dataset=dataset), build(name).eval())
        for name, dataset in (("logistic", "mnist"), ("mlp", "mnist-pen"))
    ]


def test_they_say_the_same_of_all_views_of_a_digit(teachers):
    images = torch.rand(6, 1, 28, 28)
    told = Teachers(teachers, dataclasses.replace(RECIPE, views=3), CPU)(images, None)
    answers = torch.stack([teacher.module(images) for teacher in teachers])
    assert torch.allclose(told[0], answers[:, :3].mean((0, 1)), atol=1e-6)
    assert torch.equal(told[0], told[2])
    assert not torch.allclose(told[2], told[3])
    assert not told.requires_grad


def test_who_never_saw_a_pen_drawing_is_not_asked_about_one(teachers):
    images = torch.rand(3, 1, 28, 28)
    told = Teachers(teachers, dataclasses.replace(RECIPE, dataset="mnist-pen"), CPU)(
        images, torch.tensor([False, True, False])
    )
    one, other = (teacher.module(images) for teacher in teachers)
    assert torch.allclose(told[0], (one[0] + other[0]) / 2, atol=1e-6)
    assert torch.allclose(told[1], other[1], atol=1e-6)


def test_nobody_teaches_what_nobody_learnt(teachers):
    with pytest.raises(ValueError, match="pen drawings"):
        Teachers(teachers[:1], dataclasses.replace(RECIPE, dataset="mnist-pen"), CPU)
    Teachers(teachers[:1], RECIPE, CPU)
