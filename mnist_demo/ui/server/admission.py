"""How many may be here at the same time: of all visitors, and of each address.

Knows addresses and counts; nothing of what those who are admitted do.
"""

import math
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Admission:
    """Counts those who are here; used in one thread."""

    def __init__(self, most_each: int, most: float = math.inf) -> None:
        """Admit at most `most_each` of one address at the same time, and at most `most` of all."""
        self.count = 0
        self._most_each, self._most = most_each, most
        self._of_address: Counter[str] = Counter()

    @contextmanager
    def admit(self, address: str | None) -> Iterator[bool]:
        """Count one more for the length of the block; give False where there are too many."""
        if self.count >= self._most or (address and self._of_address[address] >= self._most_each):
            yield False
            return
        self.count += 1
        if address:
            self._of_address[address] += 1
        try:
            yield True
        finally:
            self.count -= 1
            if address:
                self._of_address[address] -= 1
                if not self._of_address[address]:
                    del self._of_address[address]
