"""MNIST (LeCun, Cortes, Burges): where its files lie, how they are fetched and checked.

Knows files and servers; refuses to know how the images are split and used.
"""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from types import MappingProxyType

from torch import Tensor

from mnist_demo.storage import DataUnavailable, directory, network_timeout, not_fetched

#: MD5 of MNIST's files as published, unpacked.
FILES = MappingProxyType(
    {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
)


def is_here() -> bool:
    """Whether MNIST's files are on disk, whatever is in them."""
    return all((directory() / "MNIST" / "raw" / name).is_file() for name in FILES)


def mirrors() -> list[str]:
    """Where MNIST can be fetched from: the address of one of its files on each server."""
    from torchvision.datasets import MNIST

    return [mirror + MNIST.resources[0][0] for mirror in MNIST.mirrors]


def load() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The 60,000 training and the 10,000 test images, uint8 [N, 28, 28], with their labels int64 [N].

    MNIST is fetched when missing. Raises DataUnavailable where it can't be fetched or a file isn't as
    published.
    """
    from torchvision.datasets import MNIST

    raw = directory() / "MNIST" / "raw"
    if not is_here():
        _fetch(directory())
    for name, digest in FILES.items():
        if hashlib.md5((raw / name).read_bytes(), usedforsecurity=False).hexdigest() != digest:
            raise DataUnavailable(
                f"{raw / name} is not MNIST's file as published (its MD5 is not {digest}). "
                "Delete it and it will be fetched again."
            )
    train, test = (MNIST(directory(), train=train) for train in (True, False))
    return (train.data, train.targets), (test.data, test.targets)


def _fetch(root: Path) -> None:
    """Downloads into a folder beside the final one and moves it there whole."""
    from torchvision.datasets import MNIST

    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".mnist-", dir=root) as partial, network_timeout():
            fresh = Path(partial, "MNIST", "raw")
            fresh.mkdir(parents=True)
            for packed in (root / "MNIST" / "raw").glob("*.gz"):
                shutil.copy(packed, fresh)
            MNIST(partial, download=True)
            raw = root / "MNIST" / "raw"
            raw.mkdir(parents=True, exist_ok=True)
            for name in FILES:
                os.replace(fresh / name, raw / name)
    except (OSError, RuntimeError) as error:
        remedy = (
            f"Put the four files {', '.join(FILES)} (or their .gz) into {root / 'MNIST' / 'raw'}, "
            "or set MNIST_DEMO_DATA to the folder that holds MNIST/raw."
        )
        raise not_fetched("MNIST", error, remedy) from error
