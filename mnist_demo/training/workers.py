"""Worker processes: start them, keep an idle one warm, and end them.

Each task has a process to itself, which ends with it: whatever a run does to memory or to the processor, and
however it dies, the page goes on. On Linux, workers are forked from a process that has torch loaded and does
nothing else, so that starting one hardly slows the others. Workers have the lowest priority, and a system
short of memory kills them first. Knows no run.
"""

import contextlib
import multiprocessing
import os
import sys
import threading
from collections.abc import Sequence
from typing import Any

from mnist_demo.recipes import Recipe
from mnist_demo.training import worker
from mnist_demo.training.rate_finder import Rates
from mnist_demo.training.worker import Failed

if sys.platform == "linux":
    _CONTEXT = multiprocessing.get_context("forkserver")
    # The first is torch with what it loads late, when an optimizer is made; the second is skipped if the app
    # isn't started in its own folder. Both stay loaded: 0.3 GB, which the workers share.
    _CONTEXT.set_forkserver_preload(["torch._dynamo", worker.__name__])
else:
    # elsewhere the libraries beneath torch may not survive a fork
    _CONTEXT = multiprocessing.get_context("spawn")


class Worker:
    """A process that waits for one task. Safe to close at any time, from any thread.

    Where workers are forked, making the first one takes seconds, in which torch is loaded.
    """

    def __init__(self, threads: int) -> None:
        self._closing = threading.Lock()
        self._is_closed = False
        self.connection, theirs = _CONTEXT.Pipe()
        # a forked process would otherwise have the environment from when the first one was started
        task = (theirs, threads, dict(os.environ))
        self._process = _CONTEXT.Process(target=worker.work, args=task, daemon=True)
        self._process.start()
        theirs.close()

    @property
    def pid(self) -> int | None:
        """The process's id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is running."""
        return self._process.is_alive()

    def send(self, *message: Any) -> None:
        """Send the process a message; no-op if it has exited."""
        with contextlib.suppress(OSError):
            self.connection.send(message)

    def close(self) -> None:
        """Kill the process and wait until it is gone.

        If the process that forked it has died, only the end of the connection reaches it: it then exits at
        its next report.
        """
        with self._closing:  # two threads that closed it at once would close a file of somebody else's
            if self._is_closed:
                return
            self._is_closed = True
            with contextlib.suppress(AttributeError, OSError):
                # releasing its memory takes processor time too, for which it would wait on a busy machine
                if self._process.is_alive() and self.pid:
                    os.sched_setscheduler(self.pid, os.SCHED_OTHER, os.sched_param(0))
            self._process.kill()
            self._process.join()
            self.connection.close()


class Workers:
    """Hands out worker processes and keeps an idle one warm."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._lock = threading.Lock()
        self._spare: Worker | None = None
        self._calibrating: Worker | None = None
        self._closed = False

    def warm_up(self) -> None:
        """Make sure that a worker is waiting."""
        with self._lock:
            if self._spare is None and not self._closed:
                self._spare = Worker(self._threads)

    def take(self) -> Worker:
        """Return a worker that is the caller's alone, the warm one if there is one."""
        with self._lock:
            worker, self._spare = self._spare, None
        if worker and not worker.is_alive:
            # where memory runs out the system kills workers first, and the idle one's death goes unnoticed
            worker.close()
            worker = None
        return worker or Worker(self._threads)

    def calibrate(self, names: Sequence[str]) -> dict[str, float]:
        """Measure in a worker how long an epoch of each of these recipes takes, in seconds.

        Takes a few seconds. Returns {} where it can't be measured. One call at a time.
        """
        with self._lock:
            if self._closed:
                return {}
            worker = self._calibrating = Worker(self._threads)
        worker.send("calibrate", names)
        try:
            seconds: dict[str, float] = worker.connection.recv()
        except (EOFError, OSError):
            seconds = {}
        with self._lock:
            self._calibrating = None
        worker.close()
        return seconds

    def find_rate(self, recipe: Recipe, seconds: float) -> Rates | Failed:
        """Try learning rates in a worker, see `rate_finder`; Failed where it can't be done in time."""
        worker = self.take()
        worker.send("find_rate", recipe)
        try:
            if not worker.connection.poll(seconds):
                return Failed(f"A hundred steps of this recipe take more than {seconds:.0f} seconds here.")
            found: Rates | Failed
            found, _ = worker.connection.recv()
            return found
        except (EOFError, OSError):
            return Failed("Its process ended unexpectedly; the server may have run out of memory.")
        finally:
            worker.close()
            self.warm_up()

    def close(self) -> None:
        """End the workers that do no run, and keep none from now on."""
        with self._lock:
            self._closed = True
            idle = self._spare, self._calibrating
            self._spare = None
        for each in idle:
            if each:
                each.close()
