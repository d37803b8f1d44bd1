"""MNIST (LeCun, Cortes, Burges): where its files lie, and how they are fetched and checked.

Knows files and servers; refuses to know how the images are split and used.
"""

import shutil
from types import MappingProxyType

from torch import Tensor

from mnist_demo.data.download import Download, content_as_published, directory, fetching

#: Where the files lie in the folder of all data sets.
FOLDER = "MNIST/raw"
#: The MD5 of each file as published, unpacked.
FILES = MappingProxyType(
    {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    }
)


def _mirrors() -> list[str]:
    """Return the address of one of MNIST's files on each server."""
    from torchvision.datasets import MNIST

    return [mirror + MNIST.resources[0][0] for mirror in MNIST.mirrors]


DOWNLOAD = Download(FOLDER, FILES, _mirrors)


def load() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """The 60,000 training images and the 10,000 test images, uint8 [N, 28, 28], with their labels int64 [N].

    Missing files are fetched. Raises DataUnavailable where they can't be or a file isn't as published.
    """
    from torchvision.datasets import MNIST

    if not DOWNLOAD.is_here():
        _fetch()
    for name, digest in FILES.items():
        content_as_published(directory() / FOLDER / name, "MNIST", "md5", digest)
    train, test = (MNIST(directory(), train=train) for train in (True, False))
    return (train.data, train.targets), (test.data, test.targets)


def _fetch() -> None:
    from torchvision.datasets import MNIST

    what = f"the four files {', '.join(FILES)} (or their .gz)"
    with fetching("MNIST", FOLDER, FILES, what) as root:
        for packed in (directory() / FOLDER).glob("*.gz"):
            shutil.copy(packed, root / FOLDER)
        MNIST(root, download=True)
