"""A picture of a drawing -> its ink: how much of every pixel is covered, with the paper taken away.

Knows pixels, paper and light: any mode of Pillow's, dark ink or light ink, coloured, transparent, a
photograph's uneven paper. Knows nothing of digits, strokes or files; `drawing` makes digits of the ink.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageFilter

#: Pixels: a picture's longer side is averaged down to this before anything is looked for in it.
LONGEST_SIDE = 1120
#: Contrast between ink and paper (0..1) under which there is nothing to see.
FAINTEST = 0.06
#: Contrast of ink, in deviations of the sensor's noise, under which it can't be told from that noise.
CLEAREST_NOISE = 5.0
#: Anything wider than this share of the picture's longer side is paper or shadow, never a stroke.
WIDEST_STROKE = 0.3
#: Pixels: the side of the small copy on which the paper's brightness is estimated.
PAPER_SIDE = 48

_Plane = NDArray[np.float32]


def ink_from_picture(image: Image.Image) -> NDArray[np.float32]:
    """Ink coverage [H, W] in [0, 1], 1 = ink, of a picture in any mode, polarity and colour.

    H and W are the picture's own unless its longer side exceeds `LONGEST_SIDE`. All zeros for a picture
    without ink: uniform, or paper with nothing but its sensor's noise, or with a side of no pixels.
    """
    if 0 in image.size:
        return np.zeros((image.height, image.width), np.float32)
    if max(image.size) > LONGEST_SIDE and image.mode in ("1", "L", "LA", "RGB", "RGBA", "CMYK", "YCbCr"):
        image = image.reduce(-(-max(image.size) // LONGEST_SIDE)) if image.mode != "1" else image.convert("L")
    plane, is_ink = _brightness(image)
    if is_ink:
        return _without_noise(plane)
    return _without_noise(_without_paper(plane))


def _brightness(image: Image.Image) -> tuple[_Plane, bool]:
    """The one plane [H, W] in [0, 1] in which the ink shows best, and whether it is coverage already."""
    if image.mode.startswith(("I", "F")):
        return _stretched(np.asarray(image)), False
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        alpha = np.asarray(colours.getchannel("A"))
        if alpha.min() != alpha.max():
            solid = alpha > 127
            if 2 * np.count_nonzero(solid) <= solid.size:
                return alpha.astype(np.float32) / 255, True
            # A sheet with see-through corners or holes: what shows through is taken for its paper.
            paper = np.median(np.asarray(colours.convert("RGB"))[solid], axis=0).astype(int)
            sheet = Image.new("RGBA", image.size, (*paper.tolist(), 255))
            image = Image.alpha_composite(sheet, colours)
        elif not alpha.any():
            return np.zeros(alpha.shape, np.float32), True
    if image.mode == "L":
        grey = image
    elif image.mode == "1":
        grey = image.convert("L")
    else:
        grey = _most_telling(image.convert("RGB"))
    return np.asarray(grey, np.float32) / 255, False


def _stretched(values: NDArray[np.generic]) -> _Plane:
    """Values of any range -> [0, 1]: 12 bits in 16, or floats of any unit, lose nothing."""
    plane = np.nan_to_num(values.astype(np.float64), posinf=0.0, neginf=0.0)
    low, high = plane.min(), plane.max()
    if not high > low:
        return np.zeros(plane.shape, np.float32)
    # Halved, because the span of the largest floats overflows.
    return ((plane / 2 - low / 2) / (high / 2 - low / 2)).astype(np.float32)


def _most_telling(image: Image.Image) -> Image.Image:
    """Of a colour picture, the plane that falls apart best into two classes (Otsu's measure).

    Red ink on green paper of the same grey shows in R; yellow on white in B; strokes of several colours
    in the darkest or the lightest of the three.
    """
    red, green, blue = image.split()
    grey = image.convert("L")
    if red.tobytes() == green.tobytes() == blue.tobytes():
        return grey
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    return max((grey, red, green, blue, darkest, lightest), key=_separation)


def _separation(plane: Image.Image) -> float:
    """The largest variance between two classes of brightness (Otsu, 1979), in squared grey levels."""
    counts = np.asarray(plane.histogram(), np.float64)
    share = np.cumsum(counts) / counts.sum()
    mean = np.cumsum(counts * np.arange(256)) / counts.sum()
    inside = (share > 0) & (share < 1)
    if not inside.any():
        return 0.0
    share, part = share[inside], mean[inside]
    return float(((mean[-1] * share - part) ** 2 / (share * (1 - share))).max())


def _without_paper(plane: _Plane) -> _Plane:
    """How far every pixel stands out from the paper around it, towards the ink's side.

    The paper is the plane with everything narrower than `WIDEST_STROKE` levelled out (a closing for dark
    ink, an opening for light), so that shadows and slopes of light belong to it and go.
    """
    longer = max(plane.shape)
    side = min(PAPER_SIDE, longer)
    height, width = (max(1, round(length * side / longer)) for length in plane.shape)
    small = np.asarray(Image.fromarray(plane).resize((width, height), Image.Resampling.BOX))
    if _ink_is_dark(small):
        plane, small = 1 - plane, 1 - small
    reach = max(1, round(WIDEST_STROKE * side / 2))
    for axis in (0, 1):
        small = _running(np.minimum, small, reach, axis)
    for axis in (0, 1):
        small = _running(np.maximum, small, reach, axis)
    if small.min() == small.max():
        return plane - small[0, 0]
    paper = Image.fromarray(small).resize((plane.shape[1], plane.shape[0]), Image.Resampling.BILINEAR)
    return plane - np.asarray(paper)


def _ink_is_dark(small: _Plane) -> bool:
    """Whether what stands out from the picture's margin is darker than it.

    The margin is nearly all paper, whatever the light: a plane through it is the paper's level.
    """
    height, width = small.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    terms = np.stack([np.ones_like(x), x / width - 0.5, y / height - 0.5], axis=-1)
    margin = np.ones(small.shape, bool)
    margin[1:-1, 1:-1] = False
    weights = np.linalg.lstsq(terms[margin], small[margin], rcond=None)[0]
    return float(((small - terms @ weights) ** 3).sum()) <= 0


def _running(pick: np.ufunc, plane: _Plane, reach: int, axis: int) -> _Plane:
    """The running minimum or maximum over 2·reach + 1 pixels along an axis; the edge repeats itself."""
    pad = [(0, 0), (0, 0)]
    pad[axis] = (reach, reach)
    wide = np.moveaxis(np.pad(plane, pad, mode="edge"), axis, 0)
    span = plane.shape[axis]
    picked = wide[:span]
    for step in range(1, 2 * reach + 1):
        picked = pick(picked, wide[step : step + span])
    return np.moveaxis(picked, 0, axis)


def _without_noise(plane: _Plane) -> _Plane:
    """Contrast to the paper -> coverage: full ink is 1, the paper's grain is 0; all 0 if that is all."""
    across = np.abs(np.diff(plane, axis=int(plane.shape[1] > 1))) if plane.size > 1 else plane * 0
    # The median difference of neighbours is 0.954 deviations of the noise; edges of ink are too few to count.
    noise = float(np.median(across)) / 0.954
    if noise > 1e-4:
        calm = np.asarray(Image.fromarray(plane).filter(ImageFilter.BoxBlur(1)))
        if calm.max() < CLEAREST_NOISE * noise:
            return np.zeros_like(plane)
        plane = calm
    top = float(plane.max())
    if top < FAINTEST:
        return np.zeros_like(plane)
    full = float(np.median(plane[plane > top / 2]))
    low = min(3 * noise, full / 2)
    return np.clip((plane - low) / (full - low), 0, 1)
