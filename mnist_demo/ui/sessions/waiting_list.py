"""The waiting list for training: some runs at once, some more waiting in order, everyone else turned away.

Knows places only; nothing of runs, visitors or Gradio, whose own queue can't tell visitors their place.
"""

import threading


class WaitingListFullError(RuntimeError):
    """Nobody else may wait."""

    def __init__(self, waiting: int) -> None:
        """Carry a sentence for people."""
        super().__init__(f"The queue is full: {waiting} others are waiting to train. Please try again later.")


class WaitingList:
    """First come, first served. Safe to use from any thread."""

    def __init__(self, runs: int, waiting: int) -> None:
        """Let `runs` visitors train at the same time and `waiting` more wait for their turn."""
        self._runs, self._waiting = runs, waiting
        self._tickets: list[Ticket] = []
        self._lock = threading.Lock()

    def join(self) -> "Ticket":
        """Take the last place. Raises WaitingListFullError."""
        with self._lock:
            if len(self._tickets) >= self._runs + self._waiting:
                raise WaitingListFullError(self._waiting)
            ticket = Ticket(self)
            self._tickets.append(ticket)
            return ticket

    def place_of(self, ticket: "Ticket") -> int:
        """Return a ticket's place among those who wait, from 1; 0 when it is its turn, or was given up."""
        with self._lock:
            if ticket not in self._tickets:
                return 0
            return max(0, self._tickets.index(ticket) + 1 - self._runs)

    def remove(self, ticket: "Ticket") -> None:
        """Give a place up, whether its owner was waiting or training."""
        with self._lock:
            self._tickets.remove(ticket)


class Ticket:
    """A place on a waiting list."""

    def __init__(self, waiting_list: WaitingList) -> None:
        """Belong to this list; made by WaitingList.join."""
        self._waiting_list = waiting_list

    def place(self) -> int:
        """See WaitingList.place_of."""
        return self._waiting_list.place_of(self)

    def give_up(self) -> None:
        """See WaitingList.remove."""
        self._waiting_list.remove(self)
