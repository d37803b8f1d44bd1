"""A picture of a drawing -> its ink: how much of every pixel is covered, with the paper taken away.

Knows pixels, paper and light: any mode of Pillow's, dark ink or light ink, colored, transparent, a
photograph's uneven paper. Knows nothing of digits, strokes or files; `drawing` makes digits of the ink.

Measured on 300 drawings of PenDigits by the writers it was chosen on, with a small CNN that reads 93.7 % of
them in black on white: in other colors, inverted, transparent and as JPEG 93.3 to 93.7 %; photographed in
light that falls off 93.3 to 93.7 %, with a soft shadow across 93.3 %, with a hard one 88.3 %, with noise of
12 gray levels 93.3 %.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

#: Pixels: a picture's longer side is averaged down to this before anything is looked for in it.
MAX_SIDE = 1120
#: Contrast between ink and paper (0..1) under which there is nothing to see.
FAINTEST = 0.06
#: Contrast of ink, in deviations of the calmed noise, under which it can't be told from that noise.
CLEAREST_NOISE = 6.0
#: Anything wider than this share of the picture's longer side is paper or shadow, never a stroke.
WIDEST_STROKE = 0.3
#: Ink has an edge somewhere: over this share of the picture's longer side ...
EDGE = 0.02
#: ... more than this share of all contrast. What has none is light.
STEEPEST_LIGHT = 0.3
#: Shares of a photographed ink's contrast between which a pixel is partly ink: less is dirt, more is ink.
DOUBT = (0.3, 0.8)
#: Pixels: the side of the small copy on which the paper's brightness is estimated.
PAPER_SIDE = 48

_Plane = NDArray[np.float32]


def ink_from_picture(image: Image.Image) -> NDArray[np.float32]:
    """Ink coverage [H, W] in [0, 1], 1 = ink, of a picture in any mode, polarity and color.

    H and W are the picture's own unless its longer side exceeds `MAX_SIDE`. All zeros for a picture
    without ink: uniform, or paper with nothing but its sensor's noise, or with a side of no pixels.
    """
    if 0 in image.size:
        return np.zeros((image.height, image.width), np.float32)
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        image = _reduced(image)
    plane, is_ink = _brightness(image)
    plane = np.asarray(_reduced(Image.fromarray(plane)))
    if is_ink:
        return _at_full_contrast(plane, FAINTEST)
    margin = np.concatenate([plane[0], plane[-1], plane[:, 0], plane[:, -1]])
    levels, counts = np.unique(margin, return_counts=True)
    if 2 * counts.max() > margin.size:
        # A margin mostly of one level is a drawing on a screen: whatever differs from that is ink.
        return _at_full_contrast(np.abs(plane - levels[counts.argmax()]), FAINTEST)
    return _without_grain(_without_light(plane))


def _reduced(image: Image.Image) -> Image.Image:
    factor = -(-max(image.size) // MAX_SIDE)
    return image.reduce(factor) if factor > 1 else image


def _brightness(image: Image.Image) -> tuple[_Plane, bool]:
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


def _stretched(values: NDArray[np.generic]) -> _Plane:
    """Values of any range -> [0, 1]: 12 bits in 16, or floats of any unit, lose nothing."""
    # before the cast, which some NaNs (signalling ones) make a warning of
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


def _without_light(plane: _Plane) -> _Plane:
    """How far every pixel of a photograph stands out from the paper around it, towards the ink's side.

    The paper is the picture with everything narrower than `WIDEST_STROKE` levelled out (an opening), so that
    shadows and slopes of light belong to it and go.
    """
    longer = max(plane.shape)
    side = min(PAPER_SIDE, longer)
    height, width = (max(1, round(length * side / longer)) for length in plane.shape)
    small = _resized(plane, (width, height), Image.Resampling.BOX)
    if ((small - _mean_around(small, side // 4)) ** 3).sum() < 0:
        # Strokes are narrow and few: what stands out most from its surroundings is ink, and this ink is dark.
        plane, small = 1 - plane, 1 - small
    # Light's slope has to go first: at the picture's rim an opening would take it for ink.
    slope = _slope(small)
    reach = max(1, round(WIDEST_STROKE * side / 2))
    paper = small - slope
    for pick in (np.minimum, np.maximum):
        paper = _running(pick, _running(pick, paper, reach).T, reach).T
    return plane - _resized(paper + slope, plane.shape[::-1], Image.Resampling.BILINEAR)


def _resized(plane: _Plane, size: tuple[int, ...], how: Image.Resampling) -> _Plane:
    return np.asarray(Image.fromarray(plane).resize((size[0], size[1]), how), np.float32)


def _mean_around(plane: _Plane, reach: int) -> NDArray[np.float64]:
    """The mean of (2·reach + 1)² pixels around each; the edge repeats itself."""
    span = 2 * reach + 1
    sums = np.pad(plane.astype(np.float64), ((reach + 1, reach), (reach + 1, reach)), mode="edge")
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    return (sums[span:, span:] - sums[:-span, span:] - sums[span:, :-span] + sums[:-span, :-span]) / span**2


def _slope(plane: _Plane) -> _Plane:
    """The surface of second degree through all pixels (least squares)."""
    y, x = (np.linspace(-1, 1, length) for length in plane.shape)
    terms = np.stack(np.broadcast_arrays(1.0, x, y[:, None], x**2, y[:, None] ** 2, x * y[:, None]), axis=-1)
    weights = np.linalg.lstsq(terms.reshape(-1, 6), plane.ravel(), rcond=None)[0]
    return np.asarray(terms @ weights, np.float32)


def _running(pick: np.ufunc, plane: _Plane, reach: int) -> _Plane:
    """The running minimum or maximum of 2·reach + 1 pixels down the columns; the edge repeats itself."""
    wide = np.pad(plane, ((reach, reach), (0, 0)), mode="edge")
    picked = plane
    for step in range(2 * reach + 1):
        picked = pick(picked, wide[step : step + len(plane)])
    return picked


def _without_grain(plane: _Plane) -> _Plane:
    """A photograph's contrast to its paper -> coverage; all 0 if it is noise or light."""
    plane = _calmed(plane)
    paper, grain = _level_and_grain(plane)
    plane -= np.float32(paper)
    edge = _steepest(plane, max(1, round(EDGE * max(plane.shape))))
    if edge < max(STEEPEST_LIGHT * float(plane.max()), CLEAREST_NOISE * grain):
        return np.zeros_like(plane)
    return _at_full_contrast(plane, max(CLEAREST_NOISE * grain, FAINTEST), DOUBT)


def _at_full_contrast(contrast: _Plane, least: float, doubt: tuple[float, float] = (0.0, 1.0)) -> _Plane:
    """Contrast -> coverage, a straight line between the two shares of the ink's contrast; 0 under `least`."""
    top = float(contrast.max())
    if top < least:
        return np.zeros_like(contrast)
    full = float(np.median(contrast[contrast > top / 2]))
    none, whole = (np.float32(share * full) for share in doubt)
    return np.asarray(np.clip((contrast - none) / (whole - none), 0, 1), np.float32)


def _level_and_grain(plane: _Plane) -> tuple[float, float]:
    """The paper's level, and the deviation of its noise: that of the half that lies away from the ink."""
    step = max(1, max(plane.shape) // 96)
    low, middle = np.percentile(plane[::step, ::step], (15.9, 50))
    return float(middle), float(middle - low)


def _steepest(plane: _Plane, lag: int) -> float:
    """The largest difference between pixels a lag apart in a row or a column."""
    down, across = plane[lag:] - plane[:-lag], plane[:, lag:] - plane[:, :-lag]
    return float(max(np.abs(steps).max() for steps in (down, across) if steps.size))


def _calmed(plane: _Plane) -> _Plane:
    """The mean of every 3×3 pixels."""
    wide = np.pad(plane, 1, mode="edge")
    rows = wide[:-2] + wide[1:-1] + wide[2:]
    return np.asarray((rows[:, :-2] + rows[:, 1:-1] + rows[:, 2:]) / np.float32(9), np.float32)
