"""A training run in a process of its own: start it, pause it, stop it, and hear its events.

Each run has a worker process to itself, which ends with it: whatever a run does to memory or to the
processor, and however it dies, the page goes on. A worker that waits is kept warm, so
that a start answers at once; on Linux workers are forked off a process that has torch loaded and does nothing
else, so that a new one costs a running one next to nothing. Workers are nice to everything else and the first
that a system short of memory ends. Knows nothing of the page and its visitors.
"""

import contextlib
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from mnist_demo.events import Evaluated, Event
from mnist_demo.ink.strokes import Digit
from mnist_demo.recipes import Recipe
from mnist_demo.training import worker
from mnist_demo.training.worker import Failed, Reading, Result

_BEAT = 0.2  # seconds; the longest time between two items of Job.events, and so to notice a stop
_MAX_SCORING_SECONDS = 60.0
_MAX_STARTING_SECONDS = 120.0
if sys.platform == "linux":
    _CONTEXT = multiprocessing.get_context("forkserver")
    # The first is torch with what it loads late, when an optimizer is made; the second is passed over where
    # the app isn't started in its own folder. Both stay loaded: 0.3 GB, which workers share.
    _CONTEXT.set_forkserver_preload(["torch._dynamo", worker.__name__])
else:
    # the libraries beneath torch don't outlive a fork everywhere
    _CONTEXT = multiprocessing.get_context("spawn")


@dataclass(frozen=True)
class Stopped:
    """The run was ended early: by its owner, by the clock, or because its process died."""

    epochs: int  # completed; the result, if one follows, is from the last of them
    reason: str


JobEvent = Event | Reading | Result | Failed | Stopped


class Worker:
    """A process that waits for one task. Safe to close at any time, from any thread.

    The first one takes seconds to make where workers are forked: torch is loaded before.
    """

    def __init__(self, threads: int) -> None:
        self.connection, theirs = _CONTEXT.Pipe()
        # a forked process would otherwise have the environment as it was when the first one was started
        task = (theirs, threads, dict(os.environ))
        self._process = _CONTEXT.Process(target=worker.work, args=task, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The process's number."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is still there."""
        return self._process.is_alive()

    def send(self, *message: Any) -> None:
        """Tells the process something; one that is gone doesn't mind."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def close(self) -> None:
        """Ends the process at once and waits until it is gone.

        If the process that forked it has died, only the end of the connection reaches it: it then ends when
        it next reports.
        """
        with contextlib.suppress(AttributeError, OSError):
            # to give its memory back takes processor time too, for which it would wait on a busy machine
            if self._process.is_alive() and self.pid:
                os.sched_setscheduler(self.pid, os.SCHED_OTHER, os.sched_param(0))
        self._process.kill()
        self._process.join()
        self.connection.close()


class Workers:
    """Hands out worker processes and keeps one warm."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._spare: Worker | None = None
        self._closed = False

    def warm_up(self) -> None:
        """Makes sure that a worker is waiting."""
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = Worker(self._threads)

    def take(self) -> Worker:
        """A worker of the caller's own, the warm one if there is one."""
        with self._lock:
            worker, self._spare = self._spare, None
        if worker and not worker.is_alive:
            # where memory runs out the system ends a worker first, and one that waits has not been missed
            worker.close()
            worker = None
        return worker or Worker(self._threads)

    def close(self) -> None:
        """Ends the worker that waits, and keeps none from now on."""
        with self._lock:
            self._closed = True
            spare, self._spare = self._spare, None
        if spare:
            spare.close()


class Job:
    """One run. `events` is read by one thread; everything else may be called from any."""

    def __init__(self, workers: Workers, recipe: Recipe, most_seconds: float) -> None:
        self.recipe = recipe
        self.paused = False
        self._workers = workers
        self._most_seconds = most_seconds
        self._worker = workers.take()
        self._worker.send("train", recipe)
        self._stop = threading.Event()
        self._closed = False
        self._watched: Digit | None = None
        self._watched_changed = threading.Event()
        self._last: tuple[Evaluated, bytes] | None = None  # the last completed epoch and its weights

    @property
    def pid(self) -> int | None:
        """The number of the process that works on it now."""
        return self._worker.pid

    def pause(self) -> None:
        """Holds the run at the next step that reports; its clock stands, the host's limit runs on."""
        self.paused = True
        self._worker.send("pause")

    def resume(self) -> None:
        """Goes on after a pause."""
        self.paused = False
        self._worker.send("resume")

    def stop(self) -> None:
        """Ends the run; what its last completed epoch learned is kept and scored."""
        self._stop.set()

    def watch(self, digit: Digit | None) -> None:
        """Has the model in training read this digit [28, 28] whenever it reports, or none. Never blocks."""
        self._watched = digit
        self._watched_changed.set()

    def close(self) -> None:
        """Ends the run at once and keeps nothing. Idempotent."""
        self._closed = True
        self._stop.set()
        self._worker.close()

    def events(self) -> Iterator[JobEvent | None]:
        """The run's events as they come, or None when there was none for a while.

        The last one is a Result or a Failed. A run that ended early says Stopped first; its result is then
        worked out by another process from the last completed epoch's weights. Closing the iterator ends the
        run.
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
        deadline = time.monotonic() + _MAX_STARTING_SECONDS + self._most_seconds
        started = spare_ordered = False
        self._send_watched()
        while True:
            if self._stop.is_set():
                return self._stopped("You stopped it.")
            if time.monotonic() > deadline:
                return self._stopped(f"A run may take {self._most_seconds:.0f} seconds here.")
            try:
                if not self._worker.connection.poll(_BEAT):
                    yield None
                    continue
                event, packed = self._worker.connection.recv()
                self._send_watched()
            except (EOFError, OSError):
                if self._stop.is_set():
                    return self._stopped("You stopped it.")
                return self._stopped("Its process ended unexpectedly; perhaps memory ran out.")
            if not started:
                # a process that was not warm yet takes nothing from the time of the run
                started, deadline = True, time.monotonic() + self._most_seconds
            if isinstance(event, Evaluated):
                self._last = (event, packed)
                if not spare_ordered:
                    # not earlier: warming up would slow this run's first point
                    spare_ordered = True
                    self._workers.warm_up()
            yield event
            if isinstance(event, Result | Failed):
                return None

    def _send_watched(self) -> None:
        """One digit for each report, however fast they are drawn: the worker reads only when it reports."""
        if self._watched_changed.is_set():
            self._watched_changed.clear()
            self._worker.send("watch", self._watched)

    def _stopped(self, reason: str) -> Stopped:
        self._worker.close()
        return Stopped(self._last[0].epoch if self._last else 0, reason)

    def _score(self, evaluated: Evaluated, packed: bytes) -> Iterator[JobEvent | None]:
        self._worker = self._workers.take()
        self._worker.send("score", self.recipe, evaluated, packed)
        deadline = time.monotonic() + _MAX_SCORING_SECONDS
        event: JobEvent = Failed("Its weights could not be scored in time.")
        while time.monotonic() < deadline:
            try:
                if self._worker.connection.poll(_BEAT):
                    event, _ = self._worker.connection.recv()
                    break
            except (EOFError, OSError):
                event = Failed("Its weights could not be scored: that process ended unexpectedly too.")
                break
            yield None
        yield event
        self._workers.warm_up()
