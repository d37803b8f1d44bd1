"""The waiting list for training: some runs at once, some more waiting in order, everyone else turned away.

Knows places only; nothing of runs, visitors or Gradio, whose own queue can't tell visitors their place.
"""

import threading


class WaitingListFullError(RuntimeError):
    """Nobody else may wait."""

    def __init__(self, sentence: str) -> None:
        """Carry a sentence for people."""
        super().__init__(sentence)


class WaitingList:
    """First come, first served. Safe to use from any thread."""

    def __init__(self, runs: int, waiting: int, each: int) -> None:
        """Let `runs` visitors train at once and `waiting` more wait; of one address at most `each`."""
        self._runs, self._waiting, self._each = runs, waiting, each
        self._tickets: list[Ticket] = []
        self._lock = threading.Lock()

    def join(self, address: str | None = None) -> "Ticket":
        """Take the last place. address: the visitor's, where it is known. Raises WaitingListFullError."""
        with self._lock:
            if len(self._tickets) >= self._runs + self._waiting:
                raise WaitingListFullError(
                    f"The queue is full: {self._waiting} others are waiting to train. Please try again later."
                )
            if address and sum(ticket.address == address for ticket in self._tickets) >= self._each:
                raise WaitingListFullError(
                    f"From your network {self._each} others are training or waiting, as many as may. "
                    "Please try again when one of them has finished."
                )
            ticket = Ticket(self, address)
            self._tickets.append(ticket)
            return ticket

    def place_of(self, ticket: "Ticket") -> int:
        """Return a ticket's place among those who wait, from 1; 0 when it is its turn, or was given up."""
        with self._lock:
            if ticket not in self._tickets:
                return 0
            return max(0, self._tickets.index(ticket) + 1 - self._runs)

    @property
    def lengths(self) -> tuple[int, int]:
        """How many train, and how many wait."""
        count = len(self._tickets)
        return min(count, self._runs), max(0, count - self._runs)

    def remove(self, ticket: "Ticket") -> None:
        """Give a place up, whether its owner was waiting or training."""
        with self._lock:
            self._tickets.remove(ticket)


class Ticket:
    """A place on a waiting list."""

    def __init__(self, waiting_list: WaitingList, address: str | None) -> None:
        """Belong to this list; made by WaitingList.join."""
        self._waiting_list = waiting_list
        self.address = address

    def place(self) -> int:
        """See WaitingList.place_of."""
        return self._waiting_list.place_of(self)

    def give_up(self) -> None:
        """See WaitingList.remove."""
        self._waiting_list.remove(self)
