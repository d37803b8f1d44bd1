"""A run's events → its curves and its epochs, as rows to plot or to write, and words for what they show.

Knows what a run reports and how many points a plot can show. Knows nothing of colors, components and pages.
"""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mnist_demo.events import Evaluated, Progress

#: Points of a curve of the current run, and of a run that it is compared with: all are sent again and again.
MAX_POINTS = 180
MAX_PALE_POINTS = 50

#: A loss this many times the one before training is a run that diverges.
_DIVERGED = 2.0
#: A loss this many times the median of the few before it, and above a share of the loss before training, is a
#: spike, once one of the few after it is back near that median.
_SPIKE, _SPIKE_SHARE, _BACK, _NEARBY = 3.0, 0.1, 1.5, 5
#: A validation loss this many times its lowest, epochs after it, is a run that overfits.
_OVERFIT, _OVERFIT_EPOCHS = 1.1, 3

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Point:
    """A point of a curve."""

    epoch: float  # passes over the training split so far
    loss: float
    accuracy: float  # share in [0, 1]
    seconds: float  # of training so far


@dataclass(frozen=True)
class Remark:
    """A word for what a curve shows, where it shows it, and a sentence that explains it."""

    epoch: float
    word: str
    sentence: str


@dataclass(frozen=True)
class Epoch:
    """A row of the epoch table; epoch 0 is the model before training."""

    epoch: int
    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float  # of training in this epoch


@dataclass
class Curves:
    """The curves of a run's events so far."""

    training: list[Point] = field(default_factory=list)
    validation: list[Point] = field(default_factory=list)
    epochs: list[Epoch] = field(default_factory=list)
    steps: int = 0  # of an epoch; 0 while that isn't known
    _seconds: float = 0.0
    _last: tuple[int, int] = (0, 0)  # epoch and step of the last report
    _max_covered: int = 0  # steps in one report

    def add(self, event: Progress | Evaluated) -> None:
        """Add the next event. An epoch that was too short to report within gives one point, its mean.

        A report on very few steps, as the first of an epoch can be, gives no point: it would be all noise.
        """
        if isinstance(event, Progress):
            covered = event.step - (self._last[1] if self._last[0] == event.epoch else 0)
            self._last = (event.epoch, event.step)
            self._max_covered = max(covered, self._max_covered)
            if covered * 5 >= self._max_covered:
                self.training.append(Point(event.place, event.loss, event.accuracy, event.seconds))
            return
        self.steps = event.steps
        if not self.training or self.training[-1].epoch <= event.epoch - 1:
            self.training.append(Point(event.epoch, event.train_loss, event.train_accuracy, event.seconds))
        self.validation.append(
            Point(event.epoch, event.validation_loss, event.validation_accuracy, event.seconds)
        )
        self.epochs.append(
            Epoch(
                event.epoch,
                event.train_loss,
                event.train_accuracy,
                event.validation_loss,
                event.validation_accuracy,
                event.seconds - self._seconds,
            )
        )
        self._seconds = event.seconds


def remarks(curves: Curves) -> list[Remark]:
    """Return what the curves show: that the run diverges, or else where it spikes and overfits."""
    losses = [point.loss for point in curves.training]
    before = losses[0] if losses else 0.0
    if before <= 0:  # a loss without a scale of its own
        return []
    for point in curves.training[1:]:
        if not point.loss <= _DIVERGED * before:
            sentence = (
                f"The training loss is more than {_DIVERGED:g} times what it was before training: "
                "the steps are too large. A smaller learning rate may help."
            )
            return [Remark(point.epoch, "diverges", sentence)]
    return [*_spikes(curves.training, before), *_overfitting(curves)]


def _spikes(points: Sequence[Point], before: float) -> list[Remark]:
    """The largest loss that stands out of its neighborhood, if there is one."""
    found = []
    for index in range(_NEARBY, len(points) - 1):
        near = statistics.median(point.loss for point in points[index - _NEARBY : index])
        loss, after = points[index].loss, points[index + 1 : index + 1 + _NEARBY]
        if loss > max(_SPIKE * near, _SPIKE_SHARE * before) and min(p.loss for p in after) < _BACK * near:
            found.append((loss, near, points[index].epoch))
    if not found:
        return []
    loss, near, epoch = max(found)
    sentence = (
        f"The training loss leaps from {near:.2g} to {loss:.2g} and comes back: a step was too large for "
        "where it was taken. A smaller learning rate, or one that rises and falls, may help."
    )
    return [Remark(epoch, "spikes", sentence)]


def _overfitting(curves: Curves) -> list[Remark]:
    """Where the validation loss was lowest, if it has risen since and the training loss fallen."""
    scored = curves.epochs[1:]  # epoch 0 is before training
    if not scored:
        return []
    best = min(scored, key=lambda epoch: epoch.validation_loss)
    last = scored[-1]
    rise = last.validation_loss / best.validation_loss if best.validation_loss > 0 else 1.0
    if last.epoch - best.epoch < _OVERFIT_EPOCHS or rise < _OVERFIT or last.train_loss >= best.train_loss:
        return []
    sentence = (
        f"The validation loss was lowest after epoch {best.epoch} and is {rise - 1:.0%} higher now, while "
        "the training loss went on falling: from here on the model learns its training images by heart."
    )
    return [Remark(best.epoch, "overfits", sentence)]


def thin(items: Sequence[_Item], limit: int) -> list[_Item]:
    """Return at most `limit` (three or more) of the items, evenly spaced, with the first and the last.

    Every second, fourth, eighth, ... item is taken, so that a curve that grows keeps its points until there
    are twice as many, and doesn't tremble.
    """
    step = 1
    while (len(items) - 1) // step + 2 > limit:
        step *= 2
    thinned = list(items[::step])
    if items and (len(items) - 1) % step:
        thinned.append(items[-1])
    return thinned


def loss_limit(curves: Sequence[Curves]) -> float:
    """Return the top of an axis that shows the losses before training: 1, 2.5, 5, 10, 25, ...

    A limit that is set once keeps the plot still; a loss that explodes beyond it is cut off.
    """
    before = [point.loss for each in curves for point in (*each.training[:1], *each.validation[:1])]
    highest = max((loss for loss in before if loss < float("inf")), default=2.4)
    limit = 1.0
    while limit < highest * 1.02:
        limit *= 2.5 if str(limit)[0] == "1" else 2
    return limit
