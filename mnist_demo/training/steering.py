"""What can be changed of a run while it goes on.

Holds numbers only. The code that iterates the training loop sets them between two events; the loop and its
steps read them.
"""

from dataclasses import dataclass

#: By how much the learning rate can be multiplied or divided.
MAX_RATE = 64


@dataclass
class Steering:
    """The changes in force."""

    rate: float = 1.0  # the learning rate is this many times what recipe and schedule say
    pace: float = 0.0  # seconds to wait after each step, so that one can watch
    more_epochs: int = 0  # after the recipe's
