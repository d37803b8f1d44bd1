"""Every loss against its formula, and every loss teaches."""

import dataclasses

import pytest
import torch

from mnist_demo.data.datasets import Splits
from mnist_demo.training.losses import LOSSES, distillation
from tests.core.test_loop import RECIPE, bars, run

LOGITS = torch.tensor([[2.0, -1.0, 0.5] + [0.0] * 7, [0.0, 3.0, 0.2] + [-0.5] * 7])
LABELS = torch.tensor([0, 2])


def by_hand(name: str) -> float:
    total = 0.0
    for row, label in zip(LOGITS, LABELS, strict=True):
        target = torch.zeros(10)
        target[label] = 1
        log_softmax = row - row.exp().sum().log()
        gap = (row - target).abs()
        sigmoid = 1 / (1 + (-row).exp())
        total += {
            "cross-entropy": -log_softmax[label],
            "nll": -log_softmax[label],
            "kl": -log_softmax[label],
            "hinge": sum(max(0.0, 1 - row[label] + other) for other in row) / 10 - 0.1,
            "mse": (gap**2).sum(),
            "huber": torch.where(gap < 1, gap**2 / 2, gap - 0.5).sum(),
            "one-vs-all": -(target * sigmoid.log() + (1 - target) * (1 - sigmoid).log()).sum(),
        }[name]
    return float(total) / 2


@pytest.mark.parametrize("name", LOSSES)
def test_value(name):
    assert LOSSES[name].function(LOGITS, LABELS, 0.0).item() == pytest.approx(by_hand(name), rel=1e-5)


@pytest.mark.parametrize("name", LOSSES)
def test_smoothing_changes_exactly_the_losses_that_say_so(name):
    loss = LOSSES[name]
    changed = loss.function(LOGITS, LABELS, 0.2) != loss.function(LOGITS, LABELS, 0.0)
    assert bool(changed) == loss.smooths


def test_distillation_is_the_divergence_of_softened_probabilities():
    teacher_logits = LOGITS.flip(0)
    teacher, student = (logits.div(2).double().softmax(1) for logits in (teacher_logits, LOGITS))
    by_hand = 4 * (teacher * (teacher.log() - student.log())).sum() / 2
    assert distillation(LOGITS, teacher_logits).item() == pytest.approx(by_hand.item(), rel=1e-5)
    assert distillation(LOGITS, LOGITS + 3).item() == pytest.approx(0, abs=1e-6)


def test_kl_divergence_is_zero_where_the_softmax_is_the_smoothed_target():
    targets = torch.full((1, 10), 0.02)
    targets[0, 4] += 0.8
    assert LOSSES["kl"].function(targets.log(), torch.tensor([4]), 0.2).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_teaches_and_says_when_it_fits(name):
    splits = Splits(bars(600, 0), bars(200, 1), bars(200, 2))
    rate = 0.5 if name == "hinge" else 0.003
    _, events = run(splits, dataclasses.replace(RECIPE, loss=name, learning_rate=rate, epochs=6))
    assert events[-2].validation_accuracy > 0.8
    assert LOSSES[name].fits.endswith(".")
