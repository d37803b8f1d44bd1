"""What a run left, as HTML: scores, confusion matrix, most confident mistakes, and what can be downloaded.

Pure: values in, markup out.
"""

from mnist_demo.digits import CLASSES
from mnist_demo.models.evaluation import Mistake
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.training.views import picture_of

_MAX_MISTAKES = 12
_DOWNLOADS = {
    "weights": ("Weights", ".safetensors"),
    "card": ("Card", ".json"),
    "state": ("state_dict", ".pth"),
    "settings": ("Settings and curves", ".json"),
    "curves": ("Curves", ".csv"),
}


def results(run: Run | None) -> str:
    """Render what is known after a run; nothing while there is none or it goes on."""
    if run is None or not run.has_ended:
        return '<section class="run-results" aria-label="Results" hidden></section>'
    kinds = [kind for kind in _DOWNLOADS if kind in ("settings", "curves") or run.result]
    downloads = "".join(
        f'<button type="button" data-download="{kind}" data-of="{run.number}">{_DOWNLOADS[kind][0]} '
        f"<small>{_DOWNLOADS[kind][1]}</small></button>"
        for kind in kinds
    )
    learned = _learned(run) if run.result else ""
    return (
        f'<section class="run-results" aria-label="Results" data-of="{run.number}" '
        f'style="--model: var(--model-{run.recipe.model})">{learned}'
        f'<div class="downloads" role="group" aria-label="Downloads"><h3>Take it with you</h3>{downloads}'
        f'<p class="notice" role="status"></p></div></section>'
    )


def _learned(run: Run) -> str:
    assert run.result is not None
    card = run.result.card
    facts = {
        "Test accuracy": f"{100 * card.test_accuracy:.2f}%",
        "Test loss": f"{card.test_loss:.4f}",
        "Calibration error": f"{100 * card.expected_calibration_error:.2f}%",
        "Parameters": f"{card.parameters:,}",
    }
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts.items())
    return (
        f'<div class="scores"><h3>On {sum(map(sum, run.result.confusion)):,} unseen test images</h3>'
        f'<dl data-test-accuracy="{card.test_accuracy:.4f}">{listed}</dl>'
        f"<p>This model is on the sketchpad now, as <b>Yours</b>.</p></div>"
        f"{_confusion(run.result.confusion)}{_mistakes(run.result.mistakes)}"
    )


def _confusion(counts: list[list[int]]) -> str:
    """Render counts [10][10], row = label, column = answer: mistakes are tinted by their number."""
    most = max(counts[row][column] for row in range(CLASSES) for column in range(CLASSES) if row != column)
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(CLASSES))
    body = ""
    for label, row in enumerate(counts):
        cells = "".join(
            f'<td class="{"right" if label == answer else "wrong" if count else "none"}" '
            f'style="--share: {(count / max(1, most)) if label != answer else 0:.2f}" '
            f'title="{count} of {sum(row)}: a {label} read as {answer}">{count or "·"}</td>'
            for answer, count in enumerate(row)
        )
        body += f'<tr><th scope="row">{label}</th>{cells}</tr>'
    return (
        '<figure class="confusion"><figcaption><h3>What it takes for what</h3>Rows: what the digit is; '
        'columns: what the model says</figcaption><table><thead><tr><th aria-label="is, read as"></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></figure>"
    )


def _mistakes(mistakes: list[Mistake]) -> str:
    if not mistakes:
        return '<div class="mistakes"><h3>No mistakes at all</h3></div>'
    shown = "".join(
        f'<li><img alt="" src="{picture_of(mistake.image)}"><span><b>{mistake.answer}</b> '
        f"{100 * mistake.probability:.0f}%</span><small>is a {mistake.label}</small></li>"
        for mistake in mistakes[:_MAX_MISTAKES]
    )
    return f'<div class="mistakes"><h3>Surest when wrong</h3><ul>{shown}</ul></div>'
