"""What a pen drawing of a digit is, whichever data set it comes from.

Knows nothing of files, pads and pixels.
"""

from collections.abc import Collection, Iterable
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


def split_by_writer(
    drawings: Iterable[Drawing], writers: Collection[str]
) -> tuple[list[Drawing], list[Drawing]]:
    """The drawings by everybody else, and those by these writers."""
    others: list[Drawing] = []
    theirs: list[Drawing] = []
    for drawing in drawings:
        (theirs if drawing.writer in writers else others).append(drawing)
    return others, theirs
