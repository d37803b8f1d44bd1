"""The losses that a classifier can be trained with, by name.

Every loss takes logits [N, 10], labels int64 [N] and a share of label smoothing, and returns the mean over
the batch. Those that can't smooth labels ignore the share. Knows nothing of models and optimizers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from mnist_demo.digits import CLASSES

_DISTILLATION_TEMPERATURE = 2.0


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Softmax cross-entropy in nats; `smoothing` is spread evenly over the classes (Szegedy et al. 2016)."""
    return functional.cross_entropy(logits, labels, label_smoothing=smoothing)


def cross_entropy_gradient(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """The gradient of `cross_entropy` with respect to the logits [N, 10]: (softmax − targets) / N."""
    gradient = logits.softmax(1)
    if smoothing:
        gradient.sub_(smoothing / CLASSES)
    return gradient.scatter_(1, labels.unsqueeze(1), smoothing - 1.0, reduce="add").div_(len(labels))


def distillation(logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a student's softmax from its teacher's, both at the same temperature.

    It is multiplied by the square of that temperature, which keeps its gradients as large as those of a loss
    on labels. Source: Hinton, Vinyals and Dean, *Distilling the Knowledge in a Neural Network*, 2015.
    """
    student = functional.log_softmax(logits / _DISTILLATION_TEMPERATURE, 1)
    teacher = functional.log_softmax(teacher_logits / _DISTILLATION_TEMPERATURE, 1)
    divergence = functional.kl_div(student, teacher, reduction="batchmean", log_target=True)
    return _DISTILLATION_TEMPERATURE**2 * divergence


def uniform_cross_entropy(logits: Tensor) -> Tensor:
    """Cross-entropy to the uniform distribution, in nats: smallest where no class is preferred.

    Source: Hendrycks, Mazeika and Dietterich, *Deep Anomaly Detection with Outlier Exposure*, 2019.
    """
    return -functional.log_softmax(logits, 1).mean()


def negative_log_likelihood(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Negative log-likelihood of the log-softmax: cross-entropy in two steps."""
    return functional.nll_loss(functional.log_softmax(logits, 1), labels)


def hinge(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Multi-class hinge loss with margin 1 (Weston and Watkins 1999), the mean over the classes."""
    return functional.multi_margin_loss(logits, labels)


def squared_error(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Squared distance of the logits from one-hot targets, summed over classes (Hui and Belkin 2021)."""
    return functional.mse_loss(logits, _one_hot(logits, labels), reduction="sum") / len(labels)


def huber(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Half the squared error within 1 of the targets, linear beyond, summed over classes (Huber 1964)."""
    return functional.huber_loss(logits, _one_hot(logits, labels), reduction="sum") / len(labels)


def one_vs_all(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Binary cross-entropy of ten sigmoids, one for each class against the rest, summed over classes."""
    targets = _one_hot(logits, labels)
    return functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(labels)


def kl_divergence(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Kullback-Leibler divergence of the softmax from the smoothed targets, in nats."""
    targets = _one_hot(logits, labels) * (1.0 - smoothing) + smoothing / CLASSES
    return functional.kl_div(functional.log_softmax(logits, 1), targets, reduction="batchmean")


def _one_hot(logits: Tensor, labels: Tensor) -> Tensor:
    return torch.zeros_like(logits).scatter_(1, labels.unsqueeze(1), 1.0)


@dataclass(frozen=True)
class Loss:
    """An entry of the registry: the function, its name for people, and a sentence on when it fits."""

    function: Callable[[Tensor, Tensor, float], Tensor]
    title: str
    fits: str
    smooths: bool = False  # whether label smoothing has an effect
    #: Its gradient with respect to the logits [N, 10], where writing it out makes training quicker.
    gradient: Callable[[Tensor, Tensor, float], Tensor] | None = None


LOSSES: Mapping[str, Loss] = MappingProxyType(
    {
        "cross-entropy": Loss(
            cross_entropy,
            "Cross-entropy",
            "The standard for choosing one of several classes: it asks for the right class's probability.",
            smooths=True,
            gradient=cross_entropy_gradient,
        ),
        "nll": Loss(
            negative_log_likelihood,
            "Negative log-likelihood",
            "The same as cross-entropy, written as log-softmax and then the likelihood: fits where a model "
            "already gives log-probabilities.",
        ),
        "hinge": Loss(
            hinge,
            "Multi-class hinge",
            "Fits where only the answer counts: digits that are right by a margin have no gradient, "
            "and the probabilities mean little.",
        ),
        "mse": Loss(
            squared_error,
            "Squared error",
            "Made for regression; on one-hot targets it classifies too, often as well, but its "
            "probabilities stay flat until they are calibrated.",
        ),
        "huber": Loss(
            huber,
            "Huber",
            "Squared error in which large errors weigh less: fits noisy labels, learns a little more slowly.",
        ),
        "one-vs-all": Loss(
            one_vs_all,
            "One-vs-all binary cross-entropy",
            "Ten yes-or-no questions: fits where an image may show several classes, or none.",
        ),
        "kl": Loss(
            kl_divergence,
            "KL divergence",
            "Fits soft targets, such as smoothed labels or another model's answers; "
            "on hard labels it is cross-entropy.",
            smooths=True,
        ),
    }
)
