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
        return Digits(self.images[index], self.labels[index])

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


def load_mnist() -> tuple[Digits, Digits]:
    """MNIST's 60,000 training and 10,000 test images (LeCun, Cortes, Burges), fetched when missing.

    Raises DataUnavailable where it can't be fetched or a file isn't as published.
    """
    from torchvision.datasets import MNIST

    raw = directory() / "MNIST" / "raw"
    if not all((raw / name).is_file() for name in MNIST_FILES):
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


DATASETS: Mapping[str, Callable[[], tuple[Digits, Digits]]] = MappingProxyType({"mnist": load_mnist})


def load(dataset: str, validation_size: int, seed: int) -> Data:
    """A data set with `validation_size` images held out of its training images, chosen by `seed`.

    With 0 the run is validated on the test images, as some write-ups do. Raises DataUnavailable, and
    ValueError for an unknown data set or a split that leaves nothing to train on.
    """
    if dataset not in DATASETS:
        raise ValueError(f"There is no data set {dataset!r}. Known data sets: {', '.join(DATASETS)}.")
    train, test = DATASETS[dataset]()
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
