"""The models that one visitor trained: whose weights are kept, and which of them are on the pad.

Knows runs that have a result. Knows nothing of runs in progress, other visitors or how anything looks.
"""

import dataclasses
import secrets
import threading

from mnist_demo.ink.fitting import Digit
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import ALL, Answer, Classifier
from mnist_demo.ui.sessions.runs import Run

#: What the names of visitors' own models begin with, and no other model's.
OWN = "own-"

#: Models of one visitor that are on the pad at once: two can be compared.
MAX_ON_PAD = 2


class OwnModels:
    """What a visitor's runs left behind. Safe to use from any thread."""

    def __init__(self) -> None:
        """Start with none."""
        # part of every name: after a restart of the server a page may still hold an earlier "run 1"
        self._key = secrets.token_hex(4)
        self._kept: list[Run] = []  # the oldest weights first
        self._on_pad: dict[str, tuple[Run, Classifier]] = {}  # by name; replaced as a whole, never changed
        self._lock = threading.Lock()

    def name_of(self, run: Run) -> str:
        """Return what questions call this run's model; no other model is ever called so."""
        return f"{OWN}{run.number}-{self._key}"

    @property
    def count(self) -> int:
        """How many runs' weights are kept."""
        return len(self._kept)

    @property
    def on_pad(self) -> dict[str, Run]:
        """The runs whose models are on the pad, by name, in the order in which they were put there."""
        return {name: run for name, (run, _) in self._on_pad.items()}

    def is_on_pad(self, run: Run) -> bool:
        """Whether this run's model is on the pad."""
        return self.name_of(run) in self._on_pad

    def keep(self, run: Run) -> None:
        """Keep the weights of a run that has a result, and put its model on the pad."""
        with self._lock:
            self._kept.append(run)
        self.put_on_pad(run)

    def put_on_pad(self, run: Run) -> bool:
        """Put a run's model on the pad, from which the one goes that was put there first.

        Returns whether its weights are still kept.
        """
        if run not in self._kept or run.result is None:
            return False
        card, name = run.result.card, self.name_of(run)
        module = checkpoints.assemble(card, checkpoints.unpack(run.result.packed))
        classifier = Classifier({name: Checkpoint(card, module)})
        with self._lock:
            if run not in self._kept:  # they went meanwhile
                return False
            others = [item for item in self._on_pad.items() if item[0] != name]
            self._on_pad = dict([*others[1 - MAX_ON_PAD :], (name, (run, classifier))])
        return True

    def take_off_pad(self, run: Run) -> None:
        """Take a run's model off the pad, if it is there; its weights stay."""
        with self._lock:
            self._take_off(run)

    def forget(self, run: Run) -> None:
        """Drop a run's weights, and take its model off the pad."""
        with self._lock:
            self._kept = [other for other in self._kept if other is not run]
            self._take_off(run)

    def drop_oldest(self) -> None:
        """Drop the weights that were made first; their run keeps its scores."""
        with self._lock:
            run = self._kept.pop(0)
            self._take_off(run)
            if run.result:
                run.result = dataclasses.replace(run.result, packed=b"")

    def _take_off(self, run: Run) -> None:
        self._on_pad = {name: each for name, each in self._on_pad.items() if each[0] is not run}

    def answer(self, digit: Digit, choice: str) -> dict[str, Answer]:
        """Return the answers, by name, of the model that is chosen, or of all that are on the pad."""
        return {
            name: classifier.classify(digit, [name])[name]
            for name, (_, classifier) in self._on_pad.items()
            if choice in (ALL, name)
        }

    def pack(self, name: str) -> bytes | None:
        """Return a model on the pad as the bytes that a page answers with; None if it isn't there.

        Raises ProgramError where it can't be said so.
        """
        found = self._on_pad.get(name)
        return found[1].pack(name) if found else None
