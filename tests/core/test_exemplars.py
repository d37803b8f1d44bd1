"""Exemplars stand for the training digits; a file that is missing, damaged or of other weights is refused."""

import io
import json

import numpy as np
import pytest
import safetensors.numpy
import torch
from PIL import Image

from mnist_demo.data.datasets import LabeledDigits, load_uci_digits
from mnist_demo.models import checkpoints, exemplars
from mnist_demo.models.exemplars import COLUMNS, ExemplarsError
from tests.conftest import fresh_card

SHIPPED = checkpoints.DIRECTORY / f"{exemplars.MODEL}.json"


@pytest.fixture(scope="module")
def chosen():
    """Twenty of each of the bundled digits by the shipped CNN, from two sources."""
    checkpoint = checkpoints.load(SHIPPED)
    digits = load_uci_digits().train
    halves = {"one": digits[: len(digits) // 2], "other": digits[len(digits) // 2 :]}
    packed = exemplars.choose(checkpoint, halves, each=20)
    return checkpoint, digits, safetensors.numpy.load(packed), packed


def pixels(tensors):
    """The digits of the picture, uint8 [N, 28, 28]."""
    with Image.open(io.BytesIO(tensors["picture"].tobytes())) as picture:
        alpha = np.asarray(picture.convert("RGBA"))[..., 3]
    rows = alpha.reshape(alpha.shape[0] // 28, 28, COLUMNS, 28).transpose(0, 2, 1, 3).reshape(-1, 28, 28)
    return rows[: len(tensors["labels"])]


def test_each_digit_has_its_exemplars_from_each_source(chosen):
    _, _, tensors, _ = chosen
    labels, sources = tensors["labels"], tensors["sources"]
    assert (np.diff(labels.astype(int)) >= 0).all()
    assert all(12 <= count <= 20 for count in np.bincount(labels, minlength=10))
    assert all(len(set(sources[labels == label])) == 2 for label in range(10))


def test_they_are_training_digits_that_the_model_reads_as_labeled(chosen):
    _, digits, tensors, _ = chosen
    shades = np.round(digits.images.numpy() / 255 * 15).astype(np.uint8)
    originals = {image.tobytes(): int(label) for image, label in zip(shades, digits.labels, strict=True)}
    for image, label in zip(pixels(tensors) // 17, tensors["labels"], strict=True):
        assert originals[image.tobytes()] == label


def test_a_digit_is_nearest_to_itself(chosen):
    checkpoint, _, tensors, _ = chosen
    images = torch.from_numpy(pixels(tensors).copy())
    _, vectors = exemplars._known(
        checkpoint, LabeledDigits(images, torch.from_numpy(tensors["labels"].astype(np.int64)))
    )
    likeness = vectors @ tensors["vectors"].T.astype(np.float32)
    assert len(vectors) > 0.95 * len(images)
    nearest = tensors["labels"][likeness.argmax(1)]
    same = np.mean(np.abs(likeness.max(1) - 127) < 6)
    assert same > 0.95
    assert set(nearest) == set(range(10))


def test_too_few_digits_are_refused(chosen):
    checkpoint, digits, _, _ = chosen
    with pytest.raises(ValueError, match="There are"):
        exemplars.choose(checkpoint, {"few": digits[:30]}, each=20)


def test_what_is_shipped_is_small_and_belongs_to_the_shipped_model():
    card = checkpoints.read_card(SHIPPED)
    packed = exemplars.read(exemplars.place_of(SHIPPED), card)
    assert len(packed) <= 400_000
    tensors = safetensors.numpy.load(packed)
    assert 900 <= len(tensors["labels"]) <= 1000
    length = np.linalg.norm(tensors["vectors"].astype(np.float32), axis=1)
    np.testing.assert_allclose(length, 127, atol=3)
    header = json.loads(packed[8 : 8 + int.from_bytes(packed[:8], "little")])
    assert json.loads(header["__metadata__"]["sources"]) == ["MNIST", "PenDigits"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda packed: b"", "is damaged"),
        (lambda packed: packed[:1000], "is damaged"),
        (lambda packed: b"\xff" * 100, "is damaged"),
        (lambda packed: safetensors.numpy.save({"labels": np.zeros(3, np.uint8)}), "is damaged"),
        (
            lambda packed: safetensors.numpy.save(
                {**safetensors.numpy.load(packed), "labels": np.zeros(3, np.uint8)}, {"weights": ""}
            ),
            "its parts differ",
        ),
    ],
)
def test_a_damaged_file_is_refused(chosen, tmp_path, change, says):
    checkpoint, _, _, packed = chosen
    place = tmp_path / "cnn.exemplars"
    place.write_bytes(change(packed))
    with pytest.raises(ExemplarsError, match=says):
        exemplars.read(place, checkpoint.card)


def test_a_missing_file_and_one_of_other_weights_are_refused(chosen, tmp_path):
    checkpoint, _, _, packed = chosen
    place = tmp_path / "cnn.exemplars"
    with pytest.raises(ExemplarsError, match="is missing"):
        exemplars.read(place, checkpoint.card)
    place.write_bytes(packed)
    assert exemplars.read(place, checkpoint.card) == packed
    with pytest.raises(ExemplarsError, match="other weights"):
        exemplars.read(place, fresh_card("cnn"))
