"""A picture of any mode -> the one plane of brightness in which its ink shows best.

Knows Pillow's modes, colors and transparency. Knows nothing of paper, light or digits.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

#: Pixels: a picture's longer side is averaged down to this before anything is looked for in it.
MAX_SIDE = 560

#: Brightness or contrast, [H, W].
Plane = NDArray[np.float32]


def brightness(image: Image.Image) -> tuple[Plane, bool]:
    """The plane [H, W] in [0, 1] in which the ink shows best, and whether it is the ink's coverage already.

    H and W are the picture's own unless its longer side exceeds `MAX_SIDE`. It is coverage where transparency
    carries the ink. Raises nothing for a picture with at least one pixel.
    """
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        image = _reduced(image)
    plane, is_ink = _full_brightness(image)
    return np.asarray(_reduced(Image.fromarray(plane))), is_ink


def _reduced(image: Image.Image) -> Image.Image:
    factor = -(-max(image.size) // MAX_SIDE)
    return image.reduce(factor) if factor > 1 else image


def _full_brightness(image: Image.Image) -> tuple[Plane, bool]:
    """The one plane [H, W] in [0, 1] in which the ink shows best, and whether it is coverage already."""
    if image.mode.startswith(("I", "F")):
        return _stretched(np.asarray(image)), False
    if image.mode == "LAB":
        image = image.getchannel("L")
    elif image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        colors = image.convert("RGBA")
        alpha = np.asarray(colors.getchannel("A"))
        if alpha.min() != alpha.max():
            solid = alpha > 127
            if 2 * np.count_nonzero(solid) <= solid.size:
                return alpha.astype(np.float32) / np.float32(255), True
            # A sheet with see-through corners or holes: what shows through is taken for its paper.
            paper = np.median(np.asarray(colors.convert("RGB"))[solid], axis=0).astype(int)
            sheet = Image.new("RGBA", image.size, (*paper.tolist(), 255))
            colors = Image.alpha_composite(sheet, colors)
        elif not alpha.any():
            return np.zeros(alpha.shape, np.float32), True
        image = colors
    if image.mode == "L":
        gray = image
    elif image.mode == "1":
        gray = image.convert("L")
    else:
        gray = _most_telling(image.convert("RGB"))
    return np.asarray(gray).astype(np.float32) / np.float32(255), False


def _stretched(values: NDArray[np.generic]) -> Plane:
    """Values of any range -> [0, 1]: 12 bits in 16, or floats of any unit, lose nothing."""
    # before the cast, which some NaNs (signaling ones) make a warning of
    plane = np.nan_to_num(values, posinf=0.0, neginf=0.0).astype(np.float64)
    low, high = plane.min(), plane.max()
    if not high > low:
        return np.zeros(plane.shape, np.float32)
    # Halved, because the span of the largest floats overflows.
    return np.asarray((plane / 2 - low / 2) / (high / 2 - low / 2), np.float32)


def _most_telling(image: Image.Image) -> Image.Image:
    """Of a color picture, the plane that falls apart best into two classes (Otsu's measure).

    Red ink on green paper of the same gray shows in R; yellow on white in B; strokes of several colors
    in the darkest or the lightest of the three.
    """
    red, green, blue = image.split()
    gray = image.convert("L")
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return gray
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return max((gray, red, green, blue, darkest, lightest), key=_separation)


def _separation(plane: Image.Image) -> float:
    """The largest variance between two classes of brightness (Otsu, 1979), in squared gray levels."""
    counts = np.asarray(plane.histogram(), np.float64)
    share = np.cumsum(counts) / counts.sum()
    mean = np.cumsum(counts * np.arange(256)) / counts.sum()
    inside = (share > 0) & (share < 1)
    if not inside.any():
        return 0.0
    share, part = share[inside], mean[inside]
    return float(((mean[-1] * share - part) ** 2 / (share * (1 - share))).max())
