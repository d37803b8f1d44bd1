"""Pen drawings as digits: on the pad, varied by seed, the same again, and kept beside the data."""

import hashlib

import numpy as np
import pytest

from benchmarks.ink_to_digit import pictured
from mnist_demo.data import pendigits, rendering
from mnist_demo.data.drawing import Drawing
from mnist_demo.ink.strokes import digit_from_picture, digit_from_strokes

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


@pytest.fixture(autouse=True)
def few_nondigits(monkeypatch):
    monkeypatch.setattr(rendering, "OUTLIERS", 3)


def same(first: rendering.Renderings, other: rendering.Renderings) -> bool:
    return all(
        np.array_equal(array, again)
        for some, others in zip(first, other, strict=True)
        for array, again in zip(some, others, strict=True)
    )


def test_the_seed_decides_every_pixel_and_nothing_is_blank():
    drawings = list(pendigits.drawings(TEXT))
    made = rendering.render(drawings)
    assert made.train.labels.tolist() == [1, 7, 0] * 2 * rendering.TIMES
    assert made.drawn.labels.tolist() == [1, 7, 0]
    assert made.outliers.shape == (4 * rendering.OUTLIERS, 28, 28)
    assert (made.outliers.max(axis=(1, 2)) > 128).all()
    for images, labels in made[:2]:
        assert images.shape == (len(labels), 28, 28)
        assert (images.max(axis=(1, 2)) > 128).all()
    assert same(made, rendering.render(drawings))
    assert not same(made, rendering.render(drawings, seed=1))
    # every rendering of a drawing is another one
    sevens = made.train.images[made.train.labels == 7].reshape(-1, 784)
    assert len(np.unique(sevens, axis=0)) == len(sevens)


def test_nothing_of_a_development_writer_is_trained_on():
    with_them = rendering.render(pendigits.drawings(TEXT))
    without = rendering.render(pendigits.drawings(text(OTHERS)))
    assert np.array_equal(with_them.train.images, without.train.images)
    assert len(without.drawn.labels) == 0
    theirs = rendering.render(pendigits.drawings(text([DEVELOPMENT])))
    assert np.array_equal(with_them.drawn.images, theirs.drawn.images)


def test_both_ways_to_the_digit_are_taken(monkeypatch):
    drawings = list(pendigits.drawings(text(OTHERS * 10)))
    taken = []
    for way in ("digit_from_strokes", "digit_from_raster"):
        function = getattr(rendering, way)
        monkeypatch.setattr(
            rendering, way, lambda ink, function=function, way=way: (taken.append(way), function(ink))[1]
        )
    rendering.render(drawings)
    share = taken.count("digit_from_raster") / len(taken)
    assert abs(share - rendering.PICTURED) < 0.1


def test_a_variation_keeps_the_strokes_and_changes_their_form_a_little():
    _, seven, dot = pendigits.drawings(text([OTHERS[0]]))
    random = np.random.default_rng(0)
    slants = []
    for _ in range(200):
        other = rendering.varied(seven, random)
        assert (other.label, other.writer) == (seven.label, seven.writer)
        assert [len(line) for line in other.lines] == [3, 2]
        down = other.lines[0][2] - other.lines[0].mean(axis=0)
        slants.append(down[0] / down[1])
    assert 0.1 < np.std(slants) < 0.4
    assert np.isfinite(rendering.varied(dot, random).lines[0]).all()


def test_positive_slant_leans_to_the_right(monkeypatch):
    for name in ("TURN", "ASPECT", "TREMBLE"):
        monkeypatch.setattr(rendering, name, 0.0)
    line = np.array([[0.0, 0.0], [0.0, -10.0]])  # upwards, as y points down

    class Most:
        def uniform(self, low, high, size=None):
            return high if size is None else np.full(size, high)

        def normal(self, mean, std, size):
            return np.full(size, std)

    (leaning,) = rendering.varied(Drawing(1, "2", [line]), Most()).lines
    assert leaning[1].tolist() == pytest.approx([10 * rendering.SLANT, -10])


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """PenDigits' folder with the small text in it; the list counts how often all was rendered."""
    monkeypatch.setenv("MNIST_DEMO_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pendigits, "SHA256", hashlib.sha256(TEXT.encode()).hexdigest())
    pendigits.path().parent.mkdir(parents=True)
    pendigits.path().write_text(TEXT)
    return tmp_path / "PenDigits"


@pytest.fixture
def renders(monkeypatch):
    count = []
    render = rendering.render
    monkeypatch.setattr(rendering, "render", lambda drawings: (count.append(1), render(drawings))[1])
    return count


def kept(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "raw")


def test_renderings_are_kept_and_read_again(folder, renders):
    first = rendering.load()
    (name,) = kept(folder)
    assert name.startswith("rendered-")
    assert same(first, rendering.load())
    assert len(renders) == 1


def test_what_came_of_other_code_is_made_anew_and_removed(folder, renders, monkeypatch):
    rendering.load()
    (before,) = kept(folder)
    monkeypatch.setattr(rendering.np, "__version__", "another")
    rendering.load()
    (after,) = kept(folder)
    assert before != after
    assert len(renders) == 2


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 cut", None])
def test_damaged_renderings_are_made_anew(folder, renders, damaged):
    first = rendering.load()
    (name,) = kept(folder)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2] if damaged is None else damaged)
    assert same(first, rendering.load())
    assert same(first, rendering.load())
    assert len(renders) == 2


def test_a_folder_that_cannot_be_written_is_replaced_by_the_users_cache(
    folder, renders, monkeypatch, tmp_path
):
    make = rendering.tempfile.TemporaryDirectory

    def refuse_beside_the_data(*, dir, **more):
        if dir == folder:
            raise PermissionError("read-only")
        return make(dir=dir, **more)

    monkeypatch.setattr(rendering.tempfile, "TemporaryDirectory", refuse_beside_the_data)
    assert same(rendering.load(), rendering.load())
    assert kept(folder) == []
    assert len(kept(tmp_path / "cache" / "mnist-demo")) == 1
    assert len(renders) == 1


def test_where_nothing_can_be_written_they_are_made_anew(folder, renders, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(rendering.tempfile, "TemporaryDirectory", refuse)
    assert same(rendering.load(), rendering.load())
    assert kept(folder) == []
    assert len(renders) == 2


@pytest.mark.pendigits
def test_real_drawings_lie_within_the_pad_and_both_ways_give_digits():
    random = np.random.default_rng(0)
    for drawing in pendigits.load()[::300]:
        for form in (drawing, rendering.varied(drawing, random)):
            strokes = rendering.placed(form, random)
            points = np.concatenate([np.asarray(stroke.points) for stroke in strokes])
            assert points.min() >= 0
            assert points.max() <= 1
            assert digit_from_strokes(strokes) is not None
            assert digit_from_picture(pictured(strokes)) is not None
