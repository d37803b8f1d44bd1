"""One visitor: their current run, their earlier runs, the models that they trained.

Bounded in runs. Knows nothing of other visitors.
"""

import threading
import time

from mnist_demo.ink.fitting import Digit
from mnist_demo.recipes import Recipe
from mnist_demo.training.jobs import Job
from mnist_demo.ui.sessions.own_models import OwnModels
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.waiting_list import Ticket

#: Runs of one visitor that are kept: the newest, and those that it is compared with.
MAX_RUNS = 6

_COLORS = tuple(f"run-{number}" for number in range(1, MAX_RUNS + 1))

#: Characters of a run's name.
MAX_NAME_LENGTH = 40

#: What a run in slow motion waits after each step.
SLOW_SECONDS = 0.4


class AlreadyTrainingError(RuntimeError):
    """This visitor's run is in progress, or waiting."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("Your last run is still going: stop it first, or wait until it has finished.")


class Session:
    """What belongs to one visitor. Safe to use from any thread."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.runs: list[Run] = []
        self.models = OwnModels()
        self.current: Run | None = None  # the run in progress or, until another one is asked for, the last
        self.ticket: Ticket | None = None  # the place on the waiting list that was taken last
        self.refusal = ""  # a sentence: why what was asked for last became no run
        self.stop_requested = threading.Event()  # the run in progress, or the wait for it, is to end
        self._looked_at = time.monotonic()
        self._count = 0
        self._job: Job | None = None
        self._digit: Digit | None = None
        self._reserved = threading.Lock()
        self._lock = threading.Lock()

    def reserve(self) -> None:
        """Reserve this visitor's only place to train or to wait for it. Raises AlreadyTrainingError."""
        if not self._reserved.acquire(blocking=False):
            raise AlreadyTrainingError
        self.current, self.refusal = None, ""
        self.stop_requested.clear()
        self.look()

    def release(self) -> None:
        """Free the place that `reserve` took."""
        self._reserved.release()

    def look(self) -> None:
        """Note that somebody looks at the run."""
        self._looked_at = time.monotonic()

    @property
    def unseen_seconds(self) -> float:
        """Seconds for which nobody has looked at the run."""
        return time.monotonic() - self._looked_at

    @property
    def is_busy(self) -> bool:
        """Whether a run is in progress or waiting."""
        return self._reserved.locked()

    def begin_run(self, recipe: Recipe, job: Job, example: Digit) -> Run:
        """Record that a run has begun. The model in it reads the visitor's drawing, else the example."""
        with self._lock:
            self._count += 1
            kept = self.runs[1 - MAX_RUNS :]
            for dropped in self.runs[: 1 - MAX_RUNS]:
                self.models.forget(dropped)
            run = Run(self._count, recipe, min(set(_COLORS) - {other.color for other in kept}))
            self.runs = [*kept, run]
            self.current = run
            self._job, run.example = job, example
            run.digit = self._watched(run)
            job.watch(run.digit)
        if self.stop_requested.is_set():
            job.stop()
        return run

    def run(self, number: object) -> Run | None:
        """Return the visitor's run of that number, or None."""
        return next((run for run in self.runs if run.number == number), None)

    def end_run(self, refusal: str = "") -> None:
        """Record that the run is over or, with a sentence that says why, that there is none."""
        with self._lock:
            self._job = None
            self.refusal = refusal

    def pause_run(self) -> None:
        """Pause the run; no-op unless it is running."""
        with self._lock:
            if self._job and self.runs[-1].state == "running":
                self._job.pause()
                self.runs[-1].state = "paused"

    def resume_run(self) -> None:
        """Resume the run; no-op unless it is paused."""
        with self._lock:
            if self._job and self.runs[-1].state == "paused":
                self._job.resume()
                self.runs[-1].state = "running"

    @property
    def _steerable(self) -> Job | None:
        """The job of a run that can be changed now, which is the last of the runs."""
        return self._job if self._job and self.runs[-1].state in ("running", "paused") else None

    def set_rate(self, rate: float) -> None:
        """Train at so many times the recipe's learning rate; no-op unless a run is under way."""
        with self._lock:
            if job := self._steerable:
                job.set_rate(rate)
                self.runs[-1].rate = rate

    def set_slow(self, is_slow: bool) -> None:
        """Train slowly enough to watch, or not; no-op unless a run is under way."""
        with self._lock:
            if job := self._steerable:
                job.set_pace(SLOW_SECONDS if is_slow else 0.0)
                self.runs[-1].is_slow = is_slow

    def add_epoch(self, most: int) -> bool:
        """Have the run train for one epoch more, up to `most`. Returns whether it will."""
        with self._lock:
            job = self._steerable
            if job is None or self.runs[-1].epochs >= most:
                return False
            job.add_epoch()
            self.runs[-1].more_epochs += 1
            return True

    def take_snapshot(self) -> None:
        """Have the run show what its model is like now; no-op unless one is under way."""
        with self._lock:
            if job := self._steerable:
                job.take_snapshot()

    def stop_run(self) -> None:
        """End the run, or the wait for it; a run that is being scored ends by itself, and whole."""
        self.stop_requested.set()
        with self._lock:
            if self._job and self.runs[-1].state != "scoring":
                self._job.stop()

    def close(self) -> None:
        """End the run at once, and keep nothing of it: the server stops."""
        self.stop_requested.set()
        with self._lock:
            if self._job:
                self._job.close()

    def show_digit(self, digit: Digit | None) -> None:
        """Show the model in training what is on the visitor's pad now; None is a blank pad."""
        with self._lock:
            self._digit = digit
            if self._job:
                self._job.watch(self._watched(self.runs[-1]))

    def _watched(self, run: Run) -> Digit | None:
        return run.example if self._digit is None else self._digit

    def rename_run(self, number: int, name: str) -> bool:
        """Call a run something else, or by its number again. Returns whether there is such a run."""
        with self._lock:
            run = self.run(number)
            if run:
                run.name = " ".join(name.split())[:MAX_NAME_LENGTH] or f"Run {number}"
            return run is not None

    def delete_run(self, number: int) -> bool:
        """Forget a run that has ended, and its model. Returns whether there was one."""
        with self._lock:
            run = self.run(number)
            # the job's own run is the last one until `end_run`
            if run is None or not run.has_ended or (self._job and run is self.runs[-1]):
                return False
            self.runs = [other for other in self.runs if other is not run]
            self.models.forget(run)
            if self.current is run:
                self.current = None
            return True
