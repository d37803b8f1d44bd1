"""Vectors for the page's own code, and what is to be the same there as on the server.

Drawings by six writers whom no model was trained on, hostile ink, and MNIST's test images.
`tests/js/parity.js` answers them in node or in a browser; `compare` holds its answers against the server's.
"""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from mnist_demo.data import pendigits
from mnist_demo.data.rendering import place_on_pad
from mnist_demo.digits import SIDE
from mnist_demo.ink import strokes as ink
from mnist_demo.ink.strokes import digit_from_strokes
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.program import unpack
from mnist_demo.ui.pad import payloads
from tests.webassembly import assembled

#: One stroke as the page sends it.
Stroke = dict[str, Any]

_HOSTILE = 400

#: The module that answers vectors.
SCRIPT = Path(__file__).parent / "js" / "parity.js"


def writers() -> list[list[Stroke]]:
    """The six writers' 1,499 drawings, each at a random place and size, by a random pen."""
    random = np.random.default_rng(0)
    theirs = [each for each in pendigits.load() if each.writer in pendigits.DEVELOPMENT_WRITERS]
    return [
        [_stroke(np.asarray(stroke.points), stroke.width) for stroke in place_on_pad(drawing, random)]
        for drawing in theirs
    ]


def _stroke(points: np.ndarray, width: float, erases: bool = False) -> Stroke:
    flat = [round(float(number), 4) if np.isfinite(number) else None for number in points.ravel()]
    return {"points": flat, "width": round(float(width), 4), "erases": erases}


def hostile() -> list[list[Stroke]]:
    """Dots, points off the pad, erasers, pens of any width, lines that go nowhere, 2,000 points."""
    found: list[list[Stroke]] = []
    place = st.one_of(
        st.floats(0, 1), st.floats(-3, 4), st.sampled_from([0.0, 0.5, 1.0, -1e9, 1e9, float("nan")])
    )
    points = st.lists(st.tuples(place, place), min_size=1, max_size=12).map(np.array)
    stroke = st.builds(_stroke, points, st.floats(0.0001, 0.9), st.booleans())

    @seed(0)
    @settings(
        max_examples=_HOSTILE,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(stroke, min_size=1, max_size=6))
    def collect(strokes: list[Stroke]) -> None:
        found.append(strokes)

    collect()
    random = np.random.default_rng(0)
    walk = 0.5 + 0.02 * random.normal(size=(2000, 2)).cumsum(axis=0)
    return [
        *found,
        [_stroke(walk, 0.06)],
        [_stroke(random.random((2000, 2)), 0.06)],
        [_stroke(random.random((2000, 2)), 0.06), _stroke(random.random((2000, 2)), 0.2, True)],
    ]


def make(classifier: Classifier, drawings: Sequence[list[Stroke]], digits: np.ndarray) -> dict[str, Any]:
    """What `answerAll` takes; digits [N, 28, 28] are bytes."""
    programs = {name: _text(classifier.pack(name)) for name in classifier.cards}
    return {
        "drawings": drawings,
        "digits": _text(digits.tobytes()),
        "programs": programs,
        "arithmetic": _text(assembled()),
    }


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def compare(classifier: Classifier, vectors: dict[str, Any], answers: dict[str, Any]) -> None:
    """Fail where the page's answers are not the server's."""
    expected = [_digit(strokes) for strokes in vectors["drawings"]]
    drawn = [None if text is None else _bytes(text) for text in answers["drawn"]]
    assert [digit is None for digit in drawn] == [digit is None for digit in expected]
    for index, (mine, theirs) in enumerate(zip(drawn, expected, strict=True)):
        if mine is not None:
            assert np.abs(mine - theirs).max() <= 1, f"drawing {index}: {vectors['drawings'][index]}"
    digits = np.concatenate(
        [
            np.array([digit for digit in drawn if digit is not None]).reshape(-1, SIDE, SIDE),
            _bytes(vectors["digits"]),
        ]
    )
    digits = digits.astype(np.float32) / np.float32(255)
    assert list(answers["models"]) == list(classifier.cards)
    for name, given_ in answers["models"].items():
        logits, probabilities = np.array(given_["logits"]), np.array(given_["probabilities"])
        theirs = np.concatenate([classifier.probabilities(some, name) for some in np.array_split(digits, 20)])
        assert np.abs(probabilities - theirs).max() <= 2e-3, name
        assert (probabilities.argmax(1) == theirs.argmax(1)).all(), name
        least = classifier.cards[name].min_confidence or 0
        assert given_["doubtful"] == [bool(row.max() < least) for row in theirs], name
        header, program = unpack(classifier.pack(name))
        mean, std = header["normalization"]
        reference = program.logits((digits[: len(logits)] - np.float32(mean)) / np.float32(std))
        assert np.abs(logits - reference).max() <= 1e-4, name


def _bytes(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), np.uint8).astype(np.int16).reshape(-1, SIDE, SIDE)


def _digit(strokes: list[Stroke]) -> np.ndarray | None:
    """What the server makes of strokes as the page sends them; it would refuse those with NaN."""
    sent = [payloads.StrokePayload.model_construct(**stroke) for stroke in strokes]
    digit = digit_from_strokes([ink.Stroke(each.positions(), each.diameter(), each.erases) for each in sent])
    return None if digit is None else (digit * 255).round().astype(np.int16)[None]
