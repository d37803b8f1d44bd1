"""One step of training: gradients that are written out are those of autograd."""

import copy
import dataclasses
from collections.abc import Sequence

import pytest
import torch

from mnist_demo.models.modules import build
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import step as steps
from mnist_demo.training.losses import LOSSES

RECIPE = Recipe(name="test", model="mlp", arguments={"hidden": (32, 16)}, learning_rate=0.1)
SHAPES = {
    "two layers": ("mlp", {"hidden": (32, 16)}),
    "dropout": ("mlp", {"hidden": (32, 16), "dropout": 0.3}),
    "a ReLU on the logits": ("mlp", {"hidden": (20,), "relu_out": True}),
    "nothing hidden": ("mlp", {"hidden": (), "dropout": 0.5}),
    "logistic": ("logistic", {}),
    "batch norm": ("mlp", {"hidden": (32, 16), "batch_norm": True}),
    "convolutions": ("cnn", {"channels": ((4, 6), (8,)), "hidden": 16, "dropout": 0.3}),
    "a wide first convolution": ("cnn", {"channels": ((12, 6), (8,)), "hidden": 16, "dropout": 0.3}),
    "a wide first convolution without padding": (
        "cnn",
        {"channels": ((26,), (8,)), "hidden": 0, "kernel": 5, "padded": False},
    ),
    "convolutions without padding": (
        "cnn",
        {"channels": ((4,), (8,)), "hidden": 0, "kernel": 5, "padded": False, "pool_first": True},
    ),
}


def both(
    recipe: Recipe,
    sizes: Sequence[int] = (30, 7, 30),
    layout: torch.memory_format = torch.preserve_format,
    dtype: torch.dtype = torch.float32,
) -> list[tuple[torch.nn.Module, list[torch.Tensor]]]:
    """A model after a step on a batch of each size, written out and by autograd."""
    torch.manual_seed(0)
    model = build(recipe.model, recipe.arguments)
    runs = []
    for make in (steps.manual, lambda *given: steps.autograd_step(*given, steps=len(sizes))):
        trained = copy.deepcopy(model).to(dtype=dtype, memory_format=layout).train()
        step = make(trained, recipe)
        torch.manual_seed(1)
        batches = [(torch.rand(size, 1, 28, 28).to(dtype), torch.randint(10, (size,))) for size in sizes]
        runs.append((trained, [step(*batch) for batch in batches]))
    return runs


def differs_in_bfloat16(whole: Recipe) -> bool:
    """Whether weights in bfloat16 differ from those in float32; never by much more than autocast's."""
    (rounded, _), (autocast, _) = both(dataclasses.replace(whole, precision="bfloat16"))
    (exact, _), _ = both(whole)
    for ours, theirs, right in zip(*(m.parameters() for m in (rounded, autocast, exact)), strict=True):
        assert ours.dtype == torch.float32
        assert (ours - right).abs().max() <= 2 * (theirs - right).abs().max() + 1e-4
    return not torch.equal(next(rounded.parameters()), next(exact.parameters()))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_written_out_is_what_autograd_does(shape, loss, smoothing):
    model, arguments = SHAPES[shape]
    recipe = dataclasses.replace(
        RECIPE, model=model, arguments=arguments, loss=loss, label_smoothing=smoothing, learning_rate=0.01
    )
    # in double precision, because in single rounding decides whether a value near zero passes a ReLU
    (ours, our_logits), (theirs, their_logits) = both(recipe, dtype=torch.float64)
    for name, one in ours.state_dict().items():
        assert torch.allclose(one, theirs.state_dict()[name], atol=1e-7), name
    for one, other in zip(our_logits, their_logits, strict=True):
        assert torch.allclose(one.float(), other, atol=1e-5)


def test_one_image_alone_leaves_the_running_variance_that_autograd_does():
    (ours, _), (theirs, _) = both(
        dataclasses.replace(RECIPE, model="cnn", arguments={"channels": ((12,),)}), sizes=(1,)
    )
    one, other = (model.features[1].running_var for model in (ours, theirs))
    assert torch.allclose(one, other, rtol=1e-6, atol=0)


def test_images_that_are_all_alike_leave_the_weights_finite():
    recipe = dataclasses.replace(
        RECIPE, model="cnn", arguments={"channels": ((26,),), "kernel": 5, "padded": False}
    )
    model = build(recipe.model, recipe.arguments).train()
    with torch.no_grad():
        model.features[0].weight.mul_(100)  # so that rounding takes their variance far below zero
    step = steps.manual(model, recipe)
    for shade in (0.1, 0.3, 0.7, 2.8):
        step(torch.full((30, 1, 28, 28), shade), torch.arange(30) % 10)
    assert all(parameter.isfinite().all() for parameter in model.parameters())


@pytest.mark.parametrize("name", ["convolutions", "a wide first convolution"])
def test_the_layout_of_the_weights_makes_no_difference(name):
    model, arguments = SHAPES[name]
    whole = dataclasses.replace(RECIPE, model=model, arguments=arguments, learning_rate=0.01)
    (plain, _), _ = both(whole)
    (last, _), _ = both(whole, layout=torch.channels_last)
    for one, other in zip(plain.parameters(), last.parameters(), strict=True):
        assert torch.allclose(one, other, atol=1e-6)


@pytest.mark.parametrize(("hidden", "is_rounded"), [((200, 30), True), ((32, 16), False)])
def test_in_bfloat16_it_rounds_about_as_autocast_does(hidden, is_rounded):
    whole = dataclasses.replace(RECIPE, arguments={"hidden": hidden}, batch_size=256)
    assert differs_in_bfloat16(whole) == is_rounded


@pytest.mark.parametrize("name", ["convolutions", "a wide first convolution"])
def test_convolutions_in_bfloat16_round_about_as_autocast_does(name):
    model, arguments = SHAPES[name]
    whole = dataclasses.replace(RECIPE, model=model, arguments=arguments, learning_rate=0.01)
    assert differs_in_bfloat16(whole)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_dropout_drops_and_follows_the_seed(precision):
    recipe = dataclasses.replace(
        RECIPE, arguments={"hidden": (200,), "dropout": 0.5}, learning_rate=1e-9, precision=precision
    )
    model = build(recipe.model, recipe.arguments)
    step = steps.manual(model, recipe)
    images, labels = torch.rand(8, 1, 28, 28), torch.randint(10, (8,))
    logits = []
    for seed in (0, 0, 1):
        torch.manual_seed(seed)
        logits.append(step(images, labels))
    assert torch.allclose(logits[0], logits[1], atol=1e-5)
    assert not torch.allclose(logits[0], logits[2], atol=1e-2)


def test_only_plain_descent_is_written_out():
    manual = {
        name
        for name, recipe in RECIPES.items()
        if steps.is_manual(build(recipe.model, recipe.arguments), recipe)
    }
    assert manual == {
        "logistic-sgd",
        "mlp-100-relu-out",
        "cnn-simple",
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
    ):
        assert not steps.is_manual(plain, dataclasses.replace(RECIPE, **changes))
    assert not steps.is_manual(torch.nn.Sequential(plain), RECIPE)
    assert not steps.is_manual(plain.to("meta"), RECIPE)
    assert steps.is_manual(build("cnn"), RECIPE)
    assert not steps.is_manual(build("cnn", {"blurred": True}), RECIPE)


@pytest.mark.parametrize("optimizer", ["sgd", "momentum"])
def test_a_run_takes_the_step_that_its_recipe_allows(optimizer, monkeypatch):
    taken = []
    for name in ("manual", "autograd_step"):
        monkeypatch.setattr(steps, name, lambda *given, name=name: taken.append(name))
    steps.make_step(build("mlp"), dataclasses.replace(RECIPE, optimizer=optimizer), 1)
    assert taken == [{"sgd": "manual", "momentum": "autograd_step"}[optimizer]]
