"""A run's events → its curves and its epochs, as rows to plot or to write to a file.

Knows what a run reports and how many points a plot can show. Knows nothing of colors, components and pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from mnist_demo.events import Evaluated, Progress

#: Points of a curve of the current run, and of a run that it is compared with. With five runs to compare, two
#: curves each, a plot stays below the 1,000 points from which Gradio's plots start to bin.
MAX_POINTS = 180
MAX_PALE_POINTS = 50

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Point:
    """A point of a curve."""

    epoch: float  # passes over the training split so far
    loss: float
    accuracy: float  # share in [0, 1]


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
                self.training.append(Point(event.place, event.loss, event.accuracy))
            return
        if not self.training or self.training[-1].epoch <= event.epoch - 1:
            self.training.append(Point(event.epoch, event.train_loss, event.train_accuracy))
        self.validation.append(Point(event.epoch, event.validation_loss, event.validation_accuracy))
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
