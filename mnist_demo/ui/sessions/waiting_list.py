"""The line before training: so many runs at once, so many waiting in order, and the rest are told so.

Knows places only; nothing of runs, visitors or Gradio, whose own queue can't say a place in words.
"""

import threading


class LineFullError(RuntimeError):
    """Nobody else may wait."""

    def __init__(self, waiting: int) -> None:
        """Carry a sentence for people."""
        super().__init__(f"The queue is full: {waiting} others are waiting to train. Please try again later.")


class Line:
    """First come, first served."""

    def __init__(self, places: int, waiting: int) -> None:
        """Let `places` train at the same time and `waiting` more stand in line."""
        self._places, self._waiting = places, waiting
        self._tickets: list[Ticket] = []
        self._lock = threading.Lock()

    def join(self) -> "Ticket":
        """Take the last place. Raises LineFullError."""
        with self._lock:
            if len(self._tickets) >= self._places + self._waiting:
                raise LineFullError(self._waiting)
            ticket = Ticket(self)
            self._tickets.append(ticket)
            return ticket

    def number(self, ticket: "Ticket") -> int:
        """Return a ticket's place among those who wait, from 1; 0 where it is its turn."""
        with self._lock:
            return max(0, self._tickets.index(ticket) + 1 - self._places)

    def leave(self, ticket: "Ticket") -> None:
        """Give a place up, whether waiting or not."""
        with self._lock:
            self._tickets.remove(ticket)


class Ticket:
    """A place in a line."""

    def __init__(self, line: Line) -> None:
        """Stand in this line; see Line.join."""
        self._line = line

    def number(self) -> int:
        """See Line.number."""
        return self._line.number(self)

    def leave(self) -> None:
        """See Line.leave."""
        self._line.leave(self)
