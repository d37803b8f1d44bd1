"""A program answers as the module it was made of; what can't be said or read is refused in words."""

import numpy as np
import pytest
import torch
from torch import nn

from mnist_demo.data import datasets
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.modules import MODELS, build
from mnist_demo.models.program import ProgramError, pack, program_of, unpack
from mnist_demo.recipes import RECIPES
from tests.conftest import fresh_card

FORMS = {
    **{f"model {name}": (name, {}) for name in MODELS},
    **{f"recipe {recipe.name}": (recipe.model, recipe.arguments) for recipe in RECIPES.values()},
    "batch norms": ("mlp", {"hidden": (20, 10), "batch_norm": True}),
    "no padding, odd sides": ("cnn", {"channels": ((5,), (6, 7)), "padded": False, "blurred": True}),
    "blurred before normalization": ("cnn", {"channels": ((5,),), "pool_first": True, "blurred": True}),
    "no copies": ("cnn-tiny", {"shift": 0}),
    "far copies": ("cnn-tiny", {"shift": 3}),
}


def trained(name, arguments):
    """A module whose normalization has statistics and whose every parameter matters."""
    torch.manual_seed(0)
    module = build(name, arguments)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(layer.weight, std=2)
            nn.init.normal_(layer.bias)
    module(torch.randn(60, 1, 28, 28))
    return module.eval().requires_grad_(False)


@pytest.mark.parametrize("form", FORMS)
def test_every_model_and_every_recipe_converts_and_gives_the_same_logits(form):
    module = trained(*FORMS[form])
    images = torch.randn(20, 1, 28, 28)
    logits = program_of(module).logits(images[:, 0].numpy())
    assert logits.dtype == np.float32
    np.testing.assert_allclose(logits, module(images).numpy(), atol=1e-4)


REFUSED = [
    nn.AvgPool2d(2),
    nn.LeakyReLU(),
    nn.Softmax(1),
    nn.BatchNorm1d(4),
    nn.BatchNorm2d(4, track_running_stats=False),
    nn.MaxPool2d(3),
    nn.MaxPool2d(2, stride=1),
    nn.MaxPool2d(2, ceil_mode=True),
    nn.Conv2d(4, 4, 3, stride=2),
    nn.Conv2d(4, 4, 3, dilation=2),
    nn.Conv2d(4, 4, 3, groups=2),
    nn.Conv2d(4, 8, 3, groups=4),
    nn.Conv2d(4, 4, (3, 5)),
    nn.Conv2d(4, 4, 3, padding=(1, 0)),
    nn.Conv2d(4, 4, 3, padding=3),
    nn.Conv2d(4, 4, 3, padding="same"),
    nn.Conv2d(4, 4, 3, padding=1, padding_mode="reflect"),
    type("Residual", (nn.Module,), {"forward": lambda _, images: images + images})(),
]


@pytest.mark.parametrize("layer", REFUSED, ids=str)
def test_what_no_operation_stands_for_is_refused(layer):
    with pytest.raises(ProgramError, match=r"No operation stands for \w+"):
        program_of(nn.Sequential(nn.Conv2d(1, 4, 3), nn.MaxPool2d(2), layer))


def test_a_relu_on_the_pixels_is_refused():
    with pytest.raises(ProgramError, match="after another layer"):
        program_of(nn.Sequential(nn.ReLU(), nn.Flatten(), nn.Linear(784, 10)))


@pytest.mark.parametrize("name", MODELS)
def test_packed_and_unpacked_it_is_the_same_but_for_rounding(name):
    module = trained(name, RECIPES[name].arguments)
    card = fresh_card(name, temperature=1.5, min_confidence=0.6)
    packed = pack(Checkpoint(card, module))
    assert packed == pack(Checkpoint(card, module))
    header, read = unpack(packed)
    assert header["normalization"] == [0, 1]
    assert (header["temperature"], header["min_confidence"]) == (1.5, 0.6)
    kind = {"logistic": np.float32, "cnn-tiny": np.float32}.get(name, np.float16)
    made = program_of(module)
    assert read.shift == made.shift
    for one, other in zip(read.operations, made.operations, strict=True):
        assert (one.kind, one.relu, one.padding) == (other.kind, other.relu, other.padding)
        np.testing.assert_array_equal(one.weights, other.weights.astype(kind).astype(np.float32))
        np.testing.assert_array_equal(one.bias, other.bias.astype(kind).astype(np.float32))
    numbers = sum(each.weights.size + each.bias.size for each in made.operations)
    assert 0 < len(packed) - numbers * header["bits"] // 8 < 2_000


def test_weights_too_large_for_float16_are_refused():
    module = build("mlp")
    nn.init.constant_(module.layers[1].weight, 1e5)
    with pytest.raises(ProgramError, match="too large for float16"):
        pack(Checkpoint(fresh_card("mlp"), module))


def test_bytes_that_are_no_program_are_refused():
    packed = pack(Checkpoint(fresh_card("logistic"), build("logistic")))
    for damaged in (
        b"",
        packed[:100],
        packed[:-2],
        packed + b"\0\0",
        packed[:-1],
        b"\xff" * 50,
        packed.replace(b'"format":1', b'"format":2'),
        packed.replace(b'"bits":32', b'"bits":31'),
        packed.replace(b"784", b"7.4"),
    ):
        with pytest.raises(ProgramError, match="These bytes are not a program: "):
            unpack(damaged)


def test_an_operation_that_is_not_known_is_refused():
    made = pack(Checkpoint(fresh_card("logistic"), build("logistic"))).replace(b'"linear"', b'"lineal"')
    with pytest.raises(ProgramError, match="no operation 'lineal'"):
        unpack(made)[1].logits(np.zeros((1, 28, 28), np.float32))


@pytest.mark.mnist
def test_packed_no_shipped_model_answers_otherwise():
    loaded, problems = checkpoints.load_all()
    assert not problems
    digits = datasets.load_test("mnist").images[:300].numpy().astype(np.float32).reshape(-1, 28, 28) / 255
    classifier = Classifier(loaded)
    for name, checkpoint in loaded.items():
        header, read = unpack(pack(checkpoint))
        mean, std = header["normalization"]
        logits = read.logits((digits - np.float32(mean)) / np.float32(std)).astype(np.float64)
        powers = np.exp((logits - logits.max(1, keepdims=True)) / header["temperature"])
        probabilities = powers / powers.sum(1, keepdims=True)
        expected = classifier.probabilities(digits, name)
        np.testing.assert_allclose(probabilities, expected, atol=2e-3)
        np.testing.assert_array_equal(probabilities.argmax(1), expected.argmax(1))


def test_every_kind_of_operation_is_used():
    used = {
        each.kind
        for name, arguments in FORMS.values()
        for each in program_of(build(name, arguments)).operations
    }
    assert used == {"convolution", "depthwise", "linear", "max-pool", "blurred-pool"}
