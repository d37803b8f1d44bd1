"""What each visitor has here: the run that goes on, the runs that were, the model that they trained.

A visitor is known by a random token that their browser made and nobody else is told; it is the only key to
what is theirs. Bounded in visitors, in runs of each and in trained models of all.
"""

import dataclasses
import threading
from collections import OrderedDict

from mnist_demo.ink.strokes import Digit
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import Answer, Classifier
from mnist_demo.recipes import Recipe
from mnist_demo.training.jobs import Job
from mnist_demo.training.worker import Result
from mnist_demo.ui.sessions.runs import Run

#: What the pad calls the model that its visitor trained.
YOURS = "yours"

#: Runs of one visitor that are kept: the newest, and those that it is compared with.
MAX_RUNS = 6


class AlreadyTrainingError(RuntimeError):
    """This visitor has a run going, or waiting."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("You have a run going already: stop it first, or wait until it is done.")


class Session:
    """One visitor's things. Safe to use from any thread."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.runs: list[Run] = []
        self.leaving = threading.Event()  # the visitor wants no more of the run that goes on or waits
        self._count = 0
        self._job: Job | None = None
        self._digit: Digit | None = None
        self._trained: tuple[Result, Classifier] | None = None
        self._busy = threading.Lock()
        self._lock = threading.Lock()

    def enter(self) -> None:
        """Take this visitor's one place to train or to wait for it. Raises AlreadyTrainingError."""
        if not self._busy.acquire(blocking=False):
            raise AlreadyTrainingError
        self.leaving.clear()

    def leave(self) -> None:
        """Give that place up."""
        self._busy.release()

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on or waits."""
        return self._busy.locked()

    def begin(self, recipe: Recipe, job: Job, example: Digit) -> Run:
        """Note that a run has begun. Its model reads the visitor's digit, or else the example."""
        with self._lock:
            self._count += 1
            run = Run(self._count, recipe)
            self.runs = [*self.runs[1 - MAX_RUNS :], run]
            self._job, run.example = job, example
            run.digit = self._watched(run)
            job.watch(run.digit)
        if self.leaving.is_set():
            job.stop()
        return run

    def end(self) -> None:
        """Note that nothing runs any more."""
        with self._lock:
            self._job = None

    def pause(self, paused: bool) -> None:
        """Hold the run, or go on with it."""
        with self._lock:
            if self._job is None or self.runs[-1].state != ("running" if paused else "paused"):
                return
            if paused:
                self._job.pause()
            else:
                self._job.resume()
            self.runs[-1].state = "paused" if paused else "running"

    def stop(self) -> None:
        """End the run, or the wait for it."""
        self.leaving.set()
        with self._lock:
            if self._job:
                self._job.stop()

    def see(self, digit: Digit | None) -> None:
        """Take what is on the visitor's pad now; None is a blank pad."""
        with self._lock:
            self._digit = digit
            if self._job:
                self._job.watch(self._watched(self.runs[-1]))

    def _watched(self, run: Run) -> Digit | None:
        return run.example if self._digit is None else self._digit

    def keep(self, result: Result) -> None:
        """Take a trained model; it is "yours" from now on. Weights of the runs before are let go."""
        module = checkpoints.assemble(result.card, checkpoints.unpack(result.packed))
        classifier = Classifier({YOURS: Checkpoint(result.card, module)})
        with self._lock:
            self._trained = result, classifier
            for run in self.runs:
                if run.result and run.result is not result:
                    run.result = dataclasses.replace(run.result, packed=b"")

    def forget_model(self) -> None:
        """Let the trained model go."""
        with self._lock:
            self._trained = None
            for run in self.runs:
                if run.result:
                    run.result = dataclasses.replace(run.result, packed=b"")

    @property
    def trained(self) -> Result | None:
        """What the newest run that learned something left."""
        return self._trained[0] if self._trained else None

    def read(self, digit: Digit) -> Answer | None:
        """Answer for a digit with the visitor's own model, or None where there is none."""
        trained = self._trained
        return trained[1].classify(digit, [YOURS])[YOURS] if trained else None


class Sessions:
    """The visitors that have trained something, or are about to, by their tokens."""

    def __init__(self, most: int, most_models: int) -> None:
        """Keep at most so many visitors, and at most so many of their models; the idle ones go first."""
        self._most, self._most_models = most, most_models
        self._visits: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, token: str | None) -> Session | None:
        """Return what this visitor has, or None."""
        with self._lock:
            session = self._visits.get(token) if token else None
            if token and session:
                self._visits.move_to_end(token)
            return session

    def open(self, token: str) -> Session:
        """Return what this visitor has, which may be nothing yet."""
        with self._lock:
            session = self._visits.setdefault(token, Session())
            self._visits.move_to_end(token)
            idle = [key for key, other in self._visits.items() if key != token and not other.is_busy]
            for key in idle[: max(0, len(self._visits) - self._most)]:
                del self._visits[key]
            return session

    def keep(self, session: Session, result: Result) -> None:
        """Give a visitor their trained model, see Session.keep, and make room for it."""
        session.keep(result)
        with self._lock:
            holding = [other for other in self._visits.values() if other.trained and other is not session]
        for other in holding[: max(0, len(holding) + 1 - self._most_models)]:
            other.forget_model()

    def close(self) -> None:
        """End every run."""
        with self._lock:
            sessions = list(self._visits.values())
        for session in sessions:
            session.stop()
