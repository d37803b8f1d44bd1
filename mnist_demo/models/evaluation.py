"""How good a model is on given digits: accuracy, loss, calibration, confusion.

Knows tensors only. Losses here are softmax cross-entropy in nats, whatever a model was trained with, so that
they can be compared.
"""

import contextlib
import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mnist_demo.data.datasets import LabeledDigits
from mnist_demo.digits import CLASSES, Normalization

BATCH = 100  # images a forward pass: what the first layers give stays in the cache


@dataclass(frozen=True)
class Evaluation:
    """Scores on one set of digits."""

    accuracy: float  # share of right answers
    loss: float  # mean cross-entropy, nats
    expected_calibration_error: float  # in [0, 1]
    confusion: Tensor  # counts, int64 [10, 10]: row = label, column = answer


def normalize(images: Tensor, normalization: Normalization) -> Tensor:
    """Images uint8 [N, 28, 28] as a model takes them: float32 [N, 1, 28, 28]."""
    pixels = images.unsqueeze(1).float()
    if normalization.mean:
        pixels.sub_(255.0 * normalization.mean)
    return pixels.div_(255.0 * normalization.std)


def precision_on(device: torch.device, wanted: str) -> str:
    """The precision that a run works at on a device: what a recipe wants, where that is quicker there.

    Without instructions for bfloat16, which many processors in use lack, its products are imitated in
    software: on one with AVX2 alone the CNN trained at a thirteenth of its speed in float32, the MLP at a
    twentieth.
    """
    if wanted == "bfloat16" and device.type == "cpu" and not _has_bfloat16():
        return "float32"
    return wanted


def _has_bfloat16() -> bool:
    """Whether the processor multiplies in bfloat16, and the library that torch uses for it is there."""
    known = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(
        known.get(feature, False) for feature in ("avx512_bf16", "amx_bf16", "bf16")
    )


def autocast(precision: str, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """The context in which a model works at a recipe's `precision` on a device."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def logits_of(
    module: nn.Module, digits: LabeledDigits, normalization: Normalization, precision: str = "float32"
) -> Tensor:
    """Logits float32 [N, 10] in evaluation mode, without gradients. The module's mode is put back."""
    training = module.training
    module.eval()
    with torch.no_grad(), autocast(precision, digits.labels.device):
        logits = [module(normalize(images, normalization)).float() for images in digits.images.split(BATCH)]
    module.train(training)
    return torch.cat(logits)


def score(logits: Tensor, labels: Tensor, temperature: float = 1.0) -> Evaluation:
    """Scores logits [N, 10] against labels [N] after dividing them by `temperature`."""
    scaled = logits / temperature
    probabilities = scaled.softmax(1)
    answers = probabilities.argmax(1)
    confusion = torch.bincount(labels * CLASSES + answers, minlength=CLASSES**2).view(CLASSES, CLASSES)
    return Evaluation(
        accuracy=(answers == labels).double().mean().item(),
        loss=functional.cross_entropy(scaled, labels).item(),
        expected_calibration_error=calibration_error(probabilities, labels),
        confusion=confusion.cpu(),
    )


def evaluate(
    module: nn.Module,
    digits: LabeledDigits,
    normalization: Normalization,
    temperature: float = 1.0,
    precision: str = "float32",
) -> Evaluation:
    """Scores a model on digits."""
    return score(logits_of(module, digits, normalization, precision), digits.labels, temperature)


@dataclass(frozen=True)
class Mistake:
    """A digit that was read wrongly, and how sure the model was of it."""

    image: NDArray[np.uint8]  # [28, 28]
    label: int
    answer: int
    probability: float  # of the answer


def mistakes(logits: Tensor, digits: LabeledDigits, temperature: float, most: int) -> list[Mistake]:
    """The wrong answers given with the highest probability, the surest first, `most` of them."""
    probability, answers = (logits / temperature).softmax(1).max(1)
    wrong = (answers != digits.labels).nonzero().flatten()
    surest = wrong[probability[wrong].argsort(descending=True)][:most]
    return [
        Mistake(
            digits.images[index].cpu().numpy(),
            int(digits.labels[index]),
            int(answers[index]),
            float(probability[index]),
        )
        for index in surest.tolist()
    ]


def calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Expected calibration error: how far confidence is from accuracy, averaged over bins of confidence.

    Source: Guo et al., *On Calibration of Modern Neural Networks*, 2017, with equally wide bins.
    """
    confidence, answers = probabilities.double().max(1)
    right = (answers == labels).double()
    which = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    gaps = torch.zeros(bins, dtype=torch.double, device=confidence.device)
    gaps.index_add_(0, which, confidence - right)
    return (gaps.abs().sum() / len(labels)).item()


def min_confidence(logits: Tensor, temperature: float, share: float) -> float:
    """The confidence that a `share` of these digits reaches; an answer of less is doubtful.

    Source: Hendrycks and Gimpel, *A Baseline for Detecting Misclassified and Out-of-Distribution Examples*,
    2017. This tells outliers from digits only by a model that was trained on both (`uniform_cross_entropy`).
    """
    confidence = (logits / temperature).softmax(1).max(1).values
    return torch.quantile(confidence.double(), 1.0 - share).item()


def fit_temperature(logits: Tensor, labels: Tensor) -> float:
    """The temperature at which the mean probability of the answers is the share of right answers.

    Fit it on digits that the model was not trained on. Source: Clarté, Loureiro, Krzakala and Zdeborová,
    *Expectation Consistency for Calibration of Neural Networks*, 2023. The temperature of least cross-entropy
    (Guo et al. 2017) left the logistic regression three times as far from honest: a linear model is wrong in
    ways that no temperature mends, and cross-entropy weighs those most.
    """
    logits = logits.detach().double()
    # Jeffreys' estimate of the share: a model without a mistake would want a temperature of zero
    accuracy = ((logits.argmax(1) == labels).sum().item() + 0.5) / (len(labels) + 1)
    # confidence falls as the temperature rises
    low, high = math.log(0.05), math.log(20.0)
    for _ in range(40):
        middle = (low + high) / 2
        confidence = (logits / math.exp(middle)).softmax(1).amax(1).mean().item()
        low, high = (middle, high) if confidence > accuracy else (low, middle)
    return math.exp((low + high) / 2)
