"""Outliers: as many of each kind, and other ones to test with than to train on."""

import numpy as np
import pytest
from HersheyFonts import HersheyFonts

from mnist_demo.data import outliers
from mnist_demo.data.drawing import Drawing

DRAWINGS = [
    Drawing(1, "2", [np.array([[0.0, 0.0], [5.0, 90.0]])]),
    Drawing(0, "2", [np.array([[3.0, 3.0]])]),
]
KINDS = ["letter", "scribble", "symbol", "several digits"]


@pytest.mark.parametrize("make", [outliers.for_training, outliers.for_testing])
def test_there_are_as_many_of_each_kind_and_the_seed_decides(make):
    made, again, other = (make(60, DRAWINGS, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert [kind for kind, _ in made] == KINDS * 60
    for outlier in made:
        points = np.concatenate(outlier.lines)
        assert points.shape[1] == 2
        assert np.isfinite(points).all()
        assert np.ptp(points, axis=0).max() > 0

    def flat(some):
        return np.concatenate([line for outlier in some for line in outlier.lines])

    assert np.array_equal(flat(made), flat(again))
    assert flat(made).shape != flat(other).shape or not np.array_equal(flat(made), flat(other))


def test_nothing_that_is_trained_on_is_tested_with():
    def shapes(font):
        typeface = HersheyFonts()
        typeface.load_default_font(font)
        return [str([list(map(list, typeface.strokes_for_text(letter)))]) for letter in outliers.LETTERS]

    trained, tested = (
        list(zip(*map(shapes, fonts), strict=True))
        for fonts in (outliers.TRAINING_FONTS, outliers.TESTING_FONTS)
    )
    for letter, old, new in zip(outliers.LETTERS, trained, tested, strict=True):
        assert len(set(new)) == len(new), f"one {letter} under two names"
        assert not set(old) & set(new)
    assert not outliers._SYMBOLS.keys() & outliers._OTHER_SYMBOLS.keys()


def test_several_digits_stand_side_by_side():
    random = np.random.default_rng(0)
    for _ in range(50):
        lines = outliers._several(DRAWINGS[:1], random)
        lefts = [line[:, 0].min() for line in lines]
        rights = [line[:, 0].max() for line in lines]
        assert len(lines) in (2, 3)
        assert all(left > right for left, right in zip(lefts[1:], rights[:-1], strict=True))


def test_letters_that_are_digits_are_left_out():
    assert not set("DIJOQSTZbgiloqsz") & set(outliers.LETTERS)
