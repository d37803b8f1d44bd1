"""What a pen drawing of a digit is, whichever data set it comes from.

Knows nothing of files, pads and pixels.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Points [N, 2] of x, y with y down, in any unit: where the pen went between touching and leaving the paper.
Line = NDArray[np.float64]


class Drawing(NamedTuple):
    """One digit by one writer: its label, an identifier of the writer within the data set, and its lines."""

    label: int
    writer: str
    lines: list[Line]
