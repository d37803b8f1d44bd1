"""MNIST as people keep it as pictures: a folder with a subfolder for each digit.

Knows files and folders; refuses to know what becomes of the digits.
"""

from pathlib import Path

import torch

from mnist_demo.data.datasets import Corpus, LabeledDigits
from mnist_demo.data.download import DataUnavailable
from mnist_demo.digits import CLASSES, SIDE


def load(folder: Path) -> Corpus:
    """MNIST as pictures of 28×28 in folders: `training/0` … `training/9` and `testing/0` … `testing/9`.

    Raises DataUnavailable for a folder that isn't laid out so.
    """
    return Corpus(_read_pictures(folder / "training"), _read_pictures(folder / "testing"))


def _read_pictures(folder: Path) -> LabeledDigits:
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
    return LabeledDigits(images, torch.tensor(pictures.targets))
