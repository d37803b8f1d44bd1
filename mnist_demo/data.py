"""Data sets as tensors that are held whole in memory, their seeded splits and their batches.

Knows where files lie, how they are fetched and checked; refuses to know what is done with the digits.
"""

import contextlib
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from mnist_demo.digits import CLASSES, SIDE

#: MD5 of MNIST's files as published, unpacked.
MNIST_FILES = MappingProxyType(
    {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
)

_FETCH_TIMEOUT = 20.0  # seconds without a byte before a server counts as out of reach


class DataUnavailable(Exception):
    """A data set is neither on disk nor to be had; the message says what to put where."""


@dataclass(frozen=True)
class Digits:
    """Labelled digits: `images` uint8 [N, 28, 28] with ink bright, `labels` int64 [N]."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor | slice) -> "Digits":
        if isinstance(index, slice):
            return Digits(self.images[index], self.labels[index])
        # five times as quick as images[index]
        return Digits(self.images.index_select(0, index), self.labels.index_select(0, index))

    def to(self, device: torch.device) -> "Digits":
        """The same digits in that device's memory."""
        return Digits(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Data:
    """What a run is trained on, validated on while it runs, and scored on once at its end."""

    train: Digits
    validation: Digits
    test: Digits


def directory() -> Path:
    """The folder of all data sets: MNIST_DEMO_DATA, or `data/` beside the package."""
    return Path(os.environ.get("MNIST_DEMO_DATA") or Path(__file__).parent.parent / "data")


def mnist_is_here() -> bool:
    """Whether MNIST's files are on disk, whatever is in them."""
    return all((directory() / "MNIST" / "raw" / name).is_file() for name in MNIST_FILES)


def mnist_mirrors() -> list[str]:
    """Where MNIST can be fetched from: the address of one of its files on each server."""
    from torchvision.datasets import MNIST

    return [mirror + MNIST.resources[0][0] for mirror in MNIST.mirrors]


def load_mnist() -> tuple[Digits, Digits]:
    """MNIST's 60,000 training and 10,000 test images (LeCun, Cortes, Burges), fetched when missing.

    Raises DataUnavailable where it can't be fetched or a file isn't as published.
    """
    from torchvision.datasets import MNIST

    raw = directory() / "MNIST" / "raw"
    if not mnist_is_here():
        _fetch_mnist(directory())
    for name, digest in MNIST_FILES.items():
        if hashlib.md5((raw / name).read_bytes(), usedforsecurity=False).hexdigest() != digest:
            raise DataUnavailable(
                f"{raw / name} is not MNIST's file as published (its MD5 is not {digest}). "
                "Delete it and it will be fetched again."
            )
    train, test = (MNIST(directory(), train=train) for train in (True, False))
    return Digits(train.data, train.targets), Digits(test.data, test.targets)


def _fetch_mnist(root: Path) -> None:
    """Downloads into a folder beside the final one and moves it there whole."""
    from torchvision.datasets import MNIST

    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mnist-", dir=root) as partial, _network_timeout():
            fresh = Path(partial, "MNIST", "raw")
            fresh.mkdir(parents=True)
            for packed in (root / "MNIST" / "raw").glob("*.gz"):
                shutil.copy(packed, fresh)
            MNIST(partial, download=True)
            raw = root / "MNIST" / "raw"
            raw.mkdir(parents=True, exist_ok=True)
            for name in MNIST_FILES:
                os.replace(fresh / name, raw / name)
    except (OSError, RuntimeError) as error:
        raise DataUnavailable(
            f"MNIST is not in {root} and could not be fetched ({error}). Put the four files "
            f"{', '.join(MNIST_FILES)} (or their .gz) into {root / 'MNIST' / 'raw'}, "
            "or set MNIST_DEMO_DATA to the folder that holds MNIST/raw."
        ) from error


@contextlib.contextmanager
def _network_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_FETCH_TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def load_uci_digits() -> tuple[Digits, Digits]:
    """The 1,797 digits of 8×8 pixels that scikit-learn ships, scaled into 28×28; 1,500 for training.

    Source: Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI 1998 (its test set, whose
    writers are mixed by the split here). The ink fills 20×20 as MNIST's does. Needs no download.
    """
    from sklearn.datasets import load_digits

    bundle = load_digits()
    small = torch.from_numpy(bundle.images).float().unsqueeze(1) * (255.0 / 16.0)
    scaled = functional.interpolate(small, size=(20, 20), mode="bicubic", align_corners=False)
    images = functional.pad(scaled, (4, 4, 4, 4)).clamp_(0.0, 255.0).round_().to(torch.uint8).squeeze(1)
    digits = Digits(images, torch.from_numpy(bundle.target).long())
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    return digits[order[:1500]], digits[order[1500:]]


def load_folder(folder: Path) -> tuple[Digits, Digits]:
    """MNIST as pictures: `training/0` … `training/9` and `testing/0` … `testing/9`, 28×28 each.

    Raises DataUnavailable for a folder of another form.
    """
    return _read_pictures(folder / "training"), _read_pictures(folder / "testing")


def _read_pictures(folder: Path) -> Digits:
    from torchvision.datasets import ImageFolder
    from torchvision.transforms.functional import pil_to_tensor

    try:
        pictures = ImageFolder(folder)
    except (OSError, ValueError) as error:
        raise DataUnavailable(f"{folder} can't be read as folders of pictures: {error}") from error
    if pictures.classes != [str(label) for label in range(CLASSES)]:
        raise DataUnavailable(f"{folder} has to hold the folders 0 to 9; it holds {pictures.classes}.")
    images = torch.empty(len(pictures), SIDE, SIDE, dtype=torch.uint8)
    for index, (path, _) in enumerate(pictures.samples):
        try:
            image = pil_to_tensor(pictures.loader(path).convert("L"))
        except OSError as error:
            raise DataUnavailable(f"{path} is not a picture that can be read: {error}") from error
        if image.shape != (1, SIDE, SIDE):
            raise DataUnavailable(f"{path} is {image.shape[2]}×{image.shape[1]} and not {SIDE}×{SIDE}.")
        images[index] = image[0]
    return Digits(images, torch.tensor(pictures.targets))


@dataclass(frozen=True)
class Dataset:
    """An entry of the registry: what people call it, its sizes and how it is loaded."""

    title: str
    training_images: int
    load: Callable[[], tuple[Digits, Digits]]


DATASETS: Mapping[str, Dataset] = MappingProxyType(
    {
        "mnist": Dataset("MNIST", 60_000, load_mnist),
        "uci-digits": Dataset("UCI digits", 1_500, load_uci_digits),
    }
)


def load(dataset: str, validation_size: int, seed: int) -> Data:
    """A data set of the registry, split as `split` does. Raises DataUnavailable and ValueError."""
    if dataset not in DATASETS:
        raise ValueError(f"There is no data set {dataset!r}. Known data sets: {', '.join(DATASETS)}.")
    return split(*DATASETS[dataset].load(), validation_size, seed)


def split(train: Digits, test: Digits, validation_size: int, seed: int) -> Data:
    """Holds `validation_size` images, chosen by `seed`, out of the training images.

    With 0 the run is validated on the test images, as some write-ups do. Raises ValueError for a split that
    leaves nothing to train on.
    """
    if not 0 <= validation_size < len(train):
        raise ValueError(f"{validation_size} of {len(train)} training images can't be held out.")
    if validation_size == 0:
        return Data(train, test, test)
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed))
    return Data(train[order[validation_size:]], train[order[:validation_size]], test)


def shuffled(digits: Digits, size: int, generator: torch.Generator) -> Iterator[Digits]:
    """All digits once, in a random order, `size` at a time; the last ones may be fewer."""
    order = torch.randperm(len(digits), generator=generator).to(digits.labels.device)
    for chosen in order.split(size):
        yield digits[chosen]
