"""The events that a training run reports, as plain values. There is no other way to follow a run.

Knows nothing of who follows it. Training losses are the recipe's own, the mean over images; validation losses
are mean cross-entropies in nats; accuracies are shares in [0, 1].
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Progress:
    """How far an epoch is; sent at intervals of time, not of steps."""

    epoch: int  # the current one, from 1
    epochs: int
    step: int  # finished in this epoch
    steps: int  # of this epoch
    seconds: float  # of training so far, without evaluations and pauses
    images_per_second: float  # since the last report
    loss: float  # mean over the images since the last report
    accuracy: float  # likewise; in training mode, so with dropout

    @property
    def place(self) -> float:
        """Passes over the training split so far."""
        return self.epoch - 1 + self.step / self.steps


@dataclass(frozen=True)
class Evaluated:
    """An epoch is complete and its weights have been scored; epoch 0 is the model before training."""

    epoch: int
    epochs: int
    seconds: float  # of training so far
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    weights: Mapping[str, "Tensor"] = field(repr=False, compare=False)  # a copy, on the CPU
    steps: int = 0  # of an epoch

    @property
    def place(self) -> float:
        """Passes over the training split so far."""
        return self.epoch


@dataclass(frozen=True)
class Finished:
    """The last event of a run that was not stopped from outside."""

    epochs: int  # completed
    seconds: float
    diverged: bool = False  # the loss stopped being finite; the last Evaluated has the last finite weights

    @property
    def place(self) -> float:
        """Passes over the training split so far."""
        return self.epochs


Event = Progress | Evaluated | Finished
