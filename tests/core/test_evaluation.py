"""Scores against values worked out by hand or by another library."""

import math

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix, log_loss
from torch import nn

from mnist_demo.data.datasets import LabeledDigits
from mnist_demo.digits import STANDARD, UNIT
from mnist_demo.models import evaluation
from mnist_demo.models.modules import build


@pytest.fixture
def scored():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(500, 10, generator=generator) * 3
    labels = torch.where(
        torch.rand(500, generator=generator) < 0.7,
        logits.argmax(1),
        torch.randint(0, 10, (500,), generator=generator),
    )
    return logits, labels


def test_loss_and_confusion_agree_with_scikit_learn(scored):
    logits, labels = scored
    scores = evaluation.score(logits, labels)
    assert scores.loss == pytest.approx(log_loss(labels, logits.double().softmax(1).numpy()), rel=1e-5)
    assert np.array_equal(scores.confusion, confusion_matrix(labels, logits.argmax(1)))
    assert scores.accuracy == pytest.approx(scores.confusion.trace().item() / 500)


def test_calibration_error_by_hand():
    # two bins hold answers: four of confidence 0.9 of which three are right, two of 0.5 of which none is
    probabilities = torch.full((6, 10), 0.1 / 9, dtype=torch.double)
    probabilities[:4, 3] = 0.9
    probabilities[4:] = 0.5 / 9
    probabilities[4:, 3] = 0.5
    labels = torch.tensor([3, 3, 3, 1, 0, 0])
    expected = (4 * abs(0.9 - 0.75) + 2 * 0.5) / 6
    assert evaluation.calibration_error(probabilities, labels) == pytest.approx(expected)


def test_certain_and_right_has_no_calibration_error():
    probabilities = torch.eye(10, dtype=torch.double)
    assert evaluation.calibration_error(probabilities, torch.arange(10)) == 0


def test_the_fitted_temperature_undoes_a_scaling():
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(20_000, 10, generator=generator, dtype=torch.double) * 2
    labels = torch.multinomial(logits.softmax(1), 1, generator=generator)[:, 0]
    temperature = evaluation.fit_temperature((logits * 2.5, labels))
    assert temperature == pytest.approx(2.5, rel=0.05)
    best = evaluation.score(logits * 2.5, labels, temperature).loss
    for other in (temperature * 0.9, temperature * 1.1):
        assert evaluation.score(logits * 2.5, labels, other).loss > best


def test_every_set_counts_as_much_for_the_temperature_however_large_it_is():
    """Confidence 0.9 on both sets, of which one is read at 100% and the other at 60%: 80% in all."""
    logits = torch.zeros(1_100, 10)
    logits[:, 0] = 4.0
    labels = torch.zeros(1_100, dtype=torch.long)
    labels[1_000:1_040] = 1
    large, small = (logits[:1_000], labels[:1_000]), (logits[1_000:], labels[1_000:])
    temperature = evaluation.fit_temperature(large, small)
    assert (logits[0] / temperature).softmax(0)[0].item() == pytest.approx(0.8, abs=0.01)
    assert evaluation.fit_temperature(small, large) == temperature


def test_a_temperature_is_finite_even_without_a_mistake():
    logits = torch.eye(10) * 5
    assert 0 < evaluation.fit_temperature((logits, torch.arange(10))) < math.inf


def test_normalized_images():
    images = torch.tensor([0, 51, 255], dtype=torch.uint8).reshape(1, 1, 3)
    assert torch.allclose(
        evaluation.normalize(images, UNIT), torch.tensor([0.0, 0.2, 1.0]).reshape(1, 1, 1, 3)
    )
    standard = (torch.tensor([0.0, 0.2, 1.0]) - 0.1307) / 0.3081
    assert torch.allclose(evaluation.normalize(images, STANDARD).flatten(), standard)


def test_logits_come_in_order_and_the_mode_is_put_back(monkeypatch):
    monkeypatch.setattr(evaluation, "BATCH", 7)
    module = build("mlp", {"hidden": (8,), "dropout": 0.5}).train()
    images = torch.randint(0, 256, (20, 28, 28), dtype=torch.uint8)
    logits = evaluation.logits_of(module, LabeledDigits(images, torch.zeros(20, dtype=torch.long)), UNIT)
    assert module.training
    module.eval()
    assert torch.allclose(logits, module(evaluation.normalize(images, UNIT)), atol=1e-5)
    assert not logits.requires_grad


def test_nearly_all_digits_reach_the_min_confidence(scored):
    logits, _ = scored
    least = evaluation.min_confidence(logits, 2.0, share=0.9)
    confidence = (logits / 2.0).softmax(1).amax(1)
    assert (confidence >= least).double().mean().item() == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("name", ["mlp", "cnn", "cnn-tiny"])
def test_units_that_are_zero_for_all_digits_are_dead(name):
    torch.manual_seed(0)
    module = build(name)
    images = torch.randint(256, (20, 28, 28), dtype=torch.uint8)
    digits = LabeledDigits(images, torch.zeros(20, dtype=torch.long))
    before = evaluation.dead_units(module, digits, STANDARD)
    modules = list(module.modules())
    assert len(before) == sum(isinstance(each, nn.ReLU) for each in modules)
    last = max(index for index, each in enumerate(modules) if isinstance(each, nn.ReLU))
    kinds = nn.BatchNorm1d | nn.BatchNorm2d | nn.Linear
    killer = [each for each in modules[:last] if isinstance(each, kinds)][-1]
    with torch.no_grad():
        killer.weight.zero_()
        killer.bias.fill_(-1.0)
        killer.bias[0] = 1.0
    after = evaluation.dead_units(module, digits, STANDARD)
    assert after[:-1] == before[:-1]
    assert after[-1][0] == after[-1][1] - 1
    assert not any(each._forward_hooks for each in modules)
