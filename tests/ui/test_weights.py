"""Weights are served whole, for good, at addresses that name their contents; nothing else is."""

import base64
import hashlib
from dataclasses import replace

import httpx

from mnist_demo.models.classifier import Classifier
from mnist_demo.models.program import unpack
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.weights import Weights
from mnist_demo.ui.services import Services


def test_every_model_is_served_smallest_first_and_can_be_checked(app, services):
    assert {source.name for source in services.weights.sources} == set(services.classifier.cards)
    sizes = []
    for source in services.weights.sources:
        answer = httpx.get(app.local_url + source.address)
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-type"] == "application/octet-stream"
        digest = hashlib.sha256(answer.content).digest()
        assert source.integrity == "sha256-" + base64.b64encode(digest).decode()
        unpack(answer.content)
        sizes.append(len(answer.content))
    assert sizes == sorted(sizes)


def test_another_address_is_not_found(app, services):
    address = app.local_url + services.weights.sources[0].address
    for other in (address.replace(".bin", ".bim"), address.rsplit("/", 1)[0] + "/..%2f..%2fapp.py"):
        assert httpx.get(other).status_code == 404


def test_other_contents_have_another_address():
    (one,), (other,) = (Weights({"cnn": content}).sources for content in (b"one", b"other"))
    assert one.address != other.address


def test_with_answers_on_the_server_no_weights_are_served(fresh_checkpoints):
    services = Services.of(Classifier.load(fresh_checkpoints), replace(Limits(), answers="server"))
    assert not services.weights.sources
    assert not services.weights.files
