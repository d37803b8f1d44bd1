"""What training on this host needs: worker processes, the waiting list for them, the sessions, the data."""

import math
import os
import threading
import time
import urllib.request
from collections.abc import Mapping
from typing import Literal

import numpy as np

from mnist_demo.data.datasets import DATASETS, DOWNLOADS
from mnist_demo.ink.fitting import Digit
from mnist_demo.ink.strokes import Stroke, digit_from_strokes
from mnist_demo.quick_starts import QUICK_STARTS
from mnist_demo.training.workers import Workers
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.sessions import Sessions
from mnist_demo.ui.sessions.waiting_list import WaitingList

_TIMEOUT = 5.0  # seconds for a server that has a data set to answer
_RETRY_SECONDS = 300.0  # after which a server that didn't answer is asked again, when a page is loaded

#: A three for visitors whose pad is blank: its corners as x and y in sides of the pad, y down.
_EXAMPLE = [
    *((0.31, 0.22), (0.40, 0.13), (0.55, 0.11), (0.66, 0.19), (0.66, 0.33), (0.56, 0.44), (0.45, 0.47)),
    *((0.60, 0.49), (0.71, 0.60), (0.71, 0.75), (0.60, 0.86), (0.44, 0.88), (0.28, 0.78)),
]

#: A data set is on disk, can be downloaded, may be one or the other (a server was asked), or can't be had.
Availability = Literal["here", "reachable", "unknown", "away"]
_WORST_LAST: tuple[Availability, ...] = ("here", "reachable", "unknown", "away")


class Trainer:
    """The means to train; made once at the start and shared by all visitors."""

    def __init__(self, limits: Limits) -> None:
        """Start no process yet: `prepare` does."""
        self.workers = Workers(limits.training_threads or max(1, (os.cpu_count() or 2) - 1))
        self.waiting_list = WaitingList(limits.runs, limits.runs_waiting, limits.address_runs)
        self.sessions = Sessions(limits.visitors, limits.trained_models)
        self.example = _drawn_example()
        self._downloads: dict[str, Availability] = dict.fromkeys(DOWNLOADS, "unknown")
        #: Recipe -> seconds that an epoch takes on this host; empty until that has been measured.
        self.epoch_seconds: Mapping[str, float] = {}
        self._calibrating = threading.Lock()
        self._ask_from = 0.0  # on the monotonic clock
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """In the background, start a worker, measure this host and see which data can be had. Idempotent."""
        threading.Thread(target=self._prepare_workers, daemon=True).start()
        with self._lock:
            if time.monotonic() < self._ask_from:
                return
            self._ask_from = math.inf
        threading.Thread(target=self._ask_servers, daemon=True).start()

    def _prepare_workers(self) -> None:
        self.workers.warm_up()
        if not self.epoch_seconds and self._calibrating.acquire(blocking=False):
            try:
                self.epoch_seconds = self.workers.calibrate([start.recipe for start in QUICK_STARTS])
            finally:
                self._calibrating.release()

    def availability(self) -> dict[str, Availability]:
        """Return whether each data set can be had, which is as hard as for the worst of its downloads."""
        downloads: dict[str, Availability] = {
            name: "here" if download.is_here() else self._downloads[name]
            for name, download in DOWNLOADS.items()
        }
        return {
            name: max((downloads[each] for each in dataset.downloads), key=_WORST_LAST.index, default="here")
            for name, dataset in DATASETS.items()
        }

    def _ask_servers(self) -> None:
        for name, download in DOWNLOADS.items():
            if not download.is_here():
                self._downloads[name] = "reachable" if any(map(_answers, download.mirrors())) else "away"
        if "away" in self._downloads.values():
            self._ask_from = time.monotonic() + _RETRY_SECONDS

    def close(self) -> None:
        """End every run, and the worker that was started ahead of time."""
        self.sessions.close()
        self.workers.close()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _drawn_example() -> Digit:
    digit = digit_from_strokes([Stroke(np.array(_EXAMPLE, np.float32), 0.07)])
    assert digit is not None
    return digit
