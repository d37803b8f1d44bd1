"""A training run in a process of its own: start it, pause it, stop it, and receive its events.

An idle worker is kept warm meanwhile, so that the next run starts at once. Knows nothing of the page and its
visitors.
"""

import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from mnist_demo.events import Evaluated, Event
from mnist_demo.ink.fitting import Digit
from mnist_demo.recipes import Recipe
from mnist_demo.training.worker import Failed, Reading, Result, Snapshot, Steered
from mnist_demo.training.workers import Workers

_POLL_SECONDS = 0.2  # the longest time between two items of Job.events, and so to notice a stop
_MAX_SCORING_SECONDS = 60.0
_MAX_STARTING_SECONDS = 120.0


@dataclass(frozen=True)
class Stopped:
    """The run ended early: its owner stopped it, its time was up, or its process died."""

    epochs: int  # completed; if a result follows, it is from the last of them
    reason: str  # a sentence for people


JobEvent = Event | Reading | Snapshot | Steered | Result | Failed | Stopped


class Job:
    """One run, of at most `max_seconds`. One thread reads `events`; any may call everything else."""

    def __init__(self, workers: Workers, recipe: Recipe, max_seconds: float) -> None:
        self.recipe = recipe
        self.paused = False
        self._workers = workers
        self._max_seconds = max_seconds
        self._worker = workers.take()
        self._worker.send("train", recipe)
        self._stop = threading.Event()
        self._reason = ""  # a sentence: why it was stopped
        self._closed = False
        self._watched: Digit | None = None
        self._watched_changed = threading.Event()
        self._snapshot_wanted = threading.Event()
        self._last: tuple[Evaluated, bytes] | None = None  # the last completed epoch and its weights
        self._steered: list[Steered] = []

    @property
    def pid(self) -> int | None:
        """The id of the process that works on it now."""
        return self._worker.pid

    def pause(self) -> None:
        """Hold the run when it next reports. Its own clock stops; the host's time limit runs on."""
        self.paused = True
        self._worker.send("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self.paused = False
        self._worker.send("resume")

    def set_rate(self, rate: float) -> None:
        """Train at so many times the recipe's learning rate from the next report on."""
        self._worker.send("rate", rate)

    def set_pace(self, seconds: float) -> None:
        """Wait so long after every step from the next report on; 0: not at all."""
        self._worker.send("pace", seconds)

    def add_epoch(self) -> None:
        """Train for one epoch more than was to be."""
        self._worker.send("more")

    def stop(self, reason: str = "You stopped it.") -> None:
        """End the run; its last completed epoch is kept and scored. The first reason is the one said."""
        self._reason = self._reason or reason
        self._stop.set()

    def watch(self, digit: Digit | None) -> None:
        """Have the model in training read this digit [28, 28] at every report, or none. Never blocks."""
        self._watched = digit
        self._watched_changed.set()

    def take_snapshot(self) -> None:
        """Have a Snapshot among the next events. Never blocks; several wishes between two reports are one."""
        self._snapshot_wanted.set()

    def close(self) -> None:
        """End the run at once and keep nothing. Idempotent."""
        self._closed = True
        self._stop.set()
        self._worker.close()

    def events(self) -> Iterator[JobEvent | None]:
        """Yield the run's events as they come, and None whenever there was none for a while.

        The last one is a Result or a Failed. A run that ended early yields Stopped first; then another
        process makes its result from the last completed epoch's weights. Closing the iterator ends the run.
        """
        try:
            ended = yield from self._until_it_ends()
            if ended is None:
                return
            yield ended
            if self._closed:
                return
            if self._last is None or self._last[0].epoch == 0:
                yield Failed(f"{ended.reason} No epoch was completed, so there is nothing to keep.")
                return
            yield from self._score(*self._last)
        finally:
            self.close()

    def _until_it_ends(self) -> Generator[JobEvent | None, None, Stopped | None]:
        deadline = time.monotonic() + _MAX_STARTING_SECONDS + self._max_seconds
        started = spare_ordered = False
        self._send_wishes()
        while True:
            if self._stop.is_set():
                return self._stopped(self._reason)
            if time.monotonic() > deadline:
                return self._stopped(f"Runs end after {self._max_seconds:.0f} seconds on this server.")
            try:
                if not self._worker.connection.poll(_POLL_SECONDS):
                    yield None
                    continue
                event, packed = self._worker.connection.recv()
                self._send_wishes()
            except (EOFError, OSError):
                if self._stop.is_set():
                    return self._stopped(self._reason)
                return self._stopped("Its process ended unexpectedly; the server may have run out of memory.")
            if not started:
                # the time in which a process warms up isn't taken from the run's
                started, deadline = True, time.monotonic() + self._max_seconds
            if isinstance(event, Evaluated):
                self._last = (event, packed)
                if not spare_ordered:
                    # not earlier: warming up would delay this run's first point
                    spare_ordered = True
                    self._workers.warm_up()
            if isinstance(event, Steered):
                self._steered.append(event)
            yield event
            if isinstance(event, Result | Failed):
                return None

    def _send_wishes(self) -> None:
        """Send one digit per report, however fast they are drawn: the worker reads only when it reports."""
        if self._snapshot_wanted.is_set():
            self._snapshot_wanted.clear()
            self._worker.send("snapshot")
        if self._watched_changed.is_set():
            self._watched_changed.clear()
            self._worker.send("watch", self._watched)

    def _stopped(self, reason: str) -> Stopped:
        self._worker.close()
        return Stopped(self._last[0].epoch if self._last else 0, reason)

    def _score(self, evaluated: Evaluated, packed: bytes) -> Iterator[JobEvent | None]:
        self._worker = self._workers.take()
        kept = [each.words for each in self._steered if each.place < evaluated.epoch]
        self._worker.send("score", self.recipe, evaluated, packed, self._watched, kept)
        deadline = time.monotonic() + _MAX_SCORING_SECONDS
        event: JobEvent | None = None
        while not isinstance(event, Result | Failed):
            event = None
            try:
                if time.monotonic() > deadline:
                    event = Failed("The weights could not be scored in time.")
                elif self._worker.connection.poll(_POLL_SECONDS):
                    event, _ = self._worker.connection.recv()
            except (EOFError, OSError):
                event = Failed("The weights could not be scored: that process ended unexpectedly too.")
            yield event
        self._workers.warm_up()
