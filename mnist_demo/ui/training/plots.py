"""The two plots: their rows, their limits and their colors.

Knows series and CSS variables. A plot always has the same series and colors, because Gradio redraws the whole
plot, and not always correctly, when they change. A color is a CSS variable that the page sets to the run's
color, or to transparent for a hidden run; so it follows the theme too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_demo.training.curves import MAX_PALE_POINTS, MAX_POINTS, loss_limit, thin
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.sessions import MAX_RUNS

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


#: Series -> the variable with its color; the style sheet tells by the name how to draw it.
COLORS = {
    _series(age, split): f"var(--curve-{split}-{age}, transparent)"
    for age in range(MAX_RUNS)
    for split in _SPLITS
}


def of(runs: Sequence[Run]) -> Plots:
    """Return the plots of some runs, oldest first."""
    begun = [run for run in runs if run.curves.training]
    return Plots(
        _rows(runs, "loss"),
        _rows(runs, "accuracy"),
        max((run.recipe.epochs for run in begun), default=10),
        loss_limit([run.curves for run in begun]),
    )


def _rows(runs: Sequence[Run], quantity: str) -> list[Row]:
    drawn: list[Row] = [(_FAR, _FAR, series) for series in COLORS]
    for age, run in enumerate(reversed(runs)):
        most = MAX_PALE_POINTS if age else MAX_POINTS
        for split in _SPLITS:
            series = _series(age, split)
            points = thin(getattr(run.curves, split), most)
            drawn += [(round(point.epoch, 4), round(getattr(point, quantity), 5), series) for point in points]
    return drawn


EMPTY = of([])
