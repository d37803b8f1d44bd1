"""The two plots: their rows, their limits and their colors.

Knows series and CSS variables. A plot always has the same series and colors, because Gradio redraws the whole
plot, and not always correctly, when they change. A color is a CSS variable that the page sets to the run's
color, or to transparent for a hidden run; so it follows the theme too.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

from mnist_demo.training.curves import MAX_PALE_POINTS, MAX_POINTS, loss_limit, thin
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.session import MAX_RUNS

#: A row of a plot: epoch, loss or accuracy, series.
Row = tuple[float, float, str]

_SPLITS = ("training", "validation")
_FAR = -1e3  # the only point of a series without points, outside of every plot


@dataclass(frozen=True)
class Plots:
    """Both plots: their points, and the limits of their axes, which stay the same during a run."""

    loss: list[Row]
    accuracy: list[Row]
    epochs: int
    loss_limit: float


def _series(age: int, split: str) -> str:
    """Return what a tooltip says; age 0 is the newest run."""
    return f"{split}, {f'{age} before' if age else 'this run'}"


#: What tooltips say of the lines where a run was changed while it went on. No more of them are drawn.
_MARKS = tuple(f"changed ({number})" for number in range(1, 7))

#: Series -> the variable with its color; the style sheet tells by the name how to draw it.
COLORS = {
    _series(age, split): f"var(--curve-{split}-{age}, transparent)"
    for age in range(MAX_RUNS)
    for split in _SPLITS
} | dict.fromkeys(_MARKS, "var(--curve-mark)")


def of(runs: Sequence[Run]) -> Plots:
    """Return the plots of some runs, oldest first."""
    begun = [run for run in runs if run.curves.training]
    limit = loss_limit([run.curves for run in begun])
    marks = [change.place for change in runs[-1].steered] if runs else []
    return Plots(
        [*_rows(runs, "loss"), *_marks(marks, limit)],
        [*_rows(runs, "accuracy"), *_marks(marks, 1.0)],
        max((run.epochs_drawn for run in begun), default=10),
        limit,
    )


def _rows(runs: Sequence[Run], quantity: str) -> list[Row]:
    drawn: list[Row] = [(_FAR, _FAR, series) for series in COLORS if series not in _MARKS]
    for age, run in enumerate(reversed(runs)):
        most = MAX_PALE_POINTS if age else MAX_POINTS
        for split in _SPLITS:
            series = _series(age, split)
            points = thin(getattr(run.curves, split), most)
            drawn += [(round(point.epoch, 4), round(getattr(point, quantity), 5), series) for point in points]
    return drawn


def _marks(places: Sequence[float], top: float) -> list[Row]:
    """The newest run's newest changes, each a line from the bottom of the plot to its top."""
    rows: list[Row] = []
    for series, place in itertools.zip_longest(_MARKS, places[-len(_MARKS) :], fillvalue=_FAR):
        rows += [(round(float(place), 4), height, str(series)) for height in (0.0, top)]
    return rows


EMPTY = of([])
