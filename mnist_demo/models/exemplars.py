"""Exemplars: a thousand training digits that stand for all the others, to be shown beside a drawing.

For each digit as many, chosen so that they cover the ways in which it was written. Two drawings are alike
where the model's last layer is given much the same: the angle between the two vectors is small. "Typical" are
those at the centers of the largest groups, "nearest" those whose vector points closest to a drawing's.

A file CHECKPOINT.exemplars lies beside the checkpoint that it belongs to. It is in the format of safetensors,
so that a page reads it in a few lines: `vectors` int8 [N, D], each of length 127; `labels` uint8 [N], the
digits in order and the most typical of each first; `sources` uint8 [N], into the list of its metadata;
`picture`, the bytes of a PNG of all digits, `COLUMNS` a row, whose alpha is the ink.

Knows digits, modules and files; refuses to know pages.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn

from mnist_demo.data.datasets import LabeledDigits
from mnist_demo.digits import CLASSES, SIDE
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.evaluation import logits_of

#: The checkpoint whose last layer says what is alike.
MODEL = "cnn"

#: Digits in a row of the picture.
COLUMNS = 40

#: Of each digit: how many are exemplars, and how many of them are typical.
EACH, TYPICAL = 100, 12

#: A vector's length, in the steps of int8.
_LENGTH = 127

#: Shades of ink in the picture; more cost bytes and can't be told apart.
_SHADES = 16

#: Of its own label: what the model reads with less is left out.
_LEAST_PROBABILITY = 0.9

_SEED = 0
_TENSORS = {"vectors": np.int8, "labels": np.uint8, "sources": np.uint8, "picture": np.uint8}


class ExemplarsError(Exception):
    """A file of exemplars that can't be used; the message names it and says why."""


def place_of(path: Path) -> Path:
    """Return where the exemplars of the checkpoint at `path` (its .safetensors or .json) are."""
    return path.with_suffix(".exemplars")


def read(place: Path, card: Card) -> bytes:
    """Return the bytes of a file of exemplars, after a look at what is in it. card: the checkpoint's.

    Raises ExemplarsError where the file is missing, damaged or of other weights than the card's.
    """
    try:
        packed = place.read_bytes()
        tensors = safetensors.numpy.load(packed)
        metadata = _metadata(packed)
    except FileNotFoundError as error:
        raise ExemplarsError(f"{place.name} is missing.") from error
    except (OSError, ValueError, KeyError, safetensors.SafetensorError) as error:
        raise ExemplarsError(f"{place.name} is damaged: {error}.") from error
    if {name: tensor.dtype for name, tensor in tensors.items()} != _TENSORS:
        raise ExemplarsError(f"{place.name} is damaged: it has {', '.join(sorted(tensors)) or 'nothing'}.")
    count = len(tensors["labels"])
    if tensors["vectors"].ndim != 2 or {len(tensors["vectors"]), len(tensors["sources"])} != {count}:
        raise ExemplarsError(f"{place.name} is damaged: its parts differ in length.")
    if metadata.get("weights") != card.weights_sha256:
        raise ExemplarsError(f"{place.name} was made for other weights.")
    return packed


def _metadata(packed: bytes) -> dict[str, str]:
    length = int.from_bytes(packed[:8], "little")
    metadata: dict[str, str] = json.loads(packed[8 : 8 + length])["__metadata__"]
    return metadata


def choose(checkpoint: Checkpoint, sets: Mapping[str, LabeledDigits], each: int = EACH) -> bytes:
    """Choose the exemplars among training digits and return them as the bytes of a file.

    sets: training digits by the name of their source; every source gives about as many exemplars. Digits that
    the model misreads or doubts are left out: many have a wrong label. Raises ValueError where a source has
    too few of a digit.
    """
    known = [_known(checkpoint, digits) for digits in sets.values()]
    images = np.concatenate([digits.images.numpy() for digits, _ in known])
    labels = np.concatenate([digits.labels.numpy() for digits, _ in known])
    vectors = np.concatenate([mine for _, mine in known])
    sources = np.repeat(np.arange(len(known)), [len(mine) for _, mine in known])
    chosen: list[int] = []
    for label in range(CLASSES):
        these = np.flatnonzero(labels == label)
        typical = [int(these[index]) for index in _centers(vectors[these], min(TYPICAL, each))]
        covering: list[int] = []
        for source in range(len(sets)):
            mine = these[sources[these] == source]
            centers = _centers(vectors[mine], (each - len(typical)) // len(sets))
            covering += [int(mine[index]) for index in centers]
        chosen += dict.fromkeys([*typical, *covering])
    return safetensors.numpy.save(
        {
            "vectors": np.round(_LENGTH * vectors[chosen]).astype(np.int8),
            "labels": labels[chosen].astype(np.uint8),
            "sources": sources[chosen].astype(np.uint8),
            "picture": np.frombuffer(_picture(images[chosen]), np.uint8),
        },
        {
            "weights": checkpoint.card.weights_sha256,
            "columns": str(COLUMNS),
            "sources": json.dumps(list(sets)),
        },
    )


def _known(checkpoint: Checkpoint, digits: LabeledDigits) -> tuple[LabeledDigits, NDArray[np.float32]]:
    """The digits that the model reads surely, and what its last layer is given of each, of length 1."""
    given: list[Tensor] = []
    last = [layer for layer in checkpoint.module.modules() if isinstance(layer, nn.Linear)][-1]
    hook = last.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0].float()))
    try:
        logits = logits_of(checkpoint.module, digits, checkpoint.card.recipe.normalization)
    finally:
        hook.remove()
    probabilities = (logits / checkpoint.card.temperature).softmax(1)
    sure = probabilities.gather(1, digits.labels.unsqueeze(1)).squeeze(1) >= _LEAST_PROBABILITY
    vectors = nn.functional.normalize(torch.cat(given)[sure]).numpy()
    return digits[sure.nonzero().squeeze(1)], vectors


def _centers(vectors: NDArray[np.float32], count: int) -> list[int]:
    """The indices of the vectors nearest to the centers of `count` groups, the largest group's first."""
    # only here: nothing but choosing needs it, and it takes a second to load
    from sklearn.cluster import KMeans

    if len(vectors) < count:
        raise ValueError(f"There are {len(vectors)} digits to choose {count} from.")
    groups = KMeans(count, n_init=1, random_state=_SEED).fit(vectors)
    sizes = np.bincount(groups.labels_, minlength=count)
    distances = groups.transform(vectors)
    return [
        int(np.where(groups.labels_ == group, distances[:, group], np.inf).argmin())
        for group in np.argsort(-sizes, kind="stable")
    ]


def _picture(digits: NDArray[np.uint8]) -> bytes:
    """A PNG of digits [N, 28, 28], `COLUMNS` a row: black, with the ink as its alpha."""
    count = -(-len(digits) // COLUMNS)
    whole = np.zeros((count * SIDE, COLUMNS * SIDE), np.uint8)
    for index, digit in enumerate(digits):
        top, left = SIDE * (index // COLUMNS), SIDE * (index % COLUMNS)
        whole[top : top + SIDE, left : left + SIDE] = np.round(digit / 255 * (_SHADES - 1))
    picture = Image.fromarray(whole, "P")
    picture.putpalette([0, 0, 0] * _SHADES)
    file = BytesIO()
    alpha = bytes(round(255 * shade / (_SHADES - 1)) for shade in range(_SHADES))
    picture.save(file, "PNG", bits=4, transparency=alpha, optimize=True)
    return file.getvalue()
