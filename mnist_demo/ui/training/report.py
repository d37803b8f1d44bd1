"""A report of a run to take home: Markdown with its pictures beside it, in one archive.

Values in, bytes out.
"""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from mnist_demo.digits import SIDE
from mnist_demo.models.evaluation import Mistake
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.training import settings
from mnist_demo.training.curves import MAX_POINTS, Point, loss_limit, thin
from mnist_demo.training.script import stem_of
from mnist_demo.ui import templates
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.training.links import link_to
from mnist_demo.ui.training.results import scores_of
from mnist_demo.ui.training.views import recipe_title

_PANEL, _WIDTH, _HEIGHT = 420, 350, 220  # of a plot with its margins, and of the plot alone, in pixels
_MAX_MISTAKES, _PER_ROW = 24, 8
_SCALE = 2  # pixels of the picture for one of a digit


def report_of(run: Run) -> tuple[str, bytes]:
    """Return the archive's file name and content, of a run that has ended."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("report.md", _text(run))
        archive.writestr("curves.svg", _curves(run))
        if run.result and run.result.mistakes:
            archive.writestr("mistakes.png", _mistakes(run.result.mistakes[:_MAX_MISTAKES]))
    return f"run-{run.number}-{stem_of(run.recipe)}-report.zip", content.getvalue()


def _text(run: Run) -> str:
    done = run.last.epoch if run.last else 0
    return templates.render(
        "training/report.md",
        run=run,
        title=recipe_title(run),
        sentence=RECIPE_NOTES[run.recipe.name].sentence,
        settings=settings.describe(run.recipe),
        changes="; ".join(run.changes),
        ended=" ".join(filter(None, [f"{done} of {run.epochs} epochs in {run.seconds:.1f} s.", run.reason])),
        scores=scores_of(run.result.card) if run.result else {},
        epochs=run.curves.epochs,
        confusion=run.result.confusion if run.result else [],
        mistakes=run.result.mistakes[:_MAX_MISTAKES] if run.result else [],
        link=link_to(run.recipe),
    )


def _curves(run: Run) -> str:
    """The two plots as SVG."""
    plots = []
    for quantity, limit in (("loss", loss_limit([run.curves])), ("accuracy", 1.0)):
        ticks = [limit * quarter / 4 for quarter in range(5)]
        plots.append(
            {
                "title": quantity.capitalize(),
                "ticks": [
                    {
                        "y": round(_HEIGHT * (1 - tick / limit), 1),
                        "words": f"{tick:.0%}" if quantity == "accuracy" else f"{tick:g}",
                    }
                    for tick in ticks
                ],
                "marks": [round(_WIDTH * each.place / run.epochs_drawn, 1) for each in run.steered],
                "lines": [
                    {
                        "points": _line(getattr(run.curves, split), quantity, limit, run.epochs_drawn),
                        "is_dashed": split == "validation",
                    }
                    for split in ("training", "validation")
                ],
            }
        )
    layout: dict[str, Any] = {"panel": _PANEL, "width": _WIDTH, "height": _HEIGHT}
    return templates.render("training/curves.svg", plots=plots, epochs=run.epochs_drawn, **layout)


def _line(points: Sequence[Point], quantity: str, limit: float, epochs: int) -> str:
    """The points of a curve as SVG's polyline takes them; what is above the limit stays at it."""
    shares = ((point.epoch / epochs, getattr(point, quantity) / limit) for point in thin(points, MAX_POINTS))
    return " ".join(f"{_WIDTH * across:.1f},{_HEIGHT * (1 - min(1.0, up)):.1f}" for across, up in shares)


def _mistakes(mistakes: Sequence[Mistake]) -> bytes:
    """The misread digits side by side, dark on white, as a PNG file."""
    rows = -(-len(mistakes) // _PER_ROW)
    cell = SIDE + 4
    sheet = np.full((rows * cell, _PER_ROW * cell), 255, np.uint8)
    for place, mistake in enumerate(mistakes):
        top, left = place // _PER_ROW * cell + 2, place % _PER_ROW * cell + 2
        sheet[top : top + SIDE, left : left + SIDE] = 255 - mistake.image
    picture = Image.fromarray(sheet)
    content = io.BytesIO()
    picture.resize((_SCALE * picture.width, _SCALE * picture.height), Image.Resampling.NEAREST).save(
        content, "PNG"
    )
    return content.getvalue()
