"""The UNIPEN format: text in which statements say what a pen did, and which part of it is which character.

A statement is a keyword at the start of a line (`.PEN_DOWN`) with what follows it up to the next one. Ink is
a series of components, each what the pen wrote between `.PEN_DOWN` and `.PEN_UP`, numbered from 0; `.SEGMENT`
says which components make up a character. Knows the format; refuses to know archives, data sets and writers.

Source: Guyon, Schomaker, Plamondon, Liberman and Janet, *UNIPEN project of on-line data exchange and
recognizer benchmarks*, ICPR 1994.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from mnist_demo.data.drawing import Line

#: A file that includes others deeper than this includes itself.
MAX_DEPTH = 4

_STATEMENT = re.compile(r"^[ \t]*\.([A-Z_]+)", re.MULTILINE)
_INCLUDE = re.compile(r"^[ \t]*\.INCLUDE[ \t]+(\S+)", re.MULTILINE)
_SEGMENT = re.compile(r'\s*\S+\s+(\S+)\s+\S+\s+"(.*?)"')
_PART = re.compile(r"(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?")


class Segment(NamedTuple):
    """A character: its label, and the components that it is made of, written as in `4-5` or `3:7-4`."""

    label: str
    components: str


class Component(NamedTuple):
    """The lines of text with a component's points, and in which of their columns x and y are."""

    text: str
    columns: tuple[int, int]


@dataclass
class Ink:
    """What is in a file and in those that it includes."""

    components: list[Component] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    writer: str = ""  # the first that is named
    garbled: Counter[str] = field(default_factory=Counter)  # what could not be read, and how often


def read(text: str, included: Callable[[str], str | None]) -> Ink:
    """The ink of a file. `included` gives the text of another one by its name, None where there is none.

    Garbled statements are passed over and counted. Points are not read yet: most components are no digit's.
    """
    reader = _Reader(included)
    reader.read(text)
    return reader.ink


def includes(text: str) -> list[str]:
    """The names of the files that a file includes itself."""
    return _INCLUDE.findall(text)


def lines_of(segment: Segment, ink: Ink) -> list[Line] | None:
    """The lines that a segment is made of, y down; None where it names what isn't there or is garbled.

    `4-5` are two components, `3:7` is one point, `3:7-4` are the points from the eighth of component 3 up to
    the end of component 4, and commas join such parts. Garbled points are passed over and counted in `ink`.
    """
    lines: list[Line] = []
    for part in segment.components.split(","):
        found = _PART.fullmatch(part)
        if not found:
            return None
        first, start, last, end = (None if number is None else int(number) for number in found.groups())
        assert first is not None
        if last is None:
            last, end = first, start
        if not first <= last < len(ink.components):
            return None
        for number in range(first, last + 1):
            low = start if number == first else None
            high = end + 1 if number == last and end is not None else None
            lines.append(_points(ink.components[number], ink.garbled)[low:high])
    lines = [line for line in lines if len(line)]
    return lines or None


def _statements(text: str) -> Iterator[tuple[str, str]]:
    found = list(_STATEMENT.finditer(text))
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, end in zip(found, ends, strict=True):
        yield match[1], text[match.end() : end]


class _Reader:
    """Reads a file and those that it includes into one `Ink`."""

    def __init__(self, included: Callable[[str], str | None]) -> None:
        self.ink = Ink()
        self._included = included
        self._columns = (0, 1)  # of x and y in the lines of points

    def read(self, text: str, depth: int = 0) -> None:
        ink = self.ink
        for keyword, rest in _statements(text):
            if keyword == "PEN_DOWN":
                ink.components.append(Component(rest, self._columns))
            elif keyword == "SEGMENT":
                if found := _SEGMENT.match(rest):
                    ink.segments.append(Segment(found[2], found[1]))
                else:
                    ink.garbled["segments"] += 1
            elif keyword == "WRITER_ID":
                ink.writer = ink.writer or rest.strip().partition("\n")[0].strip()
            elif keyword == "COORD":
                names = rest.split()
                if "X" in names and "Y" in names:
                    self._columns = names.index("X"), names.index("Y")
                else:
                    ink.garbled["names of coordinates"] += 1
            elif keyword == "INCLUDE":
                other = self._included(rest.split()[0]) if rest.split() and depth < MAX_DEPTH else None
                if other is None:
                    ink.garbled["names of files"] += 1
                else:
                    self.read(other, depth + 1)


def _points(component: Component, garbled: Counter[str]) -> Line:
    """The points of a component, a line of text each."""
    points = []
    for row in filter(None, map(str.split, component.text.splitlines())):
        try:
            points.append([float(row[column]) for column in component.columns])
        except (ValueError, IndexError):
            garbled["points"] += 1
    line = np.array(points, np.float64).reshape(-1, 2) * (1, -1)
    finite = np.isfinite(line).all(axis=1)
    garbled["points"] += int((~finite).sum())
    return line[finite]
