"""One run of one visitor: its settings, its progress, its curves and its result.

Records a job's events; knows nothing of processes, other visitors or how anything looks.
"""

import csv
import dataclasses
import io
import json
import math
from typing import Any, Literal

import numpy as np
import torch

from mnist_demo.events import Evaluated, Finished, Progress
from mnist_demo.ink.fitting import Digit
from mnist_demo.models import checkpoints
from mnist_demo.recipes import Recipe
from mnist_demo.training.curves import Curves, Epoch
from mnist_demo.training.jobs import JobEvent
from mnist_demo.training.script import notebook_of, script_of, stem_of
from mnist_demo.training.settings import describe_changes
from mnist_demo.training.worker import Failed, Reading, Result, Snapshot, Steered

State = Literal["starting", "running", "paused", "scoring", "finished", "stopped", "failed"]

#: States that no event follows.
ENDED = ("finished", "stopped", "failed")


class Run:
    """The state of a run, updated by every event."""

    def __init__(self, number: int, recipe: Recipe, color: str = "run-1") -> None:
        """Start with a number, from 1 for each visitor, and a color that no other run of theirs has."""
        self.number = number
        self.name = f"Run {number}"  # as its visitor calls it
        self.color = color
        self.recipe = recipe
        self.state: State = "starting"
        self.reason = ""  # a sentence: why it ended before its last epoch
        self.rate = 1.0  # what the recipe's learning rate was last asked to be multiplied by
        self.is_slow = False
        self.more_epochs = 0  # asked for while it ran
        self.steered: list[Steered] = []
        self.curves = Curves()
        self.progress: Progress | None = None
        self.example: Digit | None = None  # read while the visitor's pad is blank
        self.digit: Digit | None = None  # the digit that the probabilities below are for
        self.probabilities: list[float] | None = None
        self.snapshot: Snapshot | None = None  # the newest of the model in training
        self.result: Result | None = None
        self.events = 0  # how many were recorded

    @property
    def epochs(self) -> int:
        """Epochs that it is to have: the recipe's, and what was asked for while it ran."""
        return self.recipe.epochs + self.more_epochs

    @property
    def epochs_drawn(self) -> int:
        """Epochs that its curves have once it has ended, at least one; before that, those it is to have."""
        if self.has_ended and self.curves.training:
            return max(1, math.ceil(self.curves.training[-1].epoch))
        return self.epochs

    @property
    def seconds(self) -> float:
        """Seconds of training so far."""
        ended = sum(epoch.seconds for epoch in self.curves.epochs)
        return max(ended, self.progress.seconds if self.progress else 0.0)

    @property
    def last(self) -> Epoch | None:
        """The last completed epoch; epoch 0 is the model before training."""
        return self.curves.epochs[-1] if self.curves.epochs else None

    @property
    def is_example(self) -> bool:
        """Whether the digit is the example and not the visitor's drawing."""
        return self.digit is None or self.example is None or np.array_equal(self.digit, self.example)

    @property
    def has_ended(self) -> bool:
        """Whether no more events follow."""
        return self.state in ENDED

    def add(self, event: JobEvent) -> None:
        """Record the next event."""
        self.events += 1
        if isinstance(event, Progress | Evaluated):
            self.curves.add(event)
            if isinstance(event, Progress):
                self.progress = event
            if self.state == "starting":
                self.state = "running"
        elif isinstance(event, Reading):
            self.digit, self.probabilities = event.digit, event.probabilities
        elif isinstance(event, Snapshot):
            self.snapshot = event
        elif isinstance(event, Steered):
            self.steered.append(event)
        elif isinstance(event, Finished):
            self.state = "scoring"
            if event.diverged:
                self.reason = (
                    f"The loss stopped being a finite number in epoch {event.epochs + 1}; the weights of "
                    f"epoch {event.epochs} are kept. A smaller learning rate may help."
                )
        elif isinstance(event, Result):
            self.result = event
            self.state = "stopped" if self.reason else "finished"
        elif isinstance(event, Failed):
            self.state, self.reason = "failed", event.reason
        else:
            self.state, self.reason = "scoring", event.reason
        if self.has_ended:
            self.snapshot = None

    def make_file(self, kind: str) -> tuple[str, bytes]:
        """Return a download's file name and content. Raises KeyError if this run has none of this kind."""
        stem = f"run-{self.number}-{stem_of(self.recipe)}"
        if kind == "settings":
            return f"{stem}.settings.json", json.dumps(self._record(), indent=1, ensure_ascii=False).encode()
        if kind == "curves":
            return f"{stem}.csv", self._table()
        if kind == "script":
            return f"{stem}.py", script_of(self.recipe, self.changes).encode()
        if kind == "notebook":
            return f"{stem}.ipynb", notebook_of(self.recipe, self.changes).encode()
        if self.result is None or not self.result.packed:
            raise KeyError(kind)
        if kind == "weights":
            return f"{stem}.safetensors", self.result.packed
        if kind == "card":
            return (
                f"{stem}.json",
                self.result.card.to_json().encode(),
            )  # where `checkpoints.load` looks for it
        if kind == "state":
            content = io.BytesIO()
            torch.save(checkpoints.unpack(self.result.packed), content)
            return f"{stem}.pth", content.getvalue()
        raise KeyError(kind)

    @property
    def changes(self) -> list[str]:
        """What was changed while it ran, each in a phrase."""
        return [each.words for each in self.steered]

    def _record(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "recipe": self.recipe.label,
            "changes": describe_changes(self.recipe),
            "settings": {**vars(self.recipe), "arguments": dict(self.recipe.arguments)},
            "changed while it ran": self.changes,
            "state": self.state,
            "reason": self.reason,
            "seconds": self.seconds,
            "test_accuracy": self.result.card.test_accuracy if self.result else None,
            "test_loss": self.result.card.test_loss if self.result else None,
            "epochs": [dataclasses.asdict(epoch) for epoch in self.curves.epochs],
            "training": [dataclasses.asdict(point) for point in self.curves.training],
            "validation": [dataclasses.asdict(point) for point in self.curves.validation],
        }

    def _table(self) -> bytes:
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(["split", "epoch", "loss", "accuracy"])
        for split in ("training", "validation"):
            for point in getattr(self.curves, split):
                rows.writerow([split, point.epoch, point.loss, point.accuracy])
        return text.getvalue().encode()
