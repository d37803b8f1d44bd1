"""What training reports, as plain values: the only thing that a run says to anyone who watches it.

Knows nothing of who watches. Losses are the recipe's own loss a training image or nats of cross-entropy a
validation image; accuracies are shares in [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Progress:
    """Where an epoch stands; sent by the clock, not by the step."""

    epoch: int  # under way, from 1
    epochs: int
    step: int  # finished in this epoch
    steps: int  # of this epoch
    seconds: float  # of training so far, evaluations and pauses left out
    images_per_second: float  # since the last report
    loss: float  # mean over the images since the last report
    accuracy: float  # likewise, in training mode


@dataclass(frozen=True)
class Evaluated:
    """An epoch is complete and its weights were scored; epoch 0 is the model before training."""

    epoch: int
    epochs: int
    seconds: float  # of training so far
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    weights: Mapping[str, "Tensor"] = field(repr=False, compare=False)  # a copy, on the CPU


@dataclass(frozen=True)
class Finished:
    """The last event of a run that was not stopped from outside."""

    epochs: int  # completed
    seconds: float
    diverged: bool = False  # the loss stopped being finite; the last Evaluated has the last finite weights


Event = Progress | Evaluated | Finished
