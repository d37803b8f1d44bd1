"""PenDigits: its text read and checked, and fetched from a server of the test's own."""

import gc
import hashlib
import io
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from benchmarks.development_writers import medoids, styles
from mnist_demo.data import pendigits
from mnist_demo.data.download import DataUnavailable

TEXT = """.INCLUDE        dene.doc
.LEXICON "0" "1"

.SEGMENT DIGIT    0 ? "7"
.COMMENT 7 12  224
.PEN_DOWN
 100  300
 200  300
 150  100
.PEN_UP
.DT 50
.PEN_DOWN
 120  200
 180  200
.PEN_UP
.PEN_DOWN
.PEN_UP

.SEGMENT DIGIT    1 ? "1"
.COMMENT 1 3  9
.PEN_DOWN
 -5  7
.PEN_UP
"""


def compressed(content: bytes) -> bytes:
    """Content as `compress` packs it, with the table cleared so often that every code has nine bits."""
    codes: list[int] = []
    for start in range(0, len(content), 200):
        codes += [*content[start : start + 200], 256]
        codes += [0] * (-len(codes) % 8)  # a clear ends a group of eight codes, whatever fills it
    bits = sum(code << (9 * place) for place, code in enumerate(codes))
    return b"\x1f\x9d\x90" + bits.to_bytes(-(-9 * len(codes) // 8), "little")


def zipped(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_DEMO_DATA", str(folder))
    monkeypatch.setattr(pendigits, "SHA256", hashlib.sha256(TEXT.encode()).hexdigest())
    return folder


@pytest.fixture
def served(root, tmp_path, monkeypatch):
    """Serves UCI's zip on this machine; gives its path, to damage it."""
    folder = tmp_path / "served"
    folder.mkdir()
    files = {"doc/pendigits-orig.names": b"words", "new/pendigits-orig.tra.Z": compressed(TEXT.encode())}
    (folder / "all.zip").write_bytes(zipped(**files))

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        monkeypatch.setattr(pendigits, "ADDRESS", f"http://127.0.0.1:{http.server_port}/all.zip")
        yield folder / "all.zip"
        http.shutdown()
        thread.join()


def test_a_drawing_has_its_label_writer_and_lines_with_y_down():
    seven, one = pendigits.drawings(TEXT)
    assert (seven.label, seven.writer) == (7, "12")
    assert [len(line) for line in seven.lines] == [3, 2]
    assert seven.lines[0][2].tolist() == [150, -100]
    assert (one.label, one.writer) == (1, "3")
    assert [line.tolist() for line in one.lines] == [[[-5, -7]]]


def test_strokes_are_fetched_when_missing_and_then_read_from_disk(served, root, capsys):
    first = pendigits.load()
    assert [drawing.label for drawing in first] == [7, 1]
    assert pendigits.path().read_text() == TEXT
    assert [path.name for path in root.rglob("*")] == ["PenDigits", "raw", pendigits.NAME]
    shown = capsys.readouterr()
    assert "100%" in shown.err
    assert shown.out == ""

    served.unlink()
    again = pendigits.load()
    assert all(
        np.array_equal(one, other)
        for a, b in zip(first, again, strict=True)
        for one, other in zip(a.lines, b.lines, strict=True)
    )


HARM = {
    "gone": None,
    "not a zip": b"<html>come back later</html>",
    "without the strokes": zipped(**{"pendigits.tra": b"0, 1", "pendigits-orig.names": b"words"}),
    "other strokes": zipped(**{"pendigits-orig.tra.Z": compressed(b"other")}),
    "not compressed": zipped(**{"pendigits-orig.tra.Z": TEXT.encode()}),
    "cut inside": zipped(**{"pendigits-orig.tra.Z": compressed(TEXT.encode())[:90]}),
}


# torchvision leaves the socket of a failed download to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", [*HARM, "truncated", "too large"])
def test_a_failed_fetch_says_what_to_put_where_and_leaves_nothing(served, root, monkeypatch, harm):
    whole = served.read_bytes()
    served.unlink()
    if harm == "truncated":
        served.write_bytes(whole[: len(whole) // 2])
    elif harm == "too large":
        served.write_bytes(whole)
        monkeypatch.setattr(pendigits, "MAX_BYTES", 100)
    elif HARM[harm] is not None:
        served.write_bytes(HARM[harm])

    with pytest.raises(DataUnavailable, match=r"pendigits-orig.tra.*MNIST_DEMO_DATA") as caught:
        pendigits.load()
    assert str(root / "PenDigits" / "raw") in str(caught.value)
    assert list(root.rglob("*")) == []
    del caught
    gc.collect()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_server_out_of_reach_is_reported(root, monkeypatch):
    monkeypatch.setattr(pendigits, "ADDRESS", "http://127.0.0.1:9/all.zip")
    with pytest.raises(DataUnavailable, match="could not be fetched"):
        pendigits.load()
    assert list(root.rglob("*")) == []
    gc.collect()


def test_a_file_on_disk_that_is_not_as_published_is_named(root):
    pendigits.path().parent.mkdir(parents=True)
    pendigits.path().write_text(TEXT + " ")
    with pytest.raises(DataUnavailable, match=r"pendigits-orig.tra is not"):
        pendigits.load()


@pytest.mark.pendigits
def test_the_real_strokes_and_their_writers():
    everything = pendigits.load()
    writers = {drawing.writer for drawing in everything}
    theirs = [drawing for drawing in everything if drawing.writer in pendigits.DEVELOPMENT_WRITERS]
    assert writers == set(map(str, range(1, 31)))
    assert len(pendigits.DEVELOPMENT_WRITERS) == 6
    assert writers > pendigits.DEVELOPMENT_WRITERS
    names, style = styles(everything)
    assert {names[row] for row in medoids(style, 6)} == pendigits.DEVELOPMENT_WRITERS
    assert (len(everything), len(theirs)) == (pendigits.DRAWINGS, pendigits.DEVELOPMENT_DRAWINGS)
