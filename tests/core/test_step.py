"""One step of training: gradients that are written out equal those of autograd."""

import copy
import dataclasses
from collections.abc import Sequence
from functools import partial

import pytest
import torch

from mnist_demo.models.modules import build
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import step as steps
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.steering import Steering

RECIPE = Recipe(name="test", model="mlp", arguments={"hidden": (32, 16)}, learning_rate=0.1)
SHAPES = {
    "two layers": ("mlp", {"hidden": (32, 16)}),
    "dropout": ("mlp", {"hidden": (32, 16), "dropout": 0.3}),
    "a ReLU on the logits": ("mlp", {"hidden": (20,), "relu_out": True}),
    "nothing hidden": ("mlp", {"hidden": (), "dropout": 0.5}),
    "logistic": ("logistic", {}),
}


def step_both_ways(
    recipe: Recipe,
    sizes: Sequence[int] = (30, 7, 30),
    dtype: torch.dtype = torch.float32,
    steering: Steering | None = None,
) -> list[tuple[torch.nn.Module, list[torch.Tensor]]]:
    """A model after a step on a batch of each size, and the logits: by manual gradients and by autograd."""
    torch.manual_seed(0)
    model = build(recipe.model, recipe.arguments)
    runs = []
    steering = steering or Steering()
    for make in (steps.manual_step, partial(steps.autograd_step, steps=len(sizes))):
        trained = copy.deepcopy(model).to(dtype).train()
        step = make(trained, recipe, steering=steering)
        torch.manual_seed(1)
        batches = [(torch.rand(size, 1, 28, 28).to(dtype), torch.randint(10, (size,))) for size in sizes]
        runs.append((trained, [step(*batch) for batch in batches]))
    return runs


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_manual_gradients_are_those_of_autograd(shape, loss, smoothing):
    model, arguments = SHAPES[shape]
    recipe = dataclasses.replace(
        RECIPE, model=model, arguments=arguments, loss=loss, label_smoothing=smoothing, learning_rate=0.01
    )
    # in double precision, because in single rounding decides whether a value near zero passes a ReLU
    (manual, manual_logits), (autograd, autograd_logits) = step_both_ways(recipe, dtype=torch.float64)
    for name, tensor in manual.state_dict().items():
        assert torch.allclose(tensor, autograd.state_dict()[name], atol=1e-7), name
    for one, other in zip(manual_logits, autograd_logits, strict=True):
        assert torch.allclose(one.float(), other, atol=1e-5)


@pytest.mark.parametrize(("hidden", "is_rounded"), [((200, 30), True), ((32, 16), False)])
def test_in_bfloat16_large_products_are_rounded_about_as_by_autocast(hidden, is_rounded):
    recipe = dataclasses.replace(RECIPE, arguments={"hidden": hidden}, batch_size=256)
    (rounded, _), (autocast, _) = step_both_ways(dataclasses.replace(recipe, precision="bfloat16"))
    (exact, _), _ = step_both_ways(recipe)
    for ours, theirs, right in zip(*(m.parameters() for m in (rounded, autocast, exact)), strict=True):
        assert ours.dtype == torch.float32
        assert (ours - right).abs().max() <= 2 * (theirs - right).abs().max() + 1e-4
    assert torch.equal(next(rounded.parameters()), next(exact.parameters())) != is_rounded


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_dropout_drops_and_follows_the_seed(precision):
    recipe = dataclasses.replace(
        RECIPE, arguments={"hidden": (200,), "dropout": 0.5}, learning_rate=1e-9, precision=precision
    )
    model = build(recipe.model, recipe.arguments)
    step = steps.manual_step(model, recipe, Steering())
    images, labels = torch.rand(8, 1, 28, 28), torch.randint(10, (8,))
    logits = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        logits.append(step(images, labels))
    assert torch.allclose(logits[0], logits[1], atol=1e-5)
    assert not torch.allclose(logits[0], logits[2], atol=1e-2)


def test_manual_gradients_are_for_perceptrons_under_plain_gradient_descent():
    manual = {
        name
        for name, recipe in RECIPES.items()
        if steps.is_manual(build(recipe.model, recipe.arguments), recipe)
    }
    assert manual == {
        "logistic-sgd",
        "mlp-100-relu-out",
        "mlp-30",
        "mlp-392-30",
        "mlp-64-64",
    }

    plain = build("mlp")
    assert steps.is_manual(plain, RECIPE)
    assert steps.is_manual(plain, dataclasses.replace(RECIPE, optimizer="plain-sgd"))
    for changes in (
        {"optimizer": "momentum"},
        {"optimizer": "adam"},
        {"weight_decay": 0.1},
        {"schedule": "cosine"},
        {"teacher": "cnn"},
        {"exposure": 0.1},
    ):
        assert not steps.is_manual(plain, dataclasses.replace(RECIPE, **changes))
    assert not steps.is_manual(torch.nn.Sequential(plain), RECIPE)
    assert not steps.is_manual(plain.to("meta"), RECIPE)
    assert not steps.is_manual(build("cnn"), RECIPE)
    assert not steps.is_manual(build("mlp", {"batch_norm": True}), RECIPE)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_run_takes_the_step_that_its_recipe_allows(optimizer, monkeypatch):
    taken = []
    for name in ("manual_step", "autograd_step"):
        monkeypatch.setattr(steps, name, lambda *given, name=name: taken.append(name))
    steps.make_step(build("mlp"), dataclasses.replace(RECIPE, optimizer=optimizer), 1)
    assert taken == [{"sgd": "manual_step", "momentum": "autograd_step"}[optimizer]]


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adamw", "plain-sgd"])
def test_steering_multiplies_the_learning_rate_of_any_optimizer(optimizer):
    recipe = dataclasses.replace(RECIPE, optimizer=optimizer, learning_rate=0.02)
    as_steered = train_two_steps(recipe, Steering(rate=0.5))
    as_in_recipe = train_two_steps(dataclasses.replace(recipe, learning_rate=0.01), Steering())
    for one, other in zip(as_steered.parameters(), as_in_recipe.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-7)


def train_two_steps(recipe: Recipe, steering: Steering) -> torch.nn.Module:
    torch.manual_seed(0)
    model = build(recipe.model, recipe.arguments).train()
    step = steps.make_step(model, recipe, 2, steering)
    for _ in range(2):
        step(torch.rand(20, 1, 28, 28), torch.randint(10, (20,)))
    return model


def test_both_ways_of_stepping_follow_the_steering():
    (manual, _), (autograd, _) = step_both_ways(RECIPE, dtype=torch.float64, steering=Steering(rate=3.0))
    for one, other in zip(manual.parameters(), autograd.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("schedule", ["cosine", "one-cycle"])
def test_steps_after_the_end_of_a_schedule_still_move_the_weights(schedule):
    recipe = dataclasses.replace(RECIPE, model="cnn-tiny", arguments={}, schedule=schedule)
    model = build(recipe.model).train()
    step = steps.make_step(model, recipe, 3, Steering())
    batch = torch.rand(20, 1, 28, 28), torch.randint(10, (20,))
    for _ in range(3):
        step(*batch)
    before = copy.deepcopy(list(model.parameters()))
    for _ in range(3):
        step(*batch)
    pairs = zip(before, model.parameters(), strict=True)
    assert sum((one - other).detach().abs().sum().item() for one, other in pairs) > 1e-2
