"""Pen drawings as digits: drawn on the pad, varied by seed, and the same again."""

import numpy as np
import pytest

from benchmarks.ink_to_digit import pictured
from mnist_demo.data import pendigits, rendering
from mnist_demo.data.drawing import Drawing, split_by_writer
from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.ink.strokes import digit_from_strokes

#: A one, a seven of two strokes and a dot, in UNIPEN text.
FORMS = {
    1: ["100 300 140 340 140 100"],
    7: ["100 300 200 300 150 100", "120 200 180 200"],
    0: ["250 250"],
}


def text(writers: list[str]) -> str:
    """Each of the forms by each writer."""
    drawings = []
    for writer in writers:
        for label, lines in FORMS.items():
            strokes = "".join(f".PEN_DOWN\n {line}\n.PEN_UP\n" for line in lines)
            drawings.append(f'.SEGMENT DIGIT 0 ? "{label}"\n.COMMENT {label} {writer} 1\n{strokes}')
    return "".join(drawings)


DEVELOPMENT = min(pendigits.DEVELOPMENT_WRITERS, key=int)
OTHERS = [writer for writer in map(str, range(1, 31)) if writer not in pendigits.DEVELOPMENT_WRITERS][:2]
TEXT = text([OTHERS[0], DEVELOPMENT, OTHERS[1]])


def by_writers(drawn: str) -> tuple[list[Drawing], list[Drawing]]:
    return split_by_writer(pendigits.drawings(drawn), pendigits.DEVELOPMENT_WRITERS)


@pytest.fixture(autouse=True)
def few_outliers(monkeypatch):
    monkeypatch.setattr(rendering, "OUTLIERS", 3)


def same(first: rendering.Renderings, other: rendering.Renderings) -> bool:
    return all(
        np.array_equal(array, again)
        for some, others in zip(first, other, strict=True)
        for array, again in zip(some, others, strict=True)
    )


def test_the_seed_decides_every_pixel_and_nothing_is_blank():
    drawings = by_writers(TEXT)
    made = rendering.render(*drawings, times=3)
    assert made.train.labels.tolist() == [1, 7, 0] * 2 * 3
    assert made.development.labels.tolist() == [1, 7, 0]
    assert made.outliers.shape == (4 * rendering.OUTLIERS, 28, 28)
    assert (made.outliers.max(axis=(1, 2)) > 128).all()
    for images, labels in made[:2]:
        assert images.shape == (len(labels), 28, 28)
        assert (images.max(axis=(1, 2)) > 128).all()
    assert same(made, rendering.render(*drawings, times=3))
    assert not same(made, rendering.render(*drawings, times=3, seed=1))
    # every rendering of a drawing is another one
    sevens = made.train.images[made.train.labels == 7].reshape(-1, 784)
    assert len(np.unique(sevens, axis=0)) == len(sevens)


def test_training_and_development_drawings_do_not_change_each_other():
    training, development = by_writers(TEXT)
    both = rendering.render(training, development, times=1)
    without = rendering.render(training, [], times=1)
    assert np.array_equal(both.train.images, without.train.images)
    assert len(without.development.labels) == 0
    theirs = rendering.render([], development * 2, times=1)
    assert np.array_equal(both.development.images, theirs.development.images[:3])
    assert {drawing.writer for drawing in development} == {DEVELOPMENT}
    assert {drawing.writer for drawing in training} == set(OTHERS)


def test_styles_are_given_to_training_drawings_only(monkeypatch):
    training, development = by_writers(TEXT)
    changed = []
    monkeypatch.setattr(rendering, "styled", lambda drawing, random: (changed.append(drawing), drawing)[1])
    rendering.render(training, development, times=2)
    assert changed == []
    rendering.render(training, development, times=2, with_styles=True)
    assert changed == training * 2


def test_both_ways_to_the_digit_are_taken(monkeypatch):
    drawings, _ = by_writers(text(OTHERS * 10))
    taken = []
    for way in ("digit_from_strokes", "digit_from_raster"):
        function = getattr(rendering, way)
        monkeypatch.setattr(
            rendering, way, lambda ink, function=function, way=way: (taken.append(way), function(ink))[1]
        )
    rendering.render(drawings, [], times=4)
    share = taken.count("digit_from_raster") / len(taken)
    assert abs(share - rendering.PICTURE_SHARE) < 0.1


def test_a_variation_keeps_the_strokes_and_changes_their_form_a_little():
    _, seven, dot = pendigits.drawings(text([OTHERS[0]]))
    random = np.random.default_rng(0)
    slants = []
    for _ in range(200):
        other = rendering.vary(seven, random)
        assert (other.label, other.writer) == (seven.label, seven.writer)
        assert [len(line) for line in other.lines] == [3, 2]
        down = other.lines[0][2] - other.lines[0].mean(axis=0)
        slants.append(down[0] / down[1])
    assert 0.1 < np.std(slants) < 0.4
    assert np.isfinite(rendering.vary(dot, random).lines[0]).all()


def test_positive_slant_leans_to_the_right(monkeypatch):
    for name in ("MAX_ROTATION", "MAX_ASPECT", "TREMOR"):
        monkeypatch.setattr(rendering, name, 0.0)
    line = np.array([[0.0, 0.0], [0.0, -10.0]])  # upwards, as y points down

    class Most:
        def uniform(self, low, high, size=None):
            return high if size is None else np.full(size, high)

        def normal(self, mean, std, size):
            return np.full(size, std)

    (leaning,) = rendering.vary(Drawing(1, "2", [line]), Most()).lines
    assert leaning[1].tolist() == pytest.approx([10 * rendering.MAX_SLANT, -10])


@pytest.mark.pendigits
def test_real_drawings_lie_within_the_pad_and_both_ways_give_digits():
    random = np.random.default_rng(0)
    for drawing in pendigits.load()[::300]:
        for form in (drawing, rendering.vary(drawing, random)):
            strokes = rendering.place_on_pad(form, random)
            points = np.concatenate([np.asarray(stroke.points) for stroke in strokes])
            assert points.min() >= 0
            assert points.max() <= 1
            assert digit_from_strokes(strokes) is not None
            assert digit_from_picture(pictured(strokes)) is not None
