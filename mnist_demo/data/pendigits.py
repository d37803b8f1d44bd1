"""PenDigits: 7,494 digits that thirty people wrote on a tablet, as pen strokes.

Source: Alpaydin and Alimoglu, *Pen-Based Recognition of Handwritten Digits*, UCI data set 81, 1998, CC BY
4.0. A few of its labels are wrong and are kept as they are. Knows the file, its format and its writers;
refuses to know how strokes become pictures.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from mnist_demo.data.download import Download, content_as_published, directory, fetching
from mnist_demo.data.drawing import Drawing

#: UCI's zip of the whole data set. In it the file of strokes is packed with `compress`.
ADDRESS = "https://archive.ics.uci.edu/static/public/81/pen+based+recognition+of+handwritten+digits.zip"
#: Where the strokes lie in the folder of all data sets, and the name of their file.
FOLDER, NAME = "PenDigits/raw", "pendigits-orig.tra"
#: Of the file as published, unpacked.
SHA256 = "a66225d68d7d68591e62944df1ad33b3f5aa608e2df2505844b41f5568a80da4"
#: Never trained on: six who stand for the thirty, chosen by nothing but the shapes of what they drew
#: (`benchmarks/development_writers.py` says how, and computes them). All six cross their 7 and mostly lift
#: the pen within a 4 and a 5; plain 7s and 4s in one stroke are among the training drawings.
DEVELOPMENT_WRITERS = frozenset({"1", "3", "10", "19", "20", "26"})
#: How many drawings there are in all, and by those six.
DRAWINGS, DEVELOPMENT_DRAWINGS = 7_494, 1_499
#: Bytes: a larger packed file isn't unpacked (the unpacked one has 3.6 million).
MAX_BYTES = 8_000_000


DOWNLOAD = Download(FOLDER, (NAME,), lambda: [ADDRESS])


def path() -> Path:
    """Where the strokes lie."""
    return directory() / FOLDER / NAME


def load() -> list[Drawing]:
    """All drawings, in the file's order. The file is fetched when missing.

    Raises DataUnavailable where it can't be fetched or isn't as published.
    """
    if not DOWNLOAD.is_here():
        _fetch()
    return list(drawings(content_as_published(path(), "PenDigits", "sha256", SHA256).decode("ascii")))


def drawings(text: str) -> Iterator[Drawing]:
    """The drawings in the file's text, which has its own dialect of the UNIPEN format.

    A `.COMMENT LABEL WRITER SAMPLE` stands in each segment, before its ink: lines of `x y` with y up.
    """
    for segment in text.split(".SEGMENT DIGIT")[1:]:
        label, writer, _ = segment.split(".COMMENT", 1)[1].split(maxsplit=3)[:3]
        lines = []
        for down in segment.split(".PEN_DOWN")[1:]:
            numbers = np.array(down.split(".PEN_UP")[0].split(), np.float64)
            lines.append(numbers.reshape(-1, 2) * (1, -1))
        yield Drawing(int(label), writer, [line for line in lines if len(line)])


def _fetch() -> None:
    from torchvision.datasets.utils import download_url

    what = f"{NAME} (unpacked from the {NAME}.Z in UCI's data set 81)"
    with fetching("PenDigits", FOLDER, [NAME], what) as root:
        download_url(ADDRESS, root, "all.zip")
        try:
            content = _unpacked(root / "all.zip")
        except zipfile.BadZipFile as error:
            raise ValueError(f"what came isn't a zip: {error}") from error
        (root / FOLDER / NAME).write_bytes(content)


def _unpacked(archive: Path) -> bytes:
    """The file of strokes in UCI's zip, in whatever folder. Raises ValueError and BadZipFile."""
    from unlzw3 import unlzw

    with zipfile.ZipFile(archive) as files:
        found = [file for file in files.infolist() if PurePosixPath(file.filename).name == f"{NAME}.Z"]
        if not found:
            raise ValueError(f"there is no {NAME}.Z in the zip")
        with files.open(found[0]) as file:
            packed = file.read(MAX_BYTES + 1)
    if len(packed) > MAX_BYTES:
        raise ValueError(f"{NAME}.Z is larger than {MAX_BYTES:,} bytes")
    content = bytes(unlzw(packed))
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{NAME} is not as published: its SHA-256 is not {SHA256}")
    return content
