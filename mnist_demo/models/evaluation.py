"""What a model answers on digits, and how good its answers are: accuracy, loss, calibration, confusion.

Knows tensors and arrays only. Losses here are softmax cross-entropy in nats, whatever loss a model was
trained with, so that they can be compared.
"""

import contextlib
import math
import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mnist_demo.data.datasets import LabeledDigits
from mnist_demo.digits import CLASSES, Normalization

BATCH = 100  # images in a forward pass: the outputs of the first layers stay in the processor's cache


@dataclass(frozen=True)
class Evaluation:
    """Scores on one set of digits."""

    accuracy: float  # share of correct answers
    loss: float  # mean cross-entropy, nats
    expected_calibration_error: float  # in [0, 1]
    confusion: Tensor  # counts, int64 [10, 10]: row = label, column = answer


def normalize(images: Tensor, normalization: Normalization) -> Tensor:
    """Return images uint8 [N, 28, 28] as a model takes them: float32 [N, 1, 28, 28]."""
    pixels = images.unsqueeze(1).float()
    if normalization.mean:
        pixels.sub_(255.0 * normalization.mean)
    return pixels.div_(255.0 * normalization.std)


def probabilities_of(
    module: nn.Module, digits: NDArray[np.float32], normalization: Normalization, temperature: float
) -> NDArray[np.float64]:
    """Return a model's softmax probabilities [N, 10] on digits [N, 28, 28] in [0, 1], on the CPU.

    This is the only way from a digit to an answer: for the pad, for pictures, for the commands and for the
    model that is being trained. The module's mode is restored.
    """
    mean, std = normalization
    with torch.inference_mode(), _evaluation_mode(module):
        images = torch.from_numpy(digits).unsqueeze(1).sub(mean).div_(std)
        logits = module(images).double() / temperature
        probabilities: NDArray[np.float64] = logits.softmax(1).numpy()
        return probabilities


@contextlib.contextmanager
def _evaluation_mode(module: nn.Module) -> Iterator[None]:
    was_training = module.training
    if was_training:
        module.eval()
    try:
        yield
    finally:
        if was_training:
            module.train()


def effective_precision(device: torch.device, wanted: str) -> str:
    """Return the precision that a recipe's run has on a device: the wanted one unless it is slower there.

    Many processors have no instructions for bfloat16, so its products are emulated: on one with AVX2 only,
    the CNN trained at a thirteenth of its speed in float32, the MLP at a twentieth.
    """
    if wanted == "bfloat16" and device.type == "cpu" and not _has_bfloat16():
        return "float32"
    return wanted


def _has_bfloat16() -> bool:
    """Tell whether the processor multiplies in bfloat16, and torch has the library that makes use of it."""
    known = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(
        known.get(feature, False) for feature in ("avx512_bf16", "amx_bf16", "bf16")
    )


def autocast(precision: str, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """Return the context in which a model computes at a recipe's `precision` on a device."""
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return contextlib.nullcontext()


def logits_of(
    module: nn.Module, digits: LabeledDigits, normalization: Normalization, precision: str = "float32"
) -> Tensor:
    """Return logits float32 [N, 10] in evaluation mode, without gradients. The module's mode is restored."""
    with torch.no_grad(), _evaluation_mode(module), autocast(precision, digits.labels.device):
        batches = digits.images.split(BATCH)
        return torch.cat([module(normalize(images, normalization)).float() for images in batches])


def dead_units(
    module: nn.Module, digits: LabeledDigits, normalization: Normalization
) -> list[tuple[int, int]]:
    """Return, of each ReLU in order, how many units or maps are zero for all of the digits, and of how many.

    What is dead for few digits may still be of use for others.
    """
    alive: dict[nn.Module, Tensor] = {}

    def look(relu: nn.Module, _: object, output: Tensor) -> None:
        active = (output > 0).transpose(0, 1).flatten(1).any(1)
        # a model may look at several shifted copies of a digit
        alive[relu] = active | alive[relu] if relu in alive else active

    hooks = [each.register_forward_hook(look) for each in module.modules() if isinstance(each, nn.ReLU)]
    try:
        logits_of(module, digits, normalization)
    finally:
        for hook in hooks:
            hook.remove()
    return [(int((~active).sum()), len(active)) for active in alive.values()]


def score(logits: Tensor, labels: Tensor, temperature: float = 1.0) -> Evaluation:
    """Score logits [N, 10] against labels [N] after dividing them by `temperature`."""
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
    """Score a model on labeled digits, its logits divided by `temperature`."""
    return score(logits_of(module, digits, normalization, precision), digits.labels, temperature)


@dataclass(frozen=True)
class Mistake:
    """A digit that was misclassified, and with what probability."""

    image: NDArray[np.uint8]  # [28, 28]
    label: int
    answer: int
    probability: float  # of the answer


def mistakes(logits: Tensor, digits: LabeledDigits, temperature: float, of_each: int) -> list[Mistake]:
    """Return the most confident wrong answers, the most confident first.

    of_each: how many at most of one digit read as one other.
    """
    confidence, answers = (logits / temperature).softmax(1).max(1)
    wrong = (answers != digits.labels).nonzero().flatten()
    found: list[Mistake] = []
    kinds: Counter[tuple[int, int]] = Counter()
    for index in wrong[confidence[wrong].argsort(descending=True)].tolist():
        label, answer = int(digits.labels[index]), int(answers[index])
        kinds[label, answer] += 1
        if kinds[label, answer] <= of_each:
            image = digits.images[index].cpu().numpy()
            found.append(Mistake(image, label, answer, float(confidence[index])))
    return found


def calibration_error(probabilities: Tensor, labels: Tensor, bins: int = 15) -> float:
    """Return the expected calibration error: |confidence − accuracy|, averaged over bins of confidence.

    Source: Guo et al., *On Calibration of Modern Neural Networks*, 2017, with bins of equal width.
    """
    confidence, answers = probabilities.double().max(1)
    correct = (answers == labels).double()
    bin_indices = (confidence * bins).ceil().long().sub(1).clamp(0, bins - 1)
    gaps = torch.zeros(bins, dtype=torch.double, device=confidence.device)
    gaps.index_add_(0, bin_indices, confidence - correct)
    return (gaps.abs().sum() / len(labels)).item()


def min_confidence(logits: Tensor, temperature: float, share: float) -> float:
    """Return the confidence that a `share` of these digits reaches; an answer of less is doubtful.

    Source: Hendrycks and Gimpel, *A Baseline for Detecting Misclassified and Out-of-Distribution Examples*,
    2017. This tells outliers from digits only by a model that was trained on both (`uniform_cross_entropy`).
    """
    confidence = (logits / temperature).softmax(1).max(1).values
    return torch.quantile(confidence.double(), 1.0 - share).item()


def fit_temperature(*sets: tuple[Tensor, Tensor]) -> float:
    """Return the temperature at which the mean confidence of the answers equals their accuracy.

    sets: logits [N, 10] and labels [N] of digits that the model was not trained on. Each set counts as much
    as any other, however many digits it has: a model that is sure on one and unsure on another is as far off
    on both. Source: Clarté, Loureiro, Krzakala and Zdeborová, *Expectation Consistency for Calibration of
    Neural Networks*, 2023. The temperature that minimizes the cross-entropy (Guo et al. 2017) left the
    logistic regression with three times the calibration error: a linear model makes errors that no
    temperature corrects, and the cross-entropy weighs those most.
    """
    scored = [(logits.detach().double(), labels) for logits, labels in sets]
    # Jeffreys' estimate of the accuracy: a model without a mistake would otherwise want a temperature of zero
    accuracy = statistics.fmean(
        ((logits.argmax(1) == labels).sum().item() + 0.5) / (len(labels) + 1) for logits, labels in scored
    )
    # by bisection, as confidence falls when the temperature rises
    low, high = math.log(0.05), math.log(20.0)
    for _ in range(40):
        middle = (low + high) / 2
        confidence = statistics.fmean(
            (logits / math.exp(middle)).softmax(1).amax(1).mean().item() for logits, _ in scored
        )
        low, high = (middle, high) if confidence > accuracy else (low, middle)
    return math.exp((low + high) / 2)
