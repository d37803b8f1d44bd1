"""UNIPEN: digits that some two hundred people in America and Europe wrote on tablets, as pen strokes.

Source: I. Guyon and others, the International Unipen Foundation's first distribution, *train_r01_v07* (1999),
category 1a, published at doi 10.5281/zenodo.1195803 under CC BY 4.0; an older notice in it forbids passing
the data on for money. Knows the archive, its writers and which of its digits are of use; refuses to know how
strokes become pictures.

- Sets cea, ceb, lou, pri and tos are left out: their segments don't fit their ink.
- Forty writers are test writers, whose drawings are never returned; twenty are development writers.
- A writer of set ibm wrote in several sessions, each with an identifier of its own, and one of set gmd has
  two names; here each is one writer, and a test writer if one of the identifiers is.
- Many drawings are there twice, some under two names: each is given once, and not at all if a test writer
  drew it.
- Set ibm holds a second recording, enlarged about thirty times, in which each stroke of a digit is a segment
  of its own. Its digits are larger than the tablet was, or dots, and are left out by their size.
- Seventeen more are left out one by one: they lack a stroke, have one too many, or are plainly another digit
  or a letter. They were found by looking at every drawing whose label models disagreed with.

A writer appears as the set and a digest, `ced/1d2e30dc93f7a1d6`: the archive has names.
"""

import gzip
import hashlib
import json
import logging
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np

from mnist_demo.data import unipen_text
from mnist_demo.data.download import DataUnavailable, Download, directory, fetch_file, fetching, open_address
from mnist_demo.data.drawing import Drawing, Line
from mnist_demo.data.unipen_writers import LEFT_OUT, SAME_WRITER, TEST_WRITERS

#: The archive, and what is known of it there: `files`, each with `key`, `size` and `checksum`.
ADDRESS = "https://zenodo.org/records/1195803/files/unipen-CDROM-train_r01_v07.tgz?download=1"
RECORD = "https://zenodo.org/api/records/1195803"
#: Where the archive lies in the folder of all data sets.
FOLDER, NAME = "UNIPEN/raw", "unipen-CDROM-train_r01_v07.tgz"
SETS = ("aga", "apa", "apb", "app", "art", "ced", "gmd", "ibm", "imp", "syn", "uqb", "val")
#: How many drawings there are of all but the test writers, and of the development writers.
DRAWINGS, DEVELOPMENT_DRAWINGS = 10_189, 1_637
#: An archive with fewer drawings than this is another one.
MIN_DRAWINGS = 8_000
#: Bytes: the largest archive that is fetched, and the largest file that is read out of one.
MAX_ARCHIVE, MAX_MEMBER = 400_000_000, 20_000_000
#: In set ibm, 200 units an inch: the longer side of what people write, here a millimeter to four centimeters.
IBM_SIZES = (8.0, 300.0)
#: Sessions of a writer of set ibm: `r03-07` is the session 3 of writer 7.
_SESSIONS = 10

#: The distribution's folder, and what the names of files with segments begin with.
_TOP, _SEGMENTS = "train_r01_v07", tuple(f"data/1a/{writer_set}/" for writer_set in SETS)

_log = logging.getLogger(__name__)


class Reading(NamedTuple):
    """What an archive has, and how much of it was passed over, by reason."""

    drawings: list[Drawing]
    passed_over: Counter[str]


DOWNLOAD = Download(FOLDER, (NAME,), lambda: [ADDRESS])


def path() -> Path:
    """Where the archive lies."""
    return directory() / FOLDER / NAME


def load() -> list[Drawing]:
    """All drawings of use, in an order that depends on the archive only; it is fetched when missing.

    Raises DataUnavailable where it can't be fetched, is damaged, or is another archive.
    """
    fetch_if_missing()
    try:
        reading = read(path())
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataUnavailable(
            f"{path()} is damaged and can't be read: {error}. Delete it and it will be fetched again."
        ) from error
    if len(reading.drawings) < MIN_DRAWINGS:
        raise DataUnavailable(
            f"{path()} is not the archive of UNIPEN: it has {len(reading.drawings):,} digits "
            f"that can be used and should have about {DRAWINGS:,}. Delete it and it will be fetched again."
        )
    if reading.passed_over:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(reading.passed_over.items()))
        _log.info("UNIPEN: %s digits; passed over: %s.", f"{len(reading.drawings):,}", reasons)
    return reading.drawings


def fetch_if_missing() -> None:
    """Makes sure that the archive is on disk. Raises DataUnavailable."""
    if DOWNLOAD.is_here():
        return
    what = f"{NAME} (doi 10.5281/zenodo.1195803)"
    with fetching("UNIPEN", FOLDER, [NAME], what) as root:
        size, digest = _published()
        target = root / FOLDER / NAME
        fetch_file(ADDRESS, target, size)
        with target.open("rb") as file:
            if hashlib.file_digest(file, "md5").hexdigest() != digest:
                raise ValueError(f"{NAME} is not as published: its MD5 is not {digest}")


def archive_digest() -> str:
    """What tells the archive on disk from others: there is the published one, and there are cut-down ones."""
    with path().open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def digest_of(writer_set: str, writer: str) -> str:
    """The identifier of a writer in this project: it can be compared, and doesn't give the name away."""
    return hashlib.sha256(f"{writer_set}/{writer}".encode()).hexdigest()[:16]


def read(archive: Path) -> Reading:
    """The drawings in an archive, read straight from it: nothing is unpacked onto the disk.

    Raises TarError, OSError, EOFError and zlib.error for an archive that is not whole.
    """
    passed_over: Counter[str] = Counter()
    # The files with the segments name those with the ink, which may come before them and name others.
    texts = dict(_texts(archive, None, passed_over))
    segments = sorted(texts)
    asked: set[str] = set()
    new = texts
    while (
        missing := {f"include/{name}" for text in new.values() for name in unipen_text.includes(text)} - asked
    ):
        new = dict(_texts(archive, missing, Counter()))
        texts |= new
        asked |= missing
    found: dict[bytes, Drawing | None] = {}
    for name in segments:
        ink = unipen_text.read(texts[name], lambda other: texts.get(f"include/{other}"))
        for drawing in _drawings(name.removeprefix("data/1a/"), ink, passed_over):
            key = _key(drawing)
            if drawing.writer.rpartition("/")[2] in TEST_WRITERS:
                found[key] = None
            elif key in found:
                passed_over["copies"] += 1
            else:
                found[key] = drawing
        passed_over.update({f"garbled {what}": count for what, count in ink.garbled.items() if count})
    return Reading([drawing for drawing in found.values() if drawing], passed_over)


def _published() -> tuple[int, str]:
    """The archive's size in bytes and its MD5, as its record states them. Raises OSError and ValueError."""
    with open_address(RECORD) as response:
        record = json.loads(response.read(1_000_000))
    try:
        (file,) = (file for file in record["files"] if file["key"] == NAME)
        size, (algorithm, digest) = int(file["size"]), file["checksum"].split(":")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"the record at {RECORD} doesn't describe {NAME}") from error
    if algorithm != "md5" or not 0 < size <= MAX_ARCHIVE:
        raise ValueError(f"the record at {RECORD} describes {NAME} in a way that is not understood")
    return size, digest


def _texts(archive: Path, names: set[str] | None, passed_over: Counter[str]) -> Iterator[tuple[str, str]]:
    """Name and text of the files of those names or, where there are none, of all with segments.

    Names begin in the distribution's own folder. Reads to the end, where gzip checks that all came whole.
    """
    with gzip.open(archive) as packed:
        with tarfile.open(fileobj=packed, mode="r:") as tar:
            for member in tar:
                parts = PurePosixPath(member.name).parts
                if member.name.startswith("/") or ".." in parts or not (member.isfile() or member.isdir()):
                    passed_over["members that lead out of the archive"] += 1
                    continue
                name = "/".join(parts[parts.index(_TOP) + 1 :]) if _TOP in parts else ""
                if not member.isfile() or not (name in names if names else name.startswith(_SEGMENTS)):
                    continue
                if member.size > MAX_MEMBER:
                    passed_over["files that are too large"] += 1
                    continue
                file = tar.extractfile(member)
                assert file is not None
                yield name, file.read().decode("latin-1")
        while packed.read(1 << 20):
            pass


def _drawings(name: str, ink: unipen_text.Ink, passed_over: Counter[str]) -> Iterator[Drawing]:
    """The drawings of a file with segments; its name begins with its set."""
    writer_set = name.partition("/")[0]
    if not ink.writer:
        passed_over["segments without a writer"] += len(ink.segments)
        return
    writer = f"{writer_set}/{_person(writer_set, ink.writer)}"
    for segment in ink.segments:
        lines = unipen_text.lines_of(segment, ink)
        if lines is None or segment.label not in "0123456789":
            passed_over["segments without ink or a digit's label"] += 1
        elif digest_of(name, segment.components) in LEFT_OUT or not _is_whole(writer_set, lines):
            passed_over["incomplete or mislabeled segments"] += 1
        else:
            yield Drawing(int(segment.label), writer, lines)


def _person(writer_set: str, writer: str) -> str:
    """The digest that stands for a writer, whatever name or session the drawing is under."""
    if writer_set != "ibm":
        digest = digest_of(writer_set, writer)
        return SAME_WRITER.get(digest, digest)
    number = writer.rpartition("-")[2]
    sessions = [digest_of("ibm", f"r{session:02}-{number}") for session in range(_SESSIONS)]
    return next((session for session in sessions if session in TEST_WRITERS), sessions[0])


def _is_whole(writer_set: str, lines: list[Line]) -> bool:
    size = float(np.ptp(np.concatenate(lines), axis=0).max())
    return writer_set != "ibm" or IBM_SIZES[0] <= size <= IBM_SIZES[1]


def _key(drawing: Drawing) -> bytes:
    """The same for the same drawing at another place, whichever writer it is under."""
    corner = np.concatenate(drawing.lines).min(axis=0)
    parts = [(line - corner).tobytes() for line in drawing.lines]
    return hashlib.sha256(b"|".join([str(drawing.label).encode(), *parts])).digest()
