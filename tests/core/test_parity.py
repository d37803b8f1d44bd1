"""What the page computes by itself is what the server computes: here in node."""

import json
import subprocess
from pathlib import Path

import numpy as np
import pytest

from mnist_demo.data import datasets
from mnist_demo.models.classifier import Classifier
from tests import parity, webassembly
from tests.js.node import find

SCRIPT = Path(__file__).parents[1] / "js" / "parity-node.js"


@pytest.fixture(scope="module")
def classifier():
    return Classifier.load()


def answered(vectors, folder):
    node = find()
    assert node, "Node is not here: `make node` gets it."
    (folder / "vectors").write_text(json.dumps(vectors), encoding="utf-8")
    subprocess.run([node, SCRIPT, folder / "vectors", folder / "answers"], check=True, timeout=600)
    return json.loads((folder / "answers").read_text(encoding="utf-8"))


NONE = np.zeros((0, 28, 28), np.uint8)


def test_the_webassembly_is_assembled_from_its_source():
    assert webassembly.SOURCE.with_suffix(".wasm").read_bytes() == webassembly.assembled()


def test_hostile_ink_is_read_in_the_page_as_on_the_server(classifier, tmp_path):
    vectors = parity.make(classifier, parity.hostile(), NONE)
    parity.compare(classifier, vectors, answered(vectors, tmp_path))


@pytest.mark.pendigits
def test_the_six_writers_are_read_in_the_page_as_on_the_server(classifier, tmp_path):
    vectors = parity.make(classifier, parity.writers(), NONE)
    assert len(vectors["drawings"]) == 1_499
    parity.compare(classifier, vectors, answered(vectors, tmp_path))


@pytest.mark.mnist
def test_the_test_images_are_read_in_the_page_as_on_the_server(classifier, tmp_path):
    images = datasets.load_test("mnist").images.numpy().reshape(-1, 28, 28)
    vectors = parity.make(classifier, [], images)
    parity.compare(classifier, vectors, answered(vectors, tmp_path))
