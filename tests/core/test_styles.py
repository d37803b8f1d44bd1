"""Styles made from strokes: what they add lies where people put it, and they come as often as they should."""

import numpy as np
import pytest

from mnist_demo.data import styles
from mnist_demo.data.drawing import Drawing
from mnist_demo.data.styles import STYLES

TURN = np.linspace(0, 2 * np.pi, 40)
PLAIN = {
    "slashed 0": [np.stack([30 * np.sin(TURN), -50 * np.cos(TURN)], axis=1)],
    "barred 7": [np.array([[0.0, 0.0], [60.0, 0.0], [40.0, 50.0], [20.0, 100.0]])],
    "flagged 1": [np.array([[5.0, 0.0], [2.0, 60.0], [0.0, 100.0]])],
    "open 4": [np.array([[60.0, 0.0], [0.0, 70.0], [80.0, 70.0]]), np.array([[60.0, 0.0], [60.0, 100.0]])],
}


def changed(name, count=200):
    """A style of its plain drawing, so many times: lines with y down, in a box 100 high."""
    random = np.random.default_rng(0)
    return [STYLES[name].change(PLAIN[name], random) for _ in range(count)]


@pytest.mark.parametrize("name", STYLES)
def test_a_style_comes_as_often_as_its_share_and_only_to_its_digit(name):
    style = STYLES[name]
    assert style.fits(PLAIN[name])
    plain = Drawing(style.label, "somebody", PLAIN[name])
    random = np.random.default_rng(0)
    drawings = [styles.styled(plain, random) for _ in range(2_000)]
    share = np.mean([drawing is not plain for drawing in drawings])
    assert share == pytest.approx(style.share, abs=0.03)
    assert {(drawing.label, drawing.writer) for drawing in drawings} == {(style.label, "somebody")}
    other = plain._replace(label=3)
    assert all(styles.styled(other, random) is other for _ in range(50))
    before = [line.copy() for line in PLAIN[name]]
    first, again = (style.change(PLAIN[name], np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert all(np.array_equal(one, two) for one, two in zip(before, PLAIN[name], strict=True))


def test_drawings_that_have_a_style_already_do_not_get_it_twice():
    for name in ("slashed 0", "barred 7", "flagged 1"):
        assert not STYLES[name].fits(STYLES[name].change(PLAIN[name], np.random.default_rng(0)))
        assert not STYLES[name].fits([np.array([[3.0, 3.0]])])


def test_a_slash_goes_from_below_to_above_and_mostly_to_the_right():
    rightwards = 0
    for ring, slash in changed("slashed 0"):
        assert ring is PLAIN["slashed 0"][0]
        (left, bottom), (right, top) = slash[0], slash[-1]
        rightwards += left < right
        assert -90 < top < -25
        assert 25 < bottom < 95
    assert 165 < rightwards < 198


def test_a_bar_crosses_the_stem_below_the_head():
    for seven, bar in changed("barred 7"):
        assert seven is PLAIN["barred 7"][0]
        height = bar[:, 1].mean()
        stem = np.interp(height, seven[1:, 1], seven[1:, 0])
        assert 25 < height < 85
        assert bar[0, 0] < stem < bar[-1, 0]


def test_a_flag_leads_up_to_the_top_from_the_left_and_a_foot_stands_below():
    feet = 0
    for one, *foot in changed("flagged 1"):
        stem = PLAIN["flagged 1"][0]
        assert np.array_equal(one[-len(stem) :], stem)
        assert one[0, 0] < stem[0, 0]
        assert one[0, 1] > stem[0, 1]
        for line in foot:
            feet += 1
            assert line[0, 0] < stem[-1, 0] < line[-1, 0]
            assert line[:, 1] == pytest.approx(100, abs=15)
    assert feet == pytest.approx(200 / 3, abs=20)


def test_an_open_four_has_two_lines_whose_tops_are_apart():
    for corner, stem in changed("open 4"):
        points = np.concatenate([corner, stem])
        assert np.ptp(points, axis=0)[1] == pytest.approx(100, abs=45)
        assert stem[0, 0] - corner[0, 0] > 15
        assert corner[-1, 0] > stem[-1, 0]  # its arm crosses the stem
        assert stem[0, 1] < corner[-1, 1] < stem[-1, 1]
