"""Data sets as tensors held whole in memory, their splits and their batches.

Knows what each data set is made of; refuses to know where files come from, and recipes.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import Tensor
from torch.nn import functional

from mnist_demo.data import mnist, pendigits, render_cache, rendering, unipen, unipen_writers
from mnist_demo.data.download import Download
from mnist_demo.data.drawing import split_by_writer
from mnist_demo.data.rendering import Renderings

#: How often each training drawing is rendered: of PenDigits alone, and of PenDigits and UNIPEN together.
TIMES_ALONE, TIMES_TOGETHER = 4, 2

_SPLIT_SEED = 0
_PENDIGITS_TRAINING = pendigits.DRAWINGS - pendigits.DEVELOPMENT_DRAWINGS
_UNIPEN_TRAINING = unipen.DRAWINGS - unipen.DEVELOPMENT_DRAWINGS


@dataclass(frozen=True)
class LabeledDigits:
    """Labeled digits: `images` uint8 [N, 28, 28] with ink bright, `labels` int64 [N]."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor | slice) -> "LabeledDigits":
        if isinstance(index, slice):
            return LabeledDigits(self.images[index], self.labels[index])
        # five times as fast as images[index]
        return LabeledDigits(self.images.index_select(0, index), self.labels.index_select(0, index))

    def to(self, device: torch.device) -> "LabeledDigits":
        """The same digits in that device's memory."""
        return LabeledDigits(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Corpus:
    """A data set as it is loaded, before validation images are held out of it."""

    train: LabeledDigits
    test: LabeledDigits
    validation: LabeledDigits | None = None  # kept apart already, so none has to be held out
    pen: LabeledDigits | None = None  # rendered pen drawings: all are training digits, none is held out
    drawn: LabeledDigits | None = None  # by the development writers, who drew none of the others
    outliers: Tensor | None = None  # uint8 [N, 28, 28], to train on as drawings that aren't digits


@dataclass(frozen=True)
class Splits:
    """What a run trains on, is validated on after each epoch, and is scored on once at its end."""

    train: LabeledDigits
    validation: LabeledDigits
    test: LabeledDigits
    drawn: LabeledDigits | None = None  # by the development writers, who are never trained on
    outliers: Tensor | None = None  # uint8 [N, 28, 28], to train on as drawings that aren't digits

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
    """MNIST, and PenDigits as the pad draws it: 24 writers to train on, six development writers.

    Raises DataUnavailable.
    """

    def render() -> Renderings:
        training, development = split_by_writer(pendigits.load(), pendigits.DEVELOPMENT_WRITERS)
        return rendering.render(training, development, TIMES_ALONE)

    return _with_pen(load_mnist(), render_cache.load("pendigits", "", render))


def load_mnist_pen_unipen() -> Corpus:
    """MNIST, and PenDigits and UNIPEN as the pad draws them, with the styles that both lack.

    The development drawings are those of PenDigits' six writers, the same digits as in `load_mnist_pen`, and
    then those of UNIPEN's twenty. Raises DataUnavailable.
    """

    def render() -> Renderings:
        of_pendigits, six = split_by_writer(pendigits.load(), pendigits.DEVELOPMENT_WRITERS)
        of_unipen, twenty = split_by_writer(unipen.load(), unipen_writers.DEVELOPMENT_WRITERS)
        return rendering.render(of_pendigits + of_unipen, six + twenty, TIMES_TOGETHER, with_styles=True)

    unipen.fetch_if_missing()
    return _with_pen(load_mnist(), render_cache.load("pendigits-unipen", unipen.archive_digest(), render))


def _with_pen(whole: Corpus, rendered: Renderings) -> Corpus:
    pen, drawn = (
        LabeledDigits(*map(torch.from_numpy, some)) for some in (rendered.train, rendered.development)
    )
    return Corpus(whole.train, whole.test, pen=pen, drawn=drawn, outliers=torch.from_numpy(rendered.outliers))


def load_uci_digits() -> Corpus:
    """The 1,797 digits of 8×8 pixels that scikit-learn ships, scaled into 28×28; 1,500 for training.

    Source: Alpaydin and Kaynak, *Optical Recognition of Handwritten Digits*, UCI 1998 (its test set, whose
    writers are mixed by the split here). The ink fills 20×20 as MNIST's does. Nothing has to be downloaded.
    """
    from sklearn.datasets import load_digits

    bundle = load_digits()
    small = torch.from_numpy(bundle.images).float().unsqueeze(1) * (255.0 / 16.0)
    scaled = functional.interpolate(small, size=(20, 20), mode="bicubic", align_corners=False)
    images = functional.pad(scaled, (4, 4, 4, 4)).clamp_(0.0, 255.0).round_().to(torch.uint8).squeeze(1)
    digits = LabeledDigits(images, torch.from_numpy(bundle.target).long())
    order = torch.randperm(len(digits), generator=torch.Generator().manual_seed(0))
    return Corpus(digits[order[:1500]], digits[order[1500:]])


DOWNLOADS: Mapping[str, Download] = MappingProxyType(
    {
        "mnist": mnist.DOWNLOAD,
        "pendigits": pendigits.DOWNLOAD,
        "unipen": unipen.DOWNLOAD,
    }
)


@dataclass(frozen=True)
class DatasetInfo:
    """An entry of the registry: what people call a data set, its sizes and how it is loaded."""

    title: str
    training_images: int  # of which some are held out for validation
    load: Callable[[], Corpus]
    downloads: tuple[str, ...] = ()  # keys of DOWNLOADS
    pen_images: int = 0  # rendered training digits, none of which is held out
    tested_as: str = ""  # the data set whose test images these are, where it isn't this one


DATASETS: Mapping[str, DatasetInfo] = MappingProxyType(
    {
        "mnist": DatasetInfo("MNIST", 60_000, load_mnist, ("mnist",)),
        "mnist-pen": DatasetInfo(
            "MNIST + pen",
            60_000,
            load_mnist_pen,
            ("mnist", "pendigits"),
            TIMES_ALONE * _PENDIGITS_TRAINING,
            "mnist",
        ),
        "mnist-pen-unipen": DatasetInfo(
            "MNIST + pen + UNIPEN",
            60_000,
            load_mnist_pen_unipen,
            ("mnist", "pendigits", "unipen"),
            TIMES_TOGETHER * (_PENDIGITS_TRAINING + _UNIPEN_TRAINING),
            "mnist",
        ),
        "uci-digits": DatasetInfo("UCI digits", 1_500, load_uci_digits),
    }
)


def load_splits(dataset: str, validation_size: int, pen_share: float = 1.0) -> Splits:
    """A data set of the registry, split as `split` does. Raises DataUnavailable and ValueError."""
    return split(_entry(dataset).load(), validation_size, pen_share)


def load_test(dataset: str) -> LabeledDigits:
    """The test images of a data set of the registry; needs none of the files that only training needs.

    Raises DataUnavailable and ValueError.
    """
    entry = _entry(dataset)
    return _entry(entry.tested_as or dataset).load().test


def _entry(dataset: str) -> DatasetInfo:
    if dataset not in DATASETS:
        raise ValueError(f"There is no data set {dataset!r}. Known data sets: {', '.join(DATASETS)}.")
    return DATASETS[dataset]


def split(whole: Corpus, validation_size: int, pen_share: float = 1.0) -> Splits:
    """Hold so many training images out for validation, and add a share of the pen drawings to the rest.

    The same images are held out whatever a run's seed is, so that no student is validated on what its teacher
    was trained on, and whatever pen drawings there are, of which the first `pen_share` are added. With 0 the
    run is validated on the corpus's validation images; if it has none, on the test images, as some write-ups
    do. Raises ValueError where no training image would be left.
    """
    train, test = whole.train, whole.test
    if not 0 <= validation_size < len(train):
        raise ValueError(f"{validation_size} of {len(train)} training images can't be held out.")
    validation = whole.validation or test
    if validation_size:
        order = torch.randperm(len(train), generator=torch.Generator().manual_seed(_SPLIT_SEED))
        train, validation = train[order[validation_size:]], train[order[:validation_size]]
    if whole.pen:
        pen = whole.pen[: round(pen_share * len(whole.pen))]
        train = LabeledDigits(torch.cat([train.images, pen.images]), torch.cat([train.labels, pen.labels]))
    return Splits(train, validation, test, whole.drawn, whole.outliers)


def shuffled(digits: LabeledDigits, size: int, generator: torch.Generator) -> Iterator[LabeledDigits]:
    """All digits once, in random order, `size` at a time; the last batch may be smaller."""
    order = torch.randperm(len(digits), generator=generator).to(digits.labels.device)
    for chosen in order.split(size):
        yield digits[chosen]
