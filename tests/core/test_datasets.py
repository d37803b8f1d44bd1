"""Data sets: fetched from a server of the test's own, checked, split and shuffled by seed."""

import errno
import gc
import gzip
import hashlib
import os
import shutil
import struct
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.datasets import MNIST

from mnist_demo.data import (
    datasets,
    mnist,
    pendigits,
    picture_folder,
    render_cache,
    rendering,
    unipen,
    unipen_writers,
)
from mnist_demo.data.datasets import LabeledDigits
from mnist_demo.data.download import DataUnavailable
from mnist_demo.data.drawing import Drawing
from mnist_demo.data.rendering import Rendered


def idx(tensor: torch.Tensor) -> bytes:
    """A uint8 tensor in the form of MNIST's files."""
    head = struct.pack(">BBBB", 0, 0, 8, tensor.ndim) + struct.pack(f">{tensor.ndim}I", *tensor.shape)
    return head + tensor.numpy().tobytes()


@pytest.fixture
def small_mnist(monkeypatch):
    """The content of four files like MNIST's, with their checksums in place of the published ones."""
    generator = torch.Generator().manual_seed(0)
    files = {}
    for split, count in (("train", 60), ("t10k", 20)):
        images = torch.randint(0, 256, (count, 28, 28), dtype=torch.uint8, generator=generator)
        files[f"{split}-images-idx3-ubyte"] = idx(images)
        files[f"{split}-labels-idx1-ubyte"] = idx((torch.arange(count) % 10).to(torch.uint8))
    monkeypatch.setattr(
        mnist, "FILES", {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    )
    packed = {name: gzip.compress(content, mtime=0) for name, content in files.items()}
    monkeypatch.setattr(
        MNIST, "resources", [(f"{name}.gz", hashlib.md5(raw).hexdigest()) for name, raw in packed.items()]
    )
    return files, packed


@pytest.fixture
def server(small_mnist, tmp_path, monkeypatch):
    """Serves the packed files on this machine; gives the folder served, to damage files in it."""
    served = tmp_path / "served"
    served.mkdir()
    for name, content in small_mnist[1].items():
        (served / f"{name}.gz").write_bytes(content)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(served))) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        monkeypatch.setattr(MNIST, "mirrors", [f"http://127.0.0.1:{http.server_port}/"])
        yield served
        http.shutdown()
        thread.join()


@pytest.fixture
def root(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("MNIST_DEMO_DATA", str(folder))
    return folder


def test_mnist_is_fetched_when_missing_and_then_read_from_disk(server, root):
    whole = datasets.load_mnist()
    train, test = whole.train, whole.test
    assert train.images.shape == (60, 28, 28)
    assert train.images.dtype == torch.uint8
    assert test.labels.tolist() == [number % 10 for number in range(20)]
    assert sorted(path.name for path in (root / "MNIST" / "raw").iterdir()) == sorted(mnist.FILES)
    assert [path.name for path in root.iterdir()] == ["MNIST"]

    for file in server.iterdir():
        file.unlink()
    assert torch.equal(datasets.load_mnist().train.images, train.images)


def test_packed_files_on_disk_are_enough(small_mnist, root, monkeypatch):
    monkeypatch.setattr(MNIST, "mirrors", ["http://127.0.0.1:9/"])
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in small_mnist[1].items():
        (raw / f"{name}.gz").write_bytes(content)
    assert len(datasets.load_mnist().train) == 60


# torchvision leaves the socket of a failed download to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("harm", ["gone", "truncated", "replaced"])
def test_a_failed_fetch_says_what_to_put_where_and_leaves_nothing(server, root, harm):
    victim = server / "t10k-images-idx3-ubyte.gz"
    content = victim.read_bytes()
    victim.unlink()
    if harm == "truncated":
        victim.write_bytes(content[: len(content) // 2])
    if harm == "replaced":
        victim.write_bytes(gzip.compress(b"something else"))

    with pytest.raises(DataUnavailable, match=r"t10k-images-idx3-ubyte.*MNIST_DEMO_DATA") as caught:
        datasets.load_mnist()
    sentence, *more = str(caught.value).split(". ")
    assert sentence == "MNIST is not on this machine and could not be fetched: no server delivered all of it"
    assert str(root) in more[0]
    assert "\n" not in str(caught.value)
    assert list(root.rglob("*")) == []
    del caught
    gc.collect()


@pytest.mark.parametrize("harm", [b"", b"\0" * 100])
def test_a_file_on_disk_that_is_not_as_published_is_named(server, root, harm):
    datasets.load_mnist()
    victim = root / "MNIST" / "raw" / "train-labels-idx1-ubyte"
    victim.write_bytes(victim.read_bytes()[:20] + harm)
    with pytest.raises(DataUnavailable, match="train-labels-idx1-ubyte is not"):
        datasets.load_mnist()


def test_a_folder_that_cannot_be_written_is_reported(small_mnist, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("MNIST_DEMO_DATA", str(tmp_path / "file"))
    with pytest.raises(DataUnavailable, match=r"could not be fetched: the folder .* can't be written"):
        datasets.load_mnist()


def test_a_disk_that_is_full_is_reported_and_what_was_fetched_is_gone(server, root, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DataUnavailable, match="could not be fetched: the disk is full"):
        datasets.load_mnist()
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_split_is_disjoint_whole_and_always_the_same(server, root):
    first, other = (datasets.load_splits("mnist", 12) for _ in range(2))
    assert (len(first.train), len(first.validation), len(first.test)) == (48, 12, 20)
    assert torch.equal(first.validation.images, other.validation.images)
    assert not torch.equal(first.validation.images, datasets.load_mnist().train.images[:12])
    rows = torch.cat([first.train.images, first.validation.images]).flatten(1)
    whole = datasets.load_mnist().train.images.flatten(1)
    assert sorted(map(bytes, rows.numpy())) == sorted(map(bytes, whole.numpy()))


def test_without_a_split_the_run_is_validated_on_the_test_images(server, root):
    digits = datasets.load_splits("mnist", 0)
    assert len(digits.train) == 60
    assert torch.equal(digits.validation.images, digits.test.images)


@pytest.mark.parametrize("size", [-1, 60, 1000])
def test_a_split_that_leaves_nothing_is_refused(server, root, size):
    with pytest.raises(ValueError, match="can't be held out"):
        datasets.load_splits("mnist", size)


def test_an_unknown_data_set_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="mnist"):
        datasets.load_splits("cifar", 0)


def test_every_digit_comes_once_and_the_seed_decides_the_order():
    digits = LabeledDigits(torch.arange(23, dtype=torch.uint8).reshape(23, 1, 1), torch.arange(23))
    seen = list(datasets.shuffled(digits, 5, torch.Generator().manual_seed(4)))
    again = list(datasets.shuffled(digits, 5, torch.Generator().manual_seed(4)))
    assert [len(part) for part in seen] == [5, 5, 5, 5, 3]
    labels = torch.cat([part.labels for part in seen])
    assert sorted(labels.tolist()) == list(range(23))
    assert labels.tolist() != list(range(23))
    assert torch.equal(labels, torch.cat([part.labels for part in again]))
    assert all(torch.equal(part.images.flatten().long(), part.labels) for part in seen)


def test_the_bundled_digits_look_like_mnist_and_need_no_download():
    digits = datasets.load_splits("uci-digits", 300)
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (1200, 300, 297)
    images = digits.train.images
    assert images.shape == (1200, 28, 28)
    assert images[:, :4].max() == images[:, :, :4].max() == 0
    assert images.max() == 255
    assert torch.bincount(digits.train.labels, minlength=10).min() > 90


@pytest.fixture
def pictures(tmp_path):
    for split, count in (("training", 3), ("testing", 2)):
        for label in range(10):
            folder = tmp_path / "png" / split / str(label)
            folder.mkdir(parents=True)
            for number in range(count):
                Image.new("L", (28, 28), 20 * label + number).save(folder / f"{number}.png")
    return tmp_path / "png"


def test_mnist_as_pictures(pictures):
    whole = picture_folder.load(pictures)
    train, test = whole.train, whole.test
    assert len(train) == 30
    assert len(test) == 20
    for digits in (train, test):
        assert torch.equal(digits.images[:, 5, 5].long() // 20, digits.labels)


@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("Train", "Test"), ("TRAIN", "Testing"), ("training", "val")]
)
def test_the_splits_have_the_names_that_people_give_them(pictures, train, test):
    (pictures / "training").rename(pictures / train)
    (pictures / "testing").rename(pictures / test)
    whole = picture_folder.load(pictures)
    assert (len(whole.train), len(whole.test), whole.validation) == (30, 20, None)


def test_validation_images_of_their_own_are_validated_on(pictures, caplog):
    caplog.set_level("INFO")
    shutil.copytree(pictures / "testing", pictures / "Val")
    (pictures / "Val" / "9" / "1.png").unlink()
    splits = datasets.split(picture_folder.load(pictures), 0)
    assert [len(part) for part in (splits.train, splits.validation, splits.test)] == [30, 19, 20]
    assert f"Validation images: 19 from {pictures / 'Val'}" in caplog.messages


WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    "name_of",
    [
        lambda digit: f"{digit} - {WORDS[digit]}",
        lambda digit: WORDS[digit],
        lambda digit: WORDS[digit].capitalize(),
        lambda digit: f"digit_{digit}",
        lambda digit: f"0{digit}",
    ],
)
def test_class_folders_may_have_names(pictures, caplog, name_of):
    caplog.set_level("INFO")
    for digit in range(10):
        (pictures / "training" / str(digit)).rename(pictures / "training" / name_of(digit))
    digits = picture_folder.load(pictures).train
    assert torch.equal(digits.images[:, 5, 5].long() // 20, digits.labels)
    assert torch.bincount(digits.labels).tolist() == [3] * 10
    meant = ", ".join(f"{name_of(digit)} = {digit}" for digit in range(10))
    assert f"Training images: 30 from {pictures / 'training'} ({meant})" in caplog.messages


def test_stray_files_and_other_folders_are_passed_over_and_counted(pictures, caplog):
    caplog.set_level("INFO")
    train, four = pictures / "training", pictures / "training" / "4"
    for folder in (pictures, train, four):
        (folder / "__MACOSX").mkdir()
        for name in ("._1.png", ".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/._0.png"):
            (folder / name).write_bytes(b"no")
    (four / "1.png").write_bytes(b"")
    (four / "notes.txt").write_text("of a person")
    (train / "letters").mkdir()
    (train / "10").mkdir()
    whole = picture_folder.load(pictures)
    assert torch.bincount(whole.train.labels).tolist() == [3, 3, 3, 3, 2, 3, 3, 3, 3, 3]
    assert len(whole.test) == 20
    assert [message for message in caplog.messages if "passed over" in message] == [
        f"Folders passed over in {train}, as their names say no digit: 10, letters",
        f"Files passed over in {train}, as an operating system left them there: 5",
        f"Files passed over in {train}, as they can't be read as pictures: 2; the first is {four / '1.png'}: "
        "The file is empty.",
    ]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (lambda folder: shutil.rmtree(folder / "testing"), "train and test .* there now: training"),
        (lambda folder: [shutil.rmtree(path) for path in folder.iterdir()], "there now: none"),
        (lambda folder: (folder / "Train").mkdir(), "two folders for training: Train and training"),
        (lambda folder: (folder / "training" / "four").mkdir(), "two folders for 4: 4 and four"),
        (lambda folder: shutil.rmtree(folder / "training" / "4"), "0 to 9; there is none for 4"),
        (
            lambda folder: [path.write_bytes(b"no") for path in (folder / "training" / "4").iterdir()],
            "4 holds no picture that can be read",
        ),
        (
            lambda folder: Image.new("L", (20, 28)).save(folder / "training" / "4" / "1.png"),
            "1.png is not 28×28",
        ),
        (lambda folder: (shutil.rmtree(folder), folder.write_text("")), "There is no folder"),
    ],
)
def test_a_folder_of_another_form_is_refused(pictures, harm, reason):
    harm(pictures)
    with pytest.raises(DataUnavailable, match=f"(?i){reason}"):
        picture_folder.load(pictures)


@pytest.fixture
def pen(monkeypatch):
    """Renderings of a few pen drawings: gray by label, so that they are known again."""

    def rendered(count: int, gray: int) -> Rendered:
        images = np.full((count, 28, 28), gray, np.uint8)
        return Rendered(images, np.arange(count, dtype=np.int64) % 10)

    some = rendering.Renderings(rendered(30, 77), rendered(7, 88), rendered(5, 99).images)
    monkeypatch.setattr(render_cache, "load", lambda *_: some)


def test_pen_drawings_are_trained_on_and_never_held_out(server, root, pen):
    plain, both = (datasets.load_splits(name, 12) for name in ("mnist", "mnist-pen"))
    for part in ("validation", "test"):
        assert torch.equal(getattr(plain, part).images, getattr(both, part).images)
    assert torch.equal(both.train.images[:48], plain.train.images)
    assert (both.train.images[48:] == 77).all()
    assert both.train.labels[48:].tolist() == [number % 10 for number in range(30)]
    assert (both.drawn.images == 88).all()
    assert plain.drawn is None
    assert len(datasets.load_splits("mnist-pen", 0).train) == 90
    assert (both.outliers == 99).all()
    assert plain.outliers is None


def test_a_share_of_the_pen_drawings_is_the_first_of_them(server, root, pen):
    half = datasets.load_splits("mnist-pen", 12, pen_share=0.5)
    assert half.train.labels[48:].tolist() == [number % 10 for number in range(15)]
    assert len(datasets.load_splits("mnist-pen", 12, pen_share=0.0).train) == 48


def test_both_corpora_of_drawings_give_training_digits_and_development_digits(server, root, monkeypatch):
    line = np.array([[0.0, 0.0], [9.0, 90.0]])

    def drawn(label: int, *writers: str) -> list[Drawing]:
        return [Drawing(label, writer, [line]) for writer in writers]

    six, twenty = min(pendigits.DEVELOPMENT_WRITERS), min(unipen_writers.DEVELOPMENT_WRITERS)
    monkeypatch.setattr(pendigits, "load", lambda: drawn(1, "4", six))
    monkeypatch.setattr(unipen, "load", lambda: drawn(7, twenty, "aga/0", "aga/1"))
    monkeypatch.setattr(unipen, "fetch_if_missing", lambda: None)
    monkeypatch.setattr(unipen, "archive_digest", lambda: "0123")
    monkeypatch.setattr(rendering, "OUTLIERS", 1)
    both = datasets.load_splits("mnist-pen-unipen", 12)
    assert both.train.labels[48:].tolist() == [1, 7, 7] * datasets.TIMES_TOGETHER
    assert both.drawn.labels.tolist() == [1, 7]
    alone = datasets.load_splits("mnist-pen", 12)
    assert alone.train.labels[48:].tolist() == [1] * datasets.TIMES_ALONE
    assert torch.equal(alone.drawn.images[0], both.drawn.images[0])
    version = render_cache.VERSION
    assert sorted(path.name for path in (root / "rendered").iterdir()) == [
        f"pendigits-{version}.npz",
        f"pendigits-unipen-{version}-0123.npz",
    ]


def test_scoring_needs_only_the_test_images(server, root, monkeypatch):
    def nowhere(*_: object) -> None:
        raise DataUnavailable("no pens here")

    monkeypatch.setattr(render_cache, "load", nowhere)
    assert torch.equal(datasets.load_test("mnist-pen").images, datasets.load_splits("mnist", 12).test.images)
    with pytest.raises(DataUnavailable, match="no pens here"):
        datasets.load_splits("mnist-pen", 12)


def test_all_parts_go_to_a_device_together(server, root, pen):
    there = datasets.load_splits("mnist-pen", 12).to(torch.device("meta"))
    parts = [there.train, there.validation, there.test, there.drawn]
    assert there.outliers.is_meta
    assert all(tensor.is_meta for part in parts for tensor in (part.images, part.labels))
    assert datasets.load_splits("mnist", 12).to(torch.device("cpu")).drawn is None


@pytest.mark.mnist
def test_mnist_itself():
    digits = datasets.load_splits("mnist", 5_000)
    assert (len(digits.train), len(digits.validation), len(digits.test)) == (55_000, 5_000, 10_000)
    assert torch.bincount(digits.test.labels).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]
