"""The two plots: their rows, their frame and their colours.

Knows series and CSS variables. A run's lines take their colour from a variable of the run's own that the
page can set to hide it; colours follow the theme because nothing here is a colour.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mnist_demo.charts import MOST_PALE_POINTS, MOST_POINTS, loss_limit, thinned
from mnist_demo.ui.training.runs import Run

#: A row of a plot: epoch, loss or accuracy, series.
Row = tuple[float, float, str]

#: What a plot without a run shows: its axes, around a point that can't be seen.
EMPTY_ROWS: list[Row] = [(0.0, 0.0, "")]
EMPTY_COLOURS = {"": "transparent"}


@dataclass(frozen=True)
class Frame:
    """What stays while a run goes on, because a change of it draws the plot afresh."""

    epochs: int
    loss_limit: float
    colours: dict[str, str]


def rows(runs: Sequence[Run], quantity: str) -> list[Row]:
    """Return the rows of "loss" or "accuracy"; the last run is the one that is looked at."""
    drawn: list[Row] = []
    for run in runs:
        most = MOST_POINTS if run is runs[-1] else MOST_PALE_POINTS
        for split in ("training", "validation"):
            series = _series(run, split)
            for point in thinned(getattr(run.curves, split), most):
                drawn.append((round(point.epoch, 4), round(getattr(point, quantity), 5), series))
    return drawn or EMPTY_ROWS


def frame(runs: Sequence[Run]) -> Frame:
    """Return what the plots of these runs stand in."""
    colours = {
        _series(run, split): _colour(run, split, run is runs[-1])
        for run in runs
        for split in ("training", "validation")
    }
    return Frame(
        max((run.recipe.epochs for run in runs), default=10),
        loss_limit([run.curves for run in runs]),
        colours or EMPTY_COLOURS,
    )


def _series(run: Run, split: str) -> str:
    return f"Run {run.number}, {split}"


def _colour(run: Run, split: str, is_newest: bool) -> str:
    """Return a reference to the run's own variable, whose name also tells the style sheet how to draw it."""
    age = "newest" if is_newest else "earlier"
    return f"var(--run-{run.number}-{split}-{age}, var(--model-{run.recipe.model}))"
