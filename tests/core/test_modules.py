"""Every model of the registry takes digits and gives logits; what it doesn't take is refused in words."""

import pytest
import torch

from mnist_demo.models import modules
from mnist_demo.models.modules import MODELS, UnknownModel, build, count_parameters


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_images_in_logits_out(name, count):
    module = build(name).eval()
    logits = module(torch.rand(count, 1, 28, 28))
    assert logits.shape == (count, 10)
    assert logits.isfinite().all()


def test_logistic_regression_is_one_affine_map():
    assert count_parameters(build("logistic")) == 784 * 10 + 10


def test_the_tiny_cnn_is_tiny():
    assert count_parameters(build("cnn-tiny")) <= 8_000


def test_the_tiny_cnn_averages_a_digit_and_its_four_shifted_copies():
    torch.manual_seed(0)
    module = build("cnn-tiny", {"shift": 2})
    module(torch.rand(50, 1, 28, 28))  # so that its normalization isn't that of no data
    alone = build("cnn-tiny", {"shift": 0}).eval()
    alone.load_state_dict(module.eval().state_dict())
    paper = -0.4
    images = torch.full((3, 1, 28, 28), paper)
    images[..., 8:20, 8:20] = torch.randn(3, 1, 12, 12)
    moves = [(0, 0), (2, 0), (-2, 0), (0, 2), (0, -2)]
    expected = sum(alone(images.roll(move, (2, 3))) for move in moves) / 5
    torch.testing.assert_close(module(images), expected)
    assert not torch.allclose(module(images), alone(images))
    # while it learns it sees what it is shown
    torch.testing.assert_close(module.train()(images), alone.train()(images))


def test_a_relu_on_the_logits_leaves_none_below_zero():
    logits = build("mlp", {"hidden": (100,), "relu_out": True})(torch.randn(50, 1, 28, 28))
    assert logits.min() == 0


def test_pooling_before_relu_gives_the_same_numbers():
    torch.manual_seed(0)
    cnn = build("cnn", {"channels": ((4,), (6,)), "hidden": (8,)}).eval()
    images = torch.randn(3, 1, 28, 28)
    features = images
    convolutions = [layer for layer in cnn.features if isinstance(layer, torch.nn.Conv2d)]
    norms = [layer for layer in cnn.features if isinstance(layer, torch.nn.BatchNorm2d)]
    for convolution, norm in zip(convolutions, norms, strict=True):
        features = torch.nn.functional.max_pool2d(norm(convolution(features)).relu(), 2)
    assert torch.equal(cnn.features(images), features)


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("side", [4, 7, 28])
def test_blurred_pooling_is_the_mean_of_maxima_at_neighboring_places(side, training):
    maps = torch.randn(2, 3, side, side)
    pooled = modules.BlurredMaxPool().train(training)(maps)
    assert pooled.shape == (2, 3, side // 2, side // 2)
    maxima = [
        maps[..., down : down + 2, right : right + 2].amax((2, 3)) for down in (0, 1) for right in (0, 1)
    ]
    torch.testing.assert_close(pooled[..., 0, 0], sum(maxima) / 4)


def test_blurred_pooling_comes_after_relu():
    torch.manual_seed(0)
    cnn = build("cnn", {"channels": ((4,),), "blurred": True}).eval()
    images = torch.randn(3, 1, 28, 28)
    convolution, norm = cnn.features[:2]
    expected = modules.BlurredMaxPool()(norm(convolution(images)).relu())
    torch.testing.assert_close(cnn.features(images), expected)


@pytest.mark.parametrize("blurred", [False, True])
@pytest.mark.parametrize("pool_first", [False, True])
@pytest.mark.parametrize(("kernel", "padded"), [(3, True), (5, False)])
@pytest.mark.parametrize("hidden", [(), (8,), (8, 6)])
def test_every_form_of_the_cnn_gives_logits(blurred, pool_first, kernel, padded, hidden):
    channels = ((4,), (6,), (6,)) if padded else ((4,), (6,))
    form = {"kernel": kernel, "padded": padded, "pool_first": pool_first, "blurred": blurred}
    cnn = build("cnn", {"channels": channels, "hidden": hidden, **form})
    assert cnn(torch.randn(3, 1, 28, 28)).shape == (3, 10)


@pytest.mark.parametrize("name", ["transformer", "", None, 3, "all"])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(UnknownModel, match="logistic, mlp, cnn"):
        build(name)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mlp", {"hidden": (0.5,)}),
        ("mlp", {"widths": (3,)}),
        ("mlp", {"hidden": (-1,)}),
        ("mlp", {"dropout": 2.0}),
        ("logistic", {"hidden": 3}),
        ("cnn-tiny", {"shift": -1}),
        ("cnn-tiny", {"shift": 0.5}),
        ("cnn-tiny", {"shift": 15}),
        ("cnn", {"channels": 3}),
        ("cnn", {"channels": ((4,), (4,), (4,)), "padded": False, "kernel": 5}),
    ],
)
def test_arguments_that_a_model_does_not_take_are_refused(name, arguments):
    with pytest.raises(ValueError, match=name):
        modules.build(name, arguments)
