"""The one road from a picture to a digit: picture -> ink -> the pad's square -> digit.

A picture's ink is fitted into a square of bytes, which is what the pad shows, draws on and sends back; the
page, the endpoint and the command all make the digit of that square, so that they agree in every bit. Knows
how the steps follow each other and the square's size. Knows nothing of files, models or the page.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_demo.ink.background import FAINTEST, Contrast, contrast_to_paper
from mnist_demo.ink.brightness import brightness
from mnist_demo.ink.clutter import digit_ink
from mnist_demo.ink.fitting import Digit, darkest_of, digit_from_raster, raster_of

#: Pixels a side of the square that a picture's ink is fitted into: ten for one of a digit's.
PAD_SIDE = 280
#: Ink that is smaller than this share of the square is shown larger, as far as its picture has the pixels.
LEAST_SIZE = 0.15


def ink_from_picture(image: Image.Image) -> NDArray[np.float32]:
    """Ink coverage [H, W] in [0, 1], 1 = ink, of a picture in any mode, polarity and color.

    H and W are the picture's own unless its longer side exceeds `brightness.MAX_SIDE`. All zeros for a
    picture without ink: uniform, or paper with nothing but its sensor's noise, or with a side of no pixels.
    """
    if 0 in image.size:
        return np.zeros((image.height, image.width), np.float32)
    plane, is_ink = brightness(image)
    if is_ink:
        height, width = plane.shape
        return digit_ink(Contrast(plane, FAINTEST, (0.0, 1.0), (0, 0, width, height), False))
    return digit_ink(contrast_to_paper(plane))


def pad_ink(image: Image.Image) -> Image.Image:
    """The picture's ink as the pad shows it: bytes [280, 280], 255 = ink, whole and in the middle.

    Of a large picture with small ink only the part around the ink is shown, so that no detail is lost.
    """
    ink = raster_of(ink_from_picture(image))
    square = Image.new("L", (PAD_SIDE, PAD_SIDE))
    box = ink.getbbox()
    if not box:
        return square
    left, top, right, bottom = (float(edge) for edge in box)
    enlarged = LEAST_SIZE * PAD_SIDE / max(right - left, bottom - top)
    scale = max(PAD_SIDE / max(ink.size), min(enlarged, 1))
    few = int(1 / scale)
    if few > 1:
        ink = darkest_of(ink, few)
        left, top, right, bottom = (edge / few for edge in box)
        scale *= few
    across, down = (
        _part(length, (low + high) / 2, scale)
        for length, low, high in ((ink.width, left, right), (ink.height, top, bottom))
    )
    how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR
    shown = ink.resize((across.pixels, down.pixels), how, (across.start, down.start, across.end, down.end))
    square.paste(shown, ((PAD_SIDE - across.pixels) // 2, (PAD_SIDE - down.pixels) // 2))
    return square


class _Part(NamedTuple):
    """What of a picture's width or height is shown, and on how many pixels of the pad."""

    start: float
    end: float
    pixels: int


def _part(length: int, middle: float, scale: float) -> _Part:
    """All of a length, or as much around the middle of its ink as the square has room for at this scale."""
    if length * scale <= PAD_SIDE:
        return _Part(0, length, max(1, round(length * scale)))
    shown = PAD_SIDE / scale
    start = min(max(middle - shown / 2, 0), length - shown)
    return _Part(start, start + shown, PAD_SIDE)


def digit_from_picture(image: Image.Image) -> Digit | None:
    """The digit in a picture of any mode, polarity, color, transparency and paper; None if blank."""
    return digit_from_raster(pad_ink(image))
