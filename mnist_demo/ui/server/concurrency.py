"""How many drawings are read at once: so many at a time, so many waiting, everyone else refused immediately.

Server functions run in a thread pool that nothing limits, so a flood of drawings would make every answer
late. With this limit a flood gets quick refusals, and the pad asks again with its newest ink.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class BusyError(RuntimeError):
    """Nobody is free to read this now; worth another try in a moment."""

    def __init__(self) -> None:
        """Carry a sentence for people."""
        super().__init__("The server is busy right now. It will be tried again in a moment.")


class ConcurrencyLimit:
    """Lets at most `readers` threads in, keeps at most `waiting` more for at most `patience` seconds each."""

    def __init__(self, readers: int, waiting: int, patience: float) -> None:
        """Open the concurrency; all three are greater than zero."""
        self._places = threading.BoundedSemaphore(readers + waiting)
        self._readers = threading.BoundedSemaphore(readers)
        self._patience = patience

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Hold a reader's place for the length of the block. Raises BusyError at once, or after the wait."""
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
