"""Untrusted bytes or a file -> a picture, or one sentence that says why not; and ink -> a picture for a page.

Knows files and their formats, and what a picture may cost. Knows nothing of how ink is found or read.
"""

import base64
import warnings
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import BinaryIO

import pi_heif
from PIL import Image, ImageOps, UnidentifiedImageError

#: A file may have this many bytes; checked before any is decoded.
MAX_BYTES = 10_000_000
#: A picture may have this many pixels; checked before they are decompressed.
MAX_PIXELS = 40_000_000
#: Pixels: a larger picture is reduced by a whole number until its longer side is no longer than twice this.
MAX_SIDE = 560
#: Bitmaps only: no format that runs a program, draws a page or reaches for other files.
FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "HEIF", "PPM")

#: Modes whose pixels can't be averaged -> a mode that says the same and can be.
_REDUCED_AS = {"1": "L", "P": "RGBA", "PA": "RGBA", "I;16": "I", "I;16B": "I", "I;16L": "I"}

# phones' photographs (HEIC), which Pillow can't decode by itself
pi_heif.register_heif_opener(thumbnails=False, decode_threads=1)

#: Filters of warnings belong to the whole process; and one large picture in memory at a time is enough.
_DECODING = Lock()


class PictureError(ValueError):
    """What is wrong with a picture, as a sentence for people."""


def read_picture(source: bytes | Path, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture in bytes or in a file, upright, its pixels in memory; of an animation the first frame.

    Large pictures come reduced; one of more than `max_pixels` is refused by its header, before it is decoded.
    Raises PictureError, and nothing else, for whatever can't be read.
    """
    if isinstance(source, Path):
        source = _bytes_of(source)
    if not source:
        raise PictureError("The file is empty.")
    if len(source) > MAX_BYTES:
        raise PictureError(f"The file is larger than {MAX_BYTES / 1e6:g} MB.")
    try:
        with _DECODING, warnings.catch_warnings():
            # Pillow warns of bombs, of broken tags and of what it means to drop; people need none of it.
            warnings.simplefilter("ignore")
            return _decoded(BytesIO(source), max_pixels)
    except PictureError:
        raise
    except UnidentifiedImageError:
        raise PictureError(
            f"This is not a picture of a kind that can be read ({', '.join(FORMATS)})."
        ) from None
    except (Image.DecompressionBombError, MemoryError):
        raise PictureError("The picture is too large.") from None
    except Exception as problem:  # Pillow's decoders raise anything from SyntaxError to struct.error
        raise PictureError("The picture is damaged or incomplete.") from problem


def ink_address(ink: Image.Image) -> str:
    """Ink as bytes, 255 = full, as the data address of a PNG: black, with the ink as its alpha."""
    file = BytesIO()
    Image.merge("LA", (Image.new("L", ink.size), ink)).save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _bytes_of(path: Path) -> bytes:
    """A file's bytes, one more than allowed at the most."""
    try:
        if path.is_dir():
            raise PictureError(f"{path.name} is a folder, not a picture.")
        if not path.is_file():
            raise PictureError(f"There is no file {path.name}.")
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        if isinstance(problem, PictureError):
            raise
        raise PictureError(f"The file {path.name} can't be opened.") from problem


def _decoded(file: BinaryIO, max_pixels: int) -> Image.Image:
    with Image.open(file, formats=FORMATS) as image:
        width, height = image.size
        if width < 1 or height < 1:
            raise PictureError("The picture has no pixels.")
        if width * height > max_pixels:
            raise PictureError(f"The picture has more than {max_pixels / 1e6:.3g} million pixels.")
        # JPEG can decode at a half, a quarter, an eighth, which saves most of the time.
        image.draft(None, (MAX_SIDE, MAX_SIDE))
        image.load()
        upright = ImageOps.exif_transpose(image)
    factor = max(upright.size) // MAX_SIDE
    if factor <= 1:
        return upright
    mode = _REDUCED_AS.get(upright.mode)
    return (upright.convert(mode) if mode else upright).reduce(factor)
