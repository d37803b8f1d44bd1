"""Data sets as tensors that are held whole in memory, their seeded splits and their batches.

Knows what each is made of; refuses to know where files come from and what is done with the digits.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from mnist_demo.data import mnist, pendigits, rendering, unipen
from mnist_demo.data.download import DataUnavailable
from mnist_demo.digits import CLASSES, SIDE
from mnist_demo.recipes import Recipe

_SPLIT_SEED = 0


@dataclass(frozen=True)
class LabeledDigits:
    """Labelled digits: `images` uint8 [N, 28, 28] with ink bright, `labels` int64 [N]."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor | slice) -> "LabeledDigits":
        if isinstance(index, slice):
            return LabeledDigits(self.images[index], self.labels[index])
        # five times as quick as images[index]
        return LabeledDigits(self.images.index_select(0, index), self.labels.index_select(0, index))

    def to(self, device: torch.device) -> "LabeledDigits":
        """The same digits in that device's memory."""
        return LabeledDigits(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Corpus:
    """A data set as it is loaded, before validation images are held out of it."""

    train: LabeledDigits
    test: LabeledDigits
    pen: LabeledDigits | None = None  # trained on as well; nothing is held out of them
    drawn: LabeledDigits | None = None  # by writers who are in none of the others
    outliers: Tensor | None = None  # uint8 [N, 28, 28], trained on as what is no digit


@dataclass(frozen=True)
class Splits:
    """What a run is trained on, validated on while it runs, and scored on once at its end."""

    train: LabeledDigits
    validation: LabeledDigits
    test: LabeledDigits
    drawn: LabeledDigits | None = None  # by writers who are never trained on
    outliers: Tensor | None = None  # uint8 [N, 28, 28]: what is no digit, to be trained on as such

    def to(self, device: torch.device) -> "Splits":
        """The same data in that device's memory."""
        return Splits(
            self.train.to(device),
            self.validation.to(device),
            self.test.to(device),
            None if self.drawn is None else self.drawn.to(device),
            None if self.outliers is None else self.outliers.to(device),
        )


def load_mnist() -> Corpus:
    """MNIST's 60,000 training and 10,000 test images, fetched when missing. Raises DataUnavailable."""
    train, test = mnist.load()
    return Corpus(LabeledDigits(*train), LabeledDigits(*test))


def load_mnist_pen() -> Corpus:
    """MNIST, and PenDigits' strokes as the pad draws them: 24 writers to train on, six apart as `drawn`.

    Raises DataUnavailable.
    """
    whole, rendered = load_mnist(), rendering.load()
    pen, drawn = (LabeledDigits(*map(torch.from_numpy, some)) for some in (rendered.train, rendered.drawn))
    return Corpus(whole.train, whole.test, pen, drawn, torch.from_numpy(rendered.outliers))


def load_uci_digits() -> Corpus:
    """The 1,797 digits of 8×8 pixels that scikit-learn ships, scaled into 28×28; 1,500 for training.

    Source: Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI 1998 (its test set, whose
    writers are mixed by the split here). The ink fills 20×20 as MNIST's does. Needs no download.
    """
    from sklearn.datasets import load_digits

    bundle = load_digits()
    small = torch.from_numpy(bundle.images).float().unsqueeze(1) * (255.0 / 16.0)
    scaled = functional.interpolate(small, size=(20, 20), mode="bicubic", align_corners=False)
    images = functional.pad(scaled, (4, 4, 4, 4)).clamp_(0.0, 255.0).round_().to(torch.uint8).squeeze(1)
    digits = LabeledDigits(images, torch.from_numpy(bundle.target).long())
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    return Corpus(digits[order[:1500]], digits[order[1500:]])


def load_folder(folder: Path) -> Corpus:
    """MNIST as pictures: `training/0` … `training/9` and `testing/0` … `testing/9`, 28×28 each.

    Raises DataUnavailable for a folder of another form.
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


@dataclass(frozen=True)
class Download:
    """Files that a data set is made of, and that are fetched when missing."""

    is_here: Callable[[], bool]
    mirrors: Callable[[], list[str]]  # addresses, any of which is enough


DOWNLOADS: Mapping[str, Download] = MappingProxyType(
    {
        "mnist": Download(mnist.is_here, mnist.mirrors),
        "pendigits": Download(pendigits.is_here, pendigits.mirrors),
        "unipen": Download(unipen.is_here, unipen.mirrors),
    }
)


@dataclass(frozen=True)
class DatasetInfo:
    """An entry of the registry: what people call it, its sizes and how it is loaded."""

    title: str
    training_images: int  # of which some are held out for validation
    load: Callable[[], Corpus]
    downloads: tuple[str, ...] = ()  # keys of DOWNLOADS; none where nothing has to be fetched
    pen_images: int = 0  # trained on as well, and never held out
    tested_as: str = ""  # the name of another data set whose test images these are


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "mnist": DatasetInfo("MNIST", 60_000, load_mnist, ("mnist",)),
        "mnist-pen": DatasetInfo(
            "MNIST + pen", 60_000, load_mnist_pen, ("mnist", "pendigits"), rendering.TRAINING, "mnist"
        ),
        "uci-digits": DatasetInfo("UCI digits", 1_500, load_uci_digits),
    }
)


def load_for(recipe: Recipe) -> Splits:
    """The recipe's data set, split as `split` does. Raises DataUnavailable and ValueError."""
    return split(_entry(recipe.dataset).load(), recipe)


def load_test(dataset: str) -> LabeledDigits:
    """The test images of a data set of the registry, without what only training takes.

    Raises DataUnavailable and ValueError.
    """
    entry = _entry(dataset)
    return _entry(entry.tested_as or dataset).load().test


def _entry(dataset: str) -> DatasetInfo:
    if dataset not in DATASETS:
        raise ValueError(f"There is no data set {dataset!r}. Known data sets: {', '.join(DATASETS)}.")
    return DATASETS[dataset]


def split(whole: Corpus, recipe: Recipe) -> Splits:
    """Holds `recipe.validation_size` of the training images out.

    They are the same for every seed: a student is not validated on what its teacher was trained on. With 0
    the run is validated on the test images, as some write-ups do. Pen drawings are added to what is left, the
    first `recipe.pen_share` of them, so that data sets with the same training images are validated on the
    same ones. Raises ValueError for a split that leaves nothing of the training images.
    """
    train, test, held_out = whole.train, whole.test, recipe.validation_size
    if not 0 <= held_out < len(train):
        raise ValueError(f"{held_out} of {len(train)} training images can't be held out.")
    validation = test
    if held_out:
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(_SPLIT_SEED))
        train, validation = train[order[held_out:]], train[order[:held_out]]
    if whole.pen:
        pen = whole.pen[: round(recipe.pen_share * len(whole.pen))]
        train = LabeledDigits(torch.cat([train.images, pen.images]), torch.cat([train.labels, pen.labels]))
    return Splits(train, validation, test, whole.drawn, whole.outliers)


def shuffled(digits: LabeledDigits, size: int, generator: torch.Generator) -> Iterator[LabeledDigits]:
    """All digits once, in a random order, `size` at a time; the last ones may be fewer."""
    order = torch.randperm(len(digits), generator=generator).to(digits.labels.device)
    for chosen in order.split(size):
        yield digits[chosen]
