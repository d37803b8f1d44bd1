"""What the two plots are drawn from: the curves of a visitor's runs as JSON, which the page turns into SVG.

Knows runs and how many points of a curve are sent. Knows nothing of axes and pixels: that is in `plot.js`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from mnist_demo.models.cards import Card
from mnist_demo.training.curves import MAX_PALE_POINTS, MAX_POINTS, Point, loss_limit, remarks, thin
from mnist_demo.ui.sessions.runs import Run


def of(runs: Sequence[Run]) -> str:
    """Return the curves of some runs, oldest first, as JSON: a list of what `plot.js` calls a Run."""
    described = [_describe(run, MAX_PALE_POINTS) for run in runs[:-1]]
    described += [_describe(run, MAX_POINTS) for run in runs[-1:]]
    return json.dumps(described, separators=(",", ":"), allow_nan=False)


def shipped(cards: Mapping[str, Card]) -> list[dict[str, Any]]:
    """Return the accuracies of the shipped models, which runs are compared with."""
    return [
        {
            "name": name,
            "title": card.title,
            "accuracy": card.test_accuracy,
        }
        for name, card in cards.items()
    ]


def _describe(run: Run, most: int) -> dict[str, Any]:
    curves = run.curves
    return {
        "number": run.number,
        "name": run.name,
        "model": run.recipe.model,
        "color": run.color,
        "epochs": run.epochs_drawn,
        "steps": curves.steps,
        "images": curves.steps * run.recipe.batch_size,
        "limit": loss_limit([curves]),
        "training": [_point(point) for point in thin(curves.training, most)],
        "validation": [_point(point) for point in thin(curves.validation, most)],
        "marks": [round(change.place, 4) for change in run.steered],
        "remarks": [
            {"epoch": remark.epoch, "word": remark.word, "sentence": remark.sentence}
            for remark in remarks(curves)
        ],
    }


def _point(point: Point) -> dict[str, float | None]:
    """A point, rounded to what a plot can show; None for values that are infinite or not a number."""
    digits = {"epoch": 4, "seconds": 2, "loss": 6, "accuracy": 5}
    values = {name: getattr(point, name) for name in digits}
    return {
        name: round(value, digits[name]) if math.isfinite(value) else None for name, value in values.items()
    }


EMPTY = of([])
