"""Pictures in files, read by the models: a line for each, ready for JSON.

Knows pictures, digits and what models say. Knows nothing of folders, arguments and printing.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mnist_demo.classify import Classifier
from mnist_demo.drawing import Digit, digit_from_picture
from mnist_demo.pictures import PictureError, read_picture

_AT_ONCE = 64  # pictures that are classified in one forward pass


def read_files(
    paths: Iterable[Path], classifier: Classifier, names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """A line per picture, in order, from the named models.

    {"image", "predictions": {name: ten probabilities}}, {"image", "blank": True} or {"image", "error"};
    with predictions may come "doubtful": the models that take the picture for no digit.
    """
    remaining = iter(paths)
    while some := list(islice(remaining, _AT_ONCE)):
        yield from _read(some, classifier, names)


def _read(paths: Sequence[Path], classifier: Classifier, names: Sequence[str]) -> list[dict[str, Any]]:
    """The digits among the pictures are classified together."""
    lines: list[dict[str, Any]] = []
    digits: list[Digit] = []
    for path in paths:
        line: dict[str, Any] = {"image": str(path)}
        try:
            digit = digit_from_picture(read_picture(path))
        except PictureError as error:
            line["error"] = str(error)
        else:
            if digit is None:
                line["blank"] = True
            else:
                line["predictions"] = {}
                digits.append(digit)
        lines.append(line)
    if digits:
        read = [line for line in lines if "predictions" in line]
        for name in names:
            for line, row in zip(read, classifier.probabilities(np.stack(digits), name), strict=True):
                line["predictions"][name] = row.tolist()
                if classifier.doubts(name, row):
                    line.setdefault("doubtful", []).append(name)
    return lines
