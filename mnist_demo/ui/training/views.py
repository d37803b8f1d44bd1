"""How a run looks while it goes on, as HTML: where it stands, what it reads, its epochs, the list of runs.

Values in, markup out, and nothing remembered but how many refusals there were. Gradio's gr.HTML patches the
page with what differs, so markup keeps its shape from one update to the next and nothing flickers.
"""

import base64
import io
import itertools
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_demo.digits import CLASSES
from mnist_demo.training import settings
from mnist_demo.training.curves import Epoch
from mnist_demo.training.losses import LOSSES
from mnist_demo.ui.sessions.runs import Run

#: Rows of the epoch table: the newest, and always the one before training.
_MAX_EPOCHS = 100

_refusals = itertools.count(1)


def idle() -> str:
    """Render the status before anything was started."""
    return _status("idle", "Ready", "Choose a recipe, change what you like, and start.")


def closed() -> str:
    """Render the status where the host has switched training off."""
    return _status("off", "Training is switched off here", "The models on the sketchpad still answer.")


def refused(sentence: str) -> str:
    """Render why nothing was started. No two are alike: the page hears of what changes only."""
    return _status("refused", "Not started", sentence, marks=f' data-refusal="{next(_refusals)}"')


def waiting(number: int) -> str:
    """Render a place in the line, from 1."""
    return _status("waiting", f"You are number {number} in the queue", "Your run starts by itself.")


def status(run: Run) -> str:
    """Render where a run stands."""
    total = run.recipe.epochs
    last, progress = run.last, run.progress
    share = last.epoch / total if last else 0.0
    step = f"step 0 of {progress.steps:,}" if progress else ""
    if progress and (not last or progress.epoch > last.epoch):
        share = (progress.epoch - 1 + progress.step / progress.steps) / total
        step = f"step {progress.step:,} of {progress.steps:,}"
    epoch = min(total, (last.epoch if last else 0) + 1)
    quick = f"{progress.images_per_second:,.0f} images/s" if progress else ""
    left = _left(run.seconds * (1 - share) / share) if share else ""
    went = f"{last.epoch if last else 0} of {total} epochs in {_clock(run.seconds)}"
    # what stands in two lines: what it does, and the figures that go with it
    headline, facts = {
        "starting": ("Getting ready", ["loading the data and the model"]),
        "running": (f"Epoch {epoch} of {total}", [step, quick, left]),
        "paused": (f"Paused in epoch {epoch} of {total}", [step, "the host’s clock runs on"]),
        "scoring": ("Scoring on the test images", [went]),
        "finished": ("Finished", [went]),
        "stopped": ("Stopped", [went, run.reason]),
        "failed": ("Ended without a result", [run.reason]),
    }[run.state]
    if run.state == "finished":
        share = 1.0
    return _status(run.state, headline, " · ".join(filter(None, facts)), share, run, epoch)


def _status(
    state: str,
    headline: str,
    facts: str,
    share: float = 0.0,
    run: Run | None = None,
    epoch: int = 0,
    marks: str = "",
) -> str:
    if run:
        step = run.progress.step if run.progress else 0
        marks += f' data-run="{run.number}" data-epoch="{epoch}" data-step="{step}" data-share="{share:.4f}"'
    model = run.recipe.model if run else "none"
    return (
        f'<section class="run-status" data-state="{state}"{marks} style="--model: var(--model-{model})">'
        f'<p class="headline" role="status">{escape(headline)}</p>'
        f'<p class="facts">{escape(facts)}</p>'
        f'<div class="progress" role="progressbar" aria-label="Progress of the run" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{share * 100:.0f}">'
        f'<span style="transform: scaleX({share:.4f})"></span></div></section>'
    )


def reading(run: Run | None) -> str:
    """Render the digit that is watched, and the ten bars of the model in training on it."""
    model = run.recipe.model if run else "none"
    chances = run.probabilities if run else None
    if run is None or run.digit is None:
        picture, caption = "<span></span>", "Your drawing, read by the model in training"
    else:
        picture = f'<img alt="The digit that is read" src="{picture_of((run.digit * 255).round())}">'
        caption = "Your pad is blank, so this three is ours" if run.is_example else "Your drawing"
        caption += ", read by the model in training" if not run.has_ended else ", as the model read it last"
    best = chances.index(max(chances)) if chances else None
    rows = "".join(
        f'<div class="row{" highest" if digit == best else ""}" data-bar="{digit}" '
        f'data-share="{chances[digit] if chances else 0:.4f}"><span class="class">{digit}</span>'
        f'<span class="track"><span class="bar" style="transform: scaleX('
        f'{chances[digit] if chances else 0:.4f})"></span></span>'
        f'<span class="value">{_per_cent(chances[digit], 1) if chances else ""}</span></div>'
        for digit in range(CLASSES)
    )
    return (
        f'<section class="run-reading" aria-label="What the model in training reads" '
        f'style="--model: var(--model-{model})">'
        f'<h3>Read now</h3><div class="read"><div class="pixels">{picture}</div>'
        f'<div class="bars">{rows}</div></div><p>{escape(caption)}</p></section>'
    )


def epochs(rows: Sequence[Epoch], loss: str = "cross-entropy") -> str:
    """Render the epoch table, newest first."""
    body = "".join(
        f'<tr data-epoch="{row.epoch}"><th scope="row">{row.epoch}</th><td>{_loss(row.train_loss)}</td>'
        f"<td>{_per_cent(row.train_accuracy)}</td><td>{_loss(row.validation_loss)}</td>"
        f"<td>{_per_cent(row.validation_accuracy)}</td><td>{row.seconds:.1f}</td></tr>"
        for row in (*reversed(rows[1:][-_MAX_EPOCHS:]), *rows[:1])
    )
    note = "Epoch 0 is the model before training."
    if loss not in ("cross-entropy", "nll", "kl"):
        note += f" Training loss: {LOSSES[loss].title.lower()}; validation loss: cross-entropy, to compare."
    return (
        '<section class="run-epochs" aria-label="Epochs"><h3>Epochs</h3><div class="scroll" tabindex="0" '
        'role="region" aria-label="Table of epochs"><table><thead><tr><th scope="col">Epoch</th>'
        '<th scope="col">Train loss</th><th scope="col">Train acc.</th><th scope="col">Val. loss</th>'
        '<th scope="col">Val. acc.</th><th scope="col">Seconds</th></tr></thead>'
        f"<tbody>{body}</tbody></table></div><p>{escape(note)}</p></section>"
    )


def runs(listed: Sequence[Run]) -> str:
    """Render the list of a visitor's runs: each can be hidden in the plots."""
    items = "".join(_run_item(run, age) for age, run in enumerate(reversed(listed)))
    items = items or '<li class="none">Your runs are listed here, to compare</li>'
    return (
        '<section class="run-list" aria-label="Your runs"><p class="legend"><span>training</span>'
        f'<span class="dashed">validation</span></p><ol>{items}</ol></section>'
    )


def _run_item(run: Run, age: int) -> str:
    score = ""
    if run.result:
        score = f"test {_per_cent(run.result.card.test_accuracy)}"
    elif run.last and run.last.epoch:
        score = f"val. {_per_cent(run.last.validation_accuracy)}"
    return (
        f'<li data-run="{run.number}" class="{"earlier" if age else "newest"}" '
        f'style="--model: var(--model-{run.recipe.model})"><label>'
        f'<input type="checkbox" checked data-shows="{run.number}" data-age="{age}" '
        f'data-model-of="{run.recipe.model}"><span class="swatch"></span>'
        f"<b>Run {run.number}</b> <span>{escape(run.recipe.label)}</span></label>"
        f'<span class="settings">{escape(settings.describe(run.recipe))}</span>'
        f'<span class="score">{score}</span></li>'
    )


def picture_of(ink: NDArray[np.generic]) -> str:
    """Return ink [H, W], 0 to 255, as the data address of a PNG: black, with the ink as its alpha."""
    alpha = Image.fromarray(np.asarray(ink, np.uint8))
    file = io.BytesIO()
    Image.merge("LA", (Image.new("L", alpha.size), alpha)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _per_cent(share: float, digits: int = 2) -> str:
    return f"{100 * share:.{digits}f}%"


def _loss(loss: float) -> str:
    return f"{loss:.4f}" if loss < 1000 else f"{loss:.1e}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}" if seconds >= 60 else f"{seconds:.1f} s"


def _left(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d} left"
