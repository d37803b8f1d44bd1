"""Renderings kept on disk, so that only the first run waits the minute or two that drawing them takes.

Knows files and their names; refuses to know how drawings become digits.

A file is named after `VERSION` and, where the data that it was made from is not always the same, a digest of
that. It is not named after the code: whether a change in it changes pixels is for people to say. Nor is it
named after the libraries' versions: another numpy or Pillow moves a few pixels by a shade, which no training
notices.
"""

import contextlib
import logging
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mnist_demo.data.download import directory, user_cache
from mnist_demo.data.rendering import Rendered, Renderings

#: Raise it with every change that draws other digits, in `rendering`, `outliers`, `styles` or `ink`, and with
#: every change in which drawings are rendered and how often.
VERSION = 3

_log = logging.getLogger(__name__)


def load(name: str, digest: str, make: Callable[[], Renderings]) -> Renderings:
    """The renderings of that name, made where they aren't kept yet.

    They are kept in the folder of the data sets or, where nothing can be written there, in the user's own
    cache. Where neither can be written they are made anew each time.
    """
    file = f"{name}-{VERSION}{digest and '-'}{digest}.npz"
    places = [folder / "rendered" / file for folder in (directory(), user_cache())]
    for place in places:
        with contextlib.suppress(OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return _read(place)
    _log.info("Drawing the digits of %s. This takes a minute or two, and is done once.", name)
    made = make()
    for place in places:
        with contextlib.suppress(OSError):
            _keep(made, place, name)
            break
    return made


def _read(place: Path) -> Renderings:
    with place.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        train = Rendered(arrays["train_images"], arrays["train_labels"])
        development = Rendered(arrays["development_images"], arrays["development_labels"])
        return Renderings(train, development, arrays["outliers"])


def _keep(made: Renderings, place: Path, name: str) -> None:
    """Writes the renderings whole or not at all, and removes older ones of that name."""
    arrays = {
        "train_images": made.train.images,
        "train_labels": made.train.labels,
        "development_images": made.development.images,
        "development_labels": made.development.labels,
        "outliers": made.outliers,
    }
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=place.parent) as partial:
        np.savez(Path(partial, place.name), **arrays)  # type: ignore[arg-type]
        os.replace(Path(partial, place.name), place)
    for old in place.parent.glob(f"{name}-[0-9]*.npz"):
        if old != place:
            old.unlink()
