"""A run while it goes on, as markup: its status, its live prediction, its epochs, and the list of runs.

Values in, markup out; nothing is kept but how many refusals there were. Gradio's gr.HTML patches the page
with what differs, so markup keeps its shape from one update to the next and nothing flickers.
"""

import itertools
from collections.abc import Mapping, Sequence

from PIL import Image

from mnist_demo.digits import CLASSES
from mnist_demo.ink.fitting import pixels_of
from mnist_demo.ink.pictures import ink_address
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.training import settings
from mnist_demo.training.curves import Epoch
from mnist_demo.training.losses import LOSSES
from mnist_demo.ui import templates
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.training.links import link_to

#: Rows of the epoch table: the newest, and always the one before training.
_MAX_EPOCHS = 100

#: Losses that are the validation's cross-entropy, or equal it on hard labels.
_COMPARABLE = ("cross-entropy", "nll", "kl")

_refusals = itertools.count(1)


def color_of(run: Run | None) -> str:
    """Return a run's color in CSS."""
    return f"var(--model-{run.color if run else 'none'})"


def idle() -> str:
    """Render the status before anything was started."""
    return _status("idle", "Ready", "Choose what to train, and press Start.")


def switched_off() -> str:
    """Render the status on a host where training is switched off."""
    return _status("off", "Training is switched off here", "The models on the sketchpad still answer.")


def refused(sentence: str) -> str:
    """Render why nothing was started. Every refusal is numbered: the page hears only of what changes."""
    return _status("refused", "Not started", sentence, data={"refusal": next(_refusals)})


def waiting(place: int) -> str:
    """Render a place on the waiting list, from 1."""
    return _status("waiting", f"You are number {place} in the queue", "Your run will start by itself.")


def status(run: Run) -> str:
    """Render where a run stands."""
    epochs, done = run.epochs, run.last.epoch if run.last else 0
    progress = run.progress
    share, step = done / epochs, f"step 0 of {progress.steps:,}" if progress else ""
    if progress and progress.epoch > done:
        share = progress.place / epochs
        step = f"step {progress.step:,} of {progress.steps:,}"
    epoch = min(epochs, done + 1)
    speed = f"{progress.images_per_second:,.0f} images/s" if progress else ""
    left = f"{_minutes(run.seconds * (1 - share) / share)} left" if share else ""
    took = f"{done} of {epochs} epochs in {_duration(run.seconds)}"
    # two lines: what the run does, and the figures that go with it
    headline, facts = {
        "starting": ("Getting ready", ["loading the data and the model"]),
        "running": (f"Epoch {epoch} of {epochs}", [step, speed, left]),
        "paused": (f"Paused in epoch {epoch} of {epochs}", [step, "the time limit still counts"]),
        "scoring": ("Scoring on the test images", [took]),
        "finished": ("Finished", [took]),
        "stopped": ("Stopped", [took, run.reason]),
        "failed": ("Ended without a result", [run.reason]),
    }[run.state]
    share = 1.0 if run.state == "finished" else share
    data = {
        "run": run.number,
        "epoch": epoch,
        "step": progress.step if progress else 0,
        "share": f"{share:.4f}",
        "rate": f"{run.rate:g}",
        "slow": str(run.is_slow).lower(),
    }
    return _status(run.state, headline, " · ".join(filter(None, facts)), share, run, data)


def _status(
    state: str,
    headline: str,
    facts: str,
    share: float = 0.0,
    run: Run | None = None,
    data: Mapping[str, object] | None = None,
) -> str:
    return templates.render(
        "training/status.html",
        state=state,
        headline=headline,
        facts=facts,
        share=share,
        color=color_of(run),
        data=data or {},
    )


def prediction(run: Run | None) -> str:
    """Render a digit, and the ten probabilities that the model in training gives it."""
    shares = run.probabilities if run else None
    best = shares.index(max(shares)) if shares else None
    bars = [
        {
            "is_highest": digit == best,
            "share": shares[digit] if shares else 0.0,
            "words": percent(shares[digit], 1) if shares else "",
        }
        for digit in range(CLASSES)
    ]
    return templates.render(
        "training/prediction.html",
        color=color_of(run),
        picture=ink_address(Image.fromarray(pixels_of(run.digit))) if run and run.digit is not None else "",
        bars=bars,
        caption=_caption(run),
    )


def _caption(run: Run | None) -> str:
    if run is None or run.digit is None:
        return "What the model in training makes of your drawing"
    if run.has_ended:
        example, drawing = "was blank, so the trained model read an example", "as the trained model reads it"
    else:
        example, drawing = (
            "is blank, so the model in training reads an example",
            "read by the model in training",
        )
    return f"Your pad {example}" if run.is_example else f"Your drawing, {drawing}"


def epochs(rows: Sequence[Epoch], loss: str = "cross-entropy") -> str:
    """Render the epoch table, newest first."""
    note = "Epoch 0 is the model before training."
    if loss not in _COMPARABLE:
        note += f" Training loss: {LOSSES[loss].title.lower()}; validation loss: cross-entropy, to compare."
    shown = [*reversed(rows[1:][-_MAX_EPOCHS:]), *rows[:1]]
    return templates.render(
        "training/epochs.html", rows=[{"epoch": row.epoch, "cells": _cells(row)} for row in shown], note=note
    )


def _cells(row: Epoch) -> list[str]:
    training = [_loss(row.train_loss), percent(row.train_accuracy)]
    validation = [_loss(row.validation_loss), percent(row.validation_accuracy)]
    return [*training, *validation, f"{row.seconds:.1f}"]


def runs(listed: Sequence[Run]) -> str:
    """Render the list of a visitor's runs, newest first; each can be hidden in the plots."""
    items = [
        {
            "number": run.number,
            "name": run.name,
            "age": age,
            "color": color_of(run),
            "label": recipe_title(run),
            "settings": "; ".join([settings.describe(run.recipe), *run.changes]),
            "score": _score(run),
            "link": link_to(run.recipe),
            "has_ended": run.has_ended,
        }
        for age, run in enumerate(reversed(listed))
    ]
    return templates.render("training/runs.html", runs=items)


def recipe_title(run: Run) -> str:
    """Return what people call a run's recipe, and whether it was changed."""
    title = RECIPE_NOTES[run.recipe.name].title
    return f"{title} (changed)" if run.recipe.is_changed else title


def _score(run: Run) -> str:
    if run.result:
        return f"test {percent(run.result.card.test_accuracy)}"
    if run.last and run.last.epoch:
        return f"val. {percent(run.last.validation_accuracy)}"
    return ""


def percent(share: float, decimals: int = 2) -> str:
    """Return a share in [0, 1] in percent."""
    return f"{100 * share:.{decimals}f}%"


def _loss(loss: float) -> str:
    return f"{loss:.4f}" if loss < 1000 else f"{loss:.1e}"


def _duration(seconds: float) -> str:
    return _minutes(seconds) if seconds >= 60 else f"{seconds:.1f} s"


def _minutes(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
