"""Weights are served whole, for good, at addresses that name their contents; nothing else is."""

import base64
import hashlib
import re
from dataclasses import replace

import httpx
import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from mnist_demo.models import checkpoints, exemplars, modules
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.program import unpack
from mnist_demo.recipes import RECIPES
from mnist_demo.training.worker import Result
from mnist_demo.ui.pad import handlers
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.weights import Weights
from mnist_demo.ui.services import Services, weights_of
from mnist_demo.ui.sessions.runs import Run
from tests.conftest import fresh_card


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


def test_the_page_and_its_scripts_travel_compressed_and_weights_as_they_are(app, services):
    (script,) = set(re.findall(r"<(scripts/[^>]*/pad/main\.js)>", httpx.get(app.local_url).headers["link"]))
    for address in ("", script):
        answer = httpx.get(app.local_url + address)
        assert answer.headers["content-encoding"] == "gzip"
        plain = httpx.get(app.local_url + address, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        assert int(answer.headers.get("content-length", 0)) < len(plain.content) / 2
    assert "content-encoding" not in httpx.get(app.local_url + services.weights.sources[0].address).headers


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


TOKEN, STRANGER = (f"0f8fad5b-d9cb-469f-a165-70867728950{last}" for last in "ef")


def trained(folder, **limits):
    """Services with a visitor whose own model is a logistic regression, and that module."""
    services = Services.of(Classifier.load(folder), replace(Limits(), **limits))
    torch.manual_seed(5)
    module = modules.build("logistic")
    packed = checkpoints.pack(module.state_dict())
    session = services.trainer.sessions.find_or_create(TOKEN)
    run = Run(1, RECIPES["logistic"])
    run.add(Result(fresh_card("logistic"), packed, [], []))
    services.trainer.sessions.keep_model(session, run)
    (name,) = session.models.on_pad
    return services, module, {"visitor": TOKEN, "model": name}


def test_the_visitor_s_own_weights_are_sent_to_their_visitor_alone(fresh_checkpoints):
    services, module, asked = trained(fresh_checkpoints)
    sent = handlers.own_program(services, asked)
    _, program = unpack(base64.b64decode(sent["program"]))
    images = np.random.default_rng(0).random((3, 28, 28), np.float32)
    expected = module(torch.from_numpy(images).unsqueeze(1)).detach().numpy()
    np.testing.assert_allclose(program.logits(images), expected, atol=1e-5)
    wrong = [
        {**asked, **part}
        for part in ({"visitor": STRANGER}, {"visitor": "me"}, {"model": "logistic"}, {"model": []})
    ]
    for payload in (*wrong, {}, None, [], "x"):
        assert handlers.own_program(services, payload) == {}


def test_own_weights_stay_on_the_server_where_they_are_too_large_or_answers_are(
    fresh_checkpoints, monkeypatch
):
    services, _, asked = trained(fresh_checkpoints, answers="server")
    assert handlers.own_program(services, asked) == {}
    services, _, asked = trained(fresh_checkpoints)
    monkeypatch.setattr(handlers, "MAX_PROGRAM_BYTES", 1_000)
    assert handlers.own_program(services, asked) == {}


def test_exemplars_are_served_with_the_weights_that_they_belong_to():
    weights = weights_of(Classifier.load())
    answer = TestClient(Starlette(routes=[weights.route()])).get("/" + weights.exemplars.address)
    assert answer.content == exemplars.place_of(checkpoints.DIRECTORY / exemplars.MODEL).read_bytes()
    digest = hashlib.sha256(answer.content).digest()
    assert weights.exemplars.integrity == "sha256-" + base64.b64encode(digest).decode()


@pytest.mark.parametrize(("content", "says"), [(None, "is missing"), (b"damaged", "is damaged")])
def test_without_exemplars_the_rest_is_served_and_the_log_says_why(
    monkeypatch, tmp_path, caplog, content, says
):
    place = tmp_path / "cnn.exemplars"
    if content:
        place.write_bytes(content)
    monkeypatch.setattr(exemplars, "place_of", lambda _: place)
    weights = weights_of(Classifier.load())
    assert weights.exemplars is None
    assert len(weights.sources) == 4
    (message,) = caplog.messages
    assert f"cnn.exemplars {says}" in message


def test_other_models_have_no_exemplars_of_the_shipped_one(fresh_checkpoints, caplog):
    weights = weights_of(Classifier.load(fresh_checkpoints))
    assert weights.exemplars is None
    assert "other weights" in caplog.text
