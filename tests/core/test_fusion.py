"""A fused module gives the logits of the module it was made from, which stays unchanged."""

import copy

import pytest
import torch
from torch import nn

from mnist_demo.models.fusion import fuse_batch_norms
from mnist_demo.models.modules import build

FORMS = [
    ("logistic", {}, 0),
    ("mlp", {"hidden": (20, 10), "batch_norm": True}, 0),
    ("mlp", {"hidden": (20,)}, 0),
    ("cnn", {"channels": ((4, 6), (8,)), "hidden": (8,)}, 0),
    ("cnn", {"channels": ((4,), (6,)), "hidden": (), "pool_first": True}, 2),
    ("cnn-tiny", {}, 1),
]


@pytest.mark.parametrize(("name", "arguments", "left"), FORMS)
def test_a_fused_module_gives_the_same_logits(name, arguments, left):
    torch.manual_seed(0)
    module = build(name, arguments)
    for layer in module.modules():
        if isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d):
            nn.init.normal_(layer.weight)
            nn.init.normal_(layer.bias)
    module(torch.rand(60, 1, 28, 28))  # statistics of some data
    before = copy.deepcopy(module.state_dict())
    quicker = fuse_batch_norms(module)
    images = torch.rand(5, 1, 28, 28)
    torch.testing.assert_close(quicker(images), module.eval()(images))
    assert sum(isinstance(layer, nn.BatchNorm1d | nn.BatchNorm2d) for layer in quicker.modules()) == left
    for key, values in module.state_dict().items():
        assert torch.equal(values, before[key]), key
