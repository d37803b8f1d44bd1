"""Limits how many drawings are read at once: a few are read, a few wait, the rest are refused.

Server functions run in a thread pool that Gradio doesn't limit, so a flood of drawings would make every
answer late. With this limit a flood gets quick refusals, and each pad asks again with its newest ink.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class BusyError(RuntimeError):
    """Every reader is taken and so is every place to wait; worth another try in a moment."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("The server is busy right now. Please try again in a moment.")


class ConcurrencyLimit:
    """Lets at most `readers` threads read at once, and `waiting` more wait for up to `patience` seconds."""

    def __init__(self, readers: int, waiting: int, patience: float) -> None:
        """Start with every reader free; all three arguments are greater than zero."""
        self._places = threading.BoundedSemaphore(readers + waiting)
        self._readers = threading.BoundedSemaphore(readers)
        self._patience = patience

    @contextmanager
    def reserve_reader(self) -> Iterator[None]:
        """Hold a reader for the length of the block. Raises BusyError at once, or after waiting in vain."""
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            if not self._readers.acquire(timeout=self._patience):
                raise BusyError
            try:
                yield
            finally:
                self._readers.release()
        finally:
            self._places.release()
