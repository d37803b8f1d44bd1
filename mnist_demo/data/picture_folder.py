"""Digits as people keep them as pictures: a folder for each split, and in it a folder for each digit.

Knows how people name such folders and what else lies in them; refuses to know what becomes of the digits.
"""

import logging
import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from mnist_demo.data.datasets import Corpus, LabeledDigits
from mnist_demo.data.download import DataUnavailable
from mnist_demo.digits import CLASSES, SIDE
from mnist_demo.ink.pictures import PictureError, read_picture

_SPLITS = {
    "train": "training",
    "training": "training",
    "test": "test",
    "testing": "test",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
}
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: What systems leave in folders, lower case, beside files whose names start with a dot.
_STRAY = {"__macosx", "icon\r", "thumbs.db", "ehthumbs.db", "desktop.ini", "@eadir"}

_log = logging.getLogger(__name__)
_Meaning = TypeVar("_Meaning", bound=Hashable)


def load(folder: Path) -> Corpus:
    """Pictures of 28×28 in folders such as `train/0` … `test/9`; the log says how each folder was understood.

    Case doesn't matter, and a digit's folder may be called `3`, `three`, `3 - three` or `digit_3`. Validation
    images are those of a folder such as `val`; without a test folder they are the test images.

    Raises DataUnavailable for a folder that isn't laid out so.
    """
    if not folder.is_dir():
        raise DataUnavailable(f"There is no folder {folder}.")
    found, others = _understand(folder, lambda name: _SPLITS.get(name.casefold()))
    if "test" not in found and "validation" in found:
        _log.info(
            f"There is no folder for test images: those in {found['validation'].name} are taken for them."
        )
        found["test"] = found.pop("validation")
    if not {"training", "test"} <= found.keys():
        names = ", ".join([path.name for path in found.values()] + others) or "none"
        raise DataUnavailable(
            f"{folder} has to hold the folders train and test (or training and testing), and each of them a "
            f"folder for each digit. Folders there now: {names}."
        )
    splits = {split: _read_digits(path, split) for split, path in found.items()}
    return Corpus(splits["training"], splits["test"], validation=splits.get("validation"))


def _understand(
    folder: Path, meaning_of: Callable[[str], _Meaning | None]
) -> tuple[dict[_Meaning, Path], list[str]]:
    """The folders in a folder by what their names mean, and the names that mean nothing."""
    found: dict[_Meaning, Path] = {}
    others = []
    try:
        inner = sorted(path for path in folder.iterdir() if path.is_dir() and not _is_stray(path.name))
    except OSError as error:
        raise DataUnavailable(f"{folder} can't be read: {error.strerror}.") from error
    for path in inner:
        meaning = meaning_of(path.name)
        if meaning is None:
            others.append(path.name)
        elif meaning in found:
            raise DataUnavailable(
                f"{folder} has two folders for {meaning}: {found[meaning].name} and {path.name}. "
                "Leave one of them there."
            )
        else:
            found[meaning] = path
    return found, others


def _digit_of(name: str) -> int | None:
    """The one digit that a folder's name says, in figures, as a word or both."""
    parts = re.findall("[0-9]+|[a-z]+", name.casefold())
    numbers = {int(part) for part in parts if part.isdigit()}
    said = numbers | {_WORDS.index(part) for part in parts if part in _WORDS}
    return said.pop() if len(said) == 1 and max(said) < CLASSES else None


def _is_stray(name: str) -> bool:
    return name.startswith(".") or name.casefold() in _STRAY


def _read_digits(folder: Path, split: str) -> LabeledDigits:
    by_digit, others = _understand(folder, _digit_of)
    if missing := [str(digit) for digit in range(CLASSES) if digit not in by_digit]:
        raise DataUnavailable(
            f"{folder} has to hold a folder for each digit, 0 to 9; there is none for {', '.join(missing)}."
        )
    images, labels, stray, unreadable = [], [], 0, []
    for digit, place in sorted(by_digit.items()):
        for path in sorted(path for path in place.rglob("*") if path.is_file()):
            if any(map(_is_stray, path.relative_to(place).parts)):
                stray += 1
                continue
            try:
                picture = read_picture(path)
            except PictureError as problem:
                unreadable.append(f"{path}: {problem}")
                continue
            if picture.size != (SIDE, SIDE):
                raise DataUnavailable(f"{path} is not {SIDE}×{SIDE} pixels.")
            images.append(np.array(picture.convert("L")))
            labels.append(digit)
        if digit not in labels[-1:]:
            raise DataUnavailable(f"{place} holds no picture that can be read.")
    renamed = [
        f"{path.name} = {digit}" for digit, path in sorted(by_digit.items()) if path.name != str(digit)
    ]
    names = f" ({', '.join(renamed)})" if renamed else ""
    _log.info(f"{split.capitalize()} images: {len(images):,} from {folder}{names}")
    if others:
        _log.info(f"Folders passed over in {folder}, as their names say no digit: {', '.join(others)}")
    if stray:
        _log.info(f"Files passed over in {folder}, as an operating system left them there: {stray:,}")
    if unreadable:
        _log.info(
            f"Files passed over in {folder}, as they can't be read as pictures: {len(unreadable):,}; "
            f"the first is {unreadable[0]}"
        )
    return LabeledDigits(torch.from_numpy(np.stack(images)), torch.tensor(labels))
