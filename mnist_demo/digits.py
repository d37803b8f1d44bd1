"""What a digit is everywhere in this project: its shape, its range, its normalization.

Knows nothing of where digits come from (drawings, pictures, data sets) nor of what reads them.
"""

from typing import NamedTuple

#: Rows and columns of a digit. Ink is bright: 0.0 is bare paper, 1.0 is full ink.
SIDE = 28

#: A class is the digit itself: 0, 1, ..., 9.
CLASSES = 10


class Normalization(NamedTuple):
    """The affine map a model expects its pixels to have been through: (pixel - mean) / std.

    Both numbers are in units of pixels in [0, 1], and the same for all pixels.
    """

    mean: float
    std: float


#: Pixels as they are, in [0, 1].
UNIT = Normalization(0.0, 1.0)

#: Pixels in [-1, 1].
SYMMETRIC = Normalization(0.5, 0.5)

#: Mean 0 and standard deviation 1 over the 60,000 training images of MNIST.
STANDARD = Normalization(0.1307, 0.3081)
