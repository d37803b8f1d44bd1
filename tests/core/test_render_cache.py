"""Renderings on disk: made once, read again, and made anew where they are of another version or damaged."""

import numpy as np
import pytest

from mnist_demo.data import render_cache
from mnist_demo.data.rendering import Rendered, Renderings


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MNIST_DEMO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "data" / "rendered"


class Maker:
    """Makes renderings that tell how many were made before."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> Renderings:
        self.made += 1
        images = np.full((2, 28, 28), self.made, np.uint8)
        return Renderings(Rendered(images, np.arange(2)), Rendered(images[:1], np.arange(1)), images)


@pytest.fixture
def maker():
    return Maker()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_renderings_are_made_once_and_read_again(folder, maker):
    first, again = (render_cache.load("some", "12ab", maker) for _ in range(2))
    assert maker.made == 1
    for one, other in zip(first, again, strict=True):
        for array, same in zip(one, other, strict=True):
            assert np.array_equal(array, same)
            assert array.dtype == same.dtype
    assert names(folder) == [f"some-{render_cache.VERSION}-12ab.npz"]


def test_another_version_or_other_data_replaces_them_and_another_name_does_not(folder, maker, monkeypatch):
    render_cache.load("some", "", maker)
    render_cache.load("some-more", "", maker)
    assert render_cache.load("some", "0f", maker).outliers[0, 0, 0] == 3
    monkeypatch.setattr(render_cache, "VERSION", 1000)
    assert render_cache.load("some", "0f", maker).outliers[0, 0, 0] == 4
    assert len(names(folder)) == 2
    assert "some-1000-0f.npz" in names(folder)
    monkeypatch.undo()


@pytest.mark.parametrize("damaged", [b"", b"PK\x03\x04 cut", None])
def test_damaged_renderings_are_made_anew(folder, maker, damaged):
    render_cache.load("some", "", maker)
    (name,) = names(folder)
    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[: len(whole) // 2] if damaged is None else damaged)
    assert render_cache.load("some", "", maker).outliers[0, 0, 0] == 2
    assert render_cache.load("some", "", maker).outliers[0, 0, 0] == 2


def test_a_folder_that_cannot_be_written_is_replaced_by_the_users_cache(folder, maker, tmp_path):
    folder.parent.write_text("in the way")
    for _ in range(2):
        render_cache.load("some", "", maker)
    assert maker.made == 1
    assert len(names(tmp_path / "cache" / "mnist-demo" / "rendered")) == 1


def test_where_nothing_can_be_written_they_are_made_anew(folder, maker, tmp_path):
    folder.parent.write_text("in the way")
    (tmp_path / "cache").write_text("in the way too")
    for number in (1, 2):
        assert render_cache.load("some", "", maker).outliers[0, 0, 0] == number
