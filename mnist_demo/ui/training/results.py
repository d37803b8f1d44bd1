"""The result of a run as markup: scores, confusion matrix, most confident mistakes, downloads.

Values in, markup out.
"""

from collections.abc import Sequence
from typing import Any

from PIL import Image

from mnist_demo.digits import CLASSES
from mnist_demo.ink.pictures import ink_address
from mnist_demo.models.cards import Card
from mnist_demo.models.evaluation import Mistake
from mnist_demo.training.worker import Result
from mnist_demo.ui import templates
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.training.views import color_of, percent

_MAX_MISTAKES = 12

#: Kind, title and ending of what can be downloaded after every run, and of what takes a result.
_ALWAYS = (
    ("report", "Report", ".zip"),
    ("script", "Code", ".py"),
    ("notebook", "Notebook", ".ipynb"),
    ("settings", "Settings and curves", ".json"),
    ("curves", "Curves", ".csv"),
)
_WITH_RESULT = (
    ("weights", "Weights", ".safetensors"),
    ("card", "Card", ".json"),
    ("state", "state_dict", ".pth"),
)


def results(run: Run | None, is_on_pad: bool = False) -> str:
    """Render what is known after a run; nothing before the first one or while one goes on."""
    if run is None or not run.has_ended:
        return templates.render("training/results.html", number=None)
    has_weights = bool(run.result and run.result.packed)
    downloads = (*_WITH_RESULT, *_ALWAYS) if has_weights else _ALWAYS
    return templates.render(
        "training/results.html",
        number=run.number,
        name=run.name,
        color=color_of(run),
        has_weights=has_weights,
        is_on_pad=is_on_pad,
        downloads=[{"kind": kind, "title": title, "ending": ending} for kind, title, ending in downloads],
        **(_scored(run.result) if run.result else {"scores": None}),
    )


def _scored(result: Result) -> dict[str, Any]:
    return {
        "scores": scores_of(result.card),
        "test_accuracy": f"{result.card.test_accuracy:.4f}",
        "test_images": f"{sum(map(sum, result.confusion)):,}",
        "confusion": _confusion(result.confusion),
        **_shown(result.mistakes, "Most confident mistakes" if result.mistakes else "No mistakes"),
    }


def mistakes(result: Result, label: int, answer: int) -> str:
    """Render the test images of one digit that were read as another one, the most confident first."""
    found = [each for each in result.mistakes if (each.label, each.answer) == (label, answer)]
    count = result.confusion[label][answer]
    some = f", {len(found)} of them" if len(found) < count else ""
    return templates.render(
        "training/mistakes.html", **_shown(found, f"{count} × {label} read as {answer}{some}")
    )


def _shown(found: Sequence[Mistake], title: str) -> dict[str, Any]:
    return {"title": title, "mistakes": [_mistake(each) for each in found[:_MAX_MISTAKES]]}


def scores_of(card: Card) -> dict[str, str]:
    """Return what is shown of a card's scores, by their names for people."""
    return {
        "Test accuracy": percent(card.test_accuracy),
        "Test loss": f"{card.test_loss:.4f}",
        "Calibration error": percent(card.expected_calibration_error),
        "Parameters": f"{card.parameters:,}",
    }


def _confusion(counts: list[list[int]]) -> list[list[dict[str, Any]]]:
    """Return the cells of counts [10][10], row = label, column = answer; share = tint of a mistake."""
    most = max(counts[row][column] for row in range(CLASSES) for column in range(CLASSES) if row != column)
    return [
        [
            {
                "label": label,
                "answer": answer,
                "count": count,
                "kind": "right" if label == answer else "wrong" if count else "none",
                "share": 0.0 if label == answer else count / max(1, most),
                "title": f"{count} of {sum(row)}: a {label} read as {answer}",
            }
            for answer, count in enumerate(row)
        ]
        for label, row in enumerate(counts)
    ]


def _mistake(mistake: Mistake) -> dict[str, Any]:
    return {
        "picture": ink_address(Image.fromarray(mistake.image)),
        "answer": mistake.answer,
        "probability": percent(mistake.probability, 0),
        "label": mistake.label,
    }
