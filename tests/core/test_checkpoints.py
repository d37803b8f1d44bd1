"""Checkpoints: what is saved is loaded; whatever is damaged is named, and the rest still loads."""

import errno
import json
import os
from typing import NamedTuple

import pytest
import safetensors.torch
import torch

from mnist_demo.digits import SYMMETRIC
from mnist_demo.models import checkpoints, modules
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.recipes import RECIPES
from tests.conftest import fresh_card


def test_a_saved_checkpoint_loads_with_its_card_and_its_weights(tmp_path):
    torch.manual_seed(1)
    module = modules.build("cnn", {"channels": ((4,), (8,)), "hidden": (16,)})
    parameters = modules.count_parameters(module)
    card = fresh_card(
        "cnn",
        arguments={"channels": ((4,), (8,)), "hidden": (16,)},
        normalization=SYMMETRIC,
        temperature=1.5,
        parameters=parameters,
    )
    path = checkpoints.save(tmp_path, card, module.state_dict())

    loaded = checkpoints.load(path)

    assert loaded.card.normalization == SYMMETRIC
    assert loaded.card.temperature == 1.5
    assert not loaded.module.training
    for name, tensor in module.state_dict().items():
        assert torch.equal(loaded.module.state_dict()[name], tensor), name


def test_a_card_from_before_drawings_were_scored_is_a_card(tmp_path):
    path = checkpoints.save(tmp_path, fresh_card(drawn_accuracy=0.98), modules.build("logistic").state_dict())
    assert checkpoints.load(path).card.drawn_accuracy == 0.98
    recard(path, drawn_accuracy=None, drawn_calibration_error=None)
    assert "drawn" not in path.with_suffix(".json").read_text()
    assert checkpoints.load(path).card.drawn_accuracy is None


def test_nothing_is_left_but_the_two_files(tmp_path):
    checkpoints.save(tmp_path, fresh_card(), modules.build("logistic").state_dict())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logistic.json", "logistic.safetensors"]


def test_a_full_disk_leaves_the_checkpoint_that_was_there(tmp_path, monkeypatch):
    path = checkpoints.save(tmp_path, fresh_card(), modules.build("logistic").state_dict())
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(checkpoints.Path, "write_bytes", full)
    with pytest.raises(CheckpointError, match="No space left"):
        checkpoints.save(tmp_path, fresh_card(seed=2), modules.build("logistic").state_dict())

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert checkpoints.load(path).card.seed == 0


def rewrite(path, **changes):
    """Saves the weights of a checkpoint changed, and a card that has their checksum."""
    weights = safetensors.torch.load_file(path)
    weights.update(changes)
    card = checkpoints.read_card(path)
    checkpoints.save(path.parent, card, {name: value for name, value in weights.items() if value is not None})


DAMAGE = {
    "weights missing": (lambda path: path.unlink(), "can't be read"),
    "weights truncated": (lambda path: path.write_bytes(path.read_bytes()[:1000]), "damaged"),
    "weights empty": (lambda path: path.write_bytes(b""), "damaged"),
    "weights of another model": (
        lambda path: path.write_bytes(path.with_name("mlp.safetensors").read_bytes()),
        "does not match its card",
    ),
    "one byte of a weight flipped": (
        lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
        "SHA-256",
    ),
    "a weight too few": (lambda path: rewrite(path, **{"linear.bias": None}), "does not match its card"),
    "a weight too many": (lambda path: rewrite(path, more=torch.zeros(1)), "does not match its card"),
    "another shape": (
        lambda path: rewrite(path, **{"linear.bias": torch.zeros(11)}),
        "does not match its card",
    ),
    "not a number": (lambda path: rewrite(path, **{"linear.bias": torch.full((10,), torch.nan)}), "finite"),
    "infinite": (lambda path: rewrite(path, **{"linear.bias": torch.full((10,), torch.inf)}), "finite"),
    "card missing": (lambda path: path.with_suffix(".json").unlink(), "is missing"),
    "card not JSON": (lambda path: path.with_suffix(".json").write_text("{"), "not JSON"),
    "card not text": (lambda path: path.with_suffix(".json").write_bytes(b"\xff\xfe"), "not a card"),
    "card a list": (lambda path: path.with_suffix(".json").write_text("[]"), "not a JSON object"),
    "card without a field": (lambda path: recard(path, temperature=None), "missing"),
    "card with a strange temperature": (lambda path: recard(path, temperature=0), "positive"),
    "card with temperature NaN": (lambda path: recard(path, temperature=float("nan")), "positive"),
    "card with an unknown model": (lambda path: recard(path, model="transformer"), "no model"),
    "card with other parameters": (lambda path: recard(path, parameters=3), "parameters"),
    "card with wrong arguments": (lambda path: recard(path, arguments={"depth": 3}), "can't be built"),
    "card with a word for a seed's figure": (
        lambda path: recard(path, over_seeds={"test_accuracy": ["a"]}),
        "over_seeds",
    ),
    "card with a word for a number": (lambda path: recard(path, normalization=["a", 1]), "wrong"),
}


def recard(path, **changes):
    card = json.loads(path.with_suffix(".json").read_text())
    card.update(changes)
    card = {name: value for name, value in card.items() if value is not None}
    path.with_suffix(".json").write_text(json.dumps(card))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named_and_the_other_models_load(fresh_checkpoints, damage):
    harm, reason = DAMAGE[damage]
    harm(fresh_checkpoints / "logistic.safetensors")

    with pytest.raises(CheckpointError, match=reason) as caught:
        checkpoints.load(fresh_checkpoints / "logistic.json")
    assert "logistic" in str(caught.value)

    loaded, problems = checkpoints.load_all(fresh_checkpoints)
    assert list(loaded) == ["mlp", "cnn", "cnn-tiny"]
    assert len(problems) == 1
    assert problems[0].startswith("Logistic regression could not be loaded")
    # visitors read it: the folders of the host are none of their business
    assert str(fresh_checkpoints.parent) not in problems[0]


def test_a_folder_that_is_not_there_gives_a_sentence_a_model(tmp_path):
    loaded, problems = checkpoints.load_all(tmp_path / "nowhere")
    assert loaded == {}
    assert len(problems) == len(modules.MODELS)


def test_models_come_weakest_first(fresh_checkpoints):
    recard(fresh_checkpoints / "logistic.safetensors", test_accuracy=0.99)
    assert list(checkpoints.load_all(fresh_checkpoints)[0]) == ["mlp", "cnn", "cnn-tiny", "logistic"]


class Promise(NamedTuple):
    """The least accuracies and the largest errors, of the test images and of the six writers' drawings."""

    test: float
    drawn: float
    error: float
    drawn_error: float
    parameters: int


PROMISED = {
    "logistic": Promise(0.920, 0.88, 0.01, 1.0, 7_850),
    "cnn-tiny": Promise(0.9955, 0.985, 0.003, 0.01, 8_000),
    "mlp": Promise(0.9945, 0.985, 0.003, 0.01, 3_000_000),
    "cnn": Promise(0.997, 0.992, 0.003, 0.01, 1_500_000),
}


def test_all_that_is_promised_is_shipped():
    assert (
        {path.stem for path in checkpoints.DIRECTORY.glob("*.json")} == set(PROMISED) == set(modules.MODELS)
    )


@pytest.mark.parametrize("path", sorted(checkpoints.DIRECTORY.glob("*.json")), ids=lambda path: path.stem)
def test_what_is_shipped_loads_and_is_as_good_as_promised(path):
    card = checkpoints.load(path).card
    recipe = RECIPES[card.recipe]
    # as they come back from JSON: lists for tuples
    arguments = json.loads(json.dumps(dict(recipe.arguments)))
    assert (card.dataset, card.arguments) == (recipe.dataset, arguments)
    assert (card.epochs, card.seed) == (recipe.epochs, recipe.seed)
    promised = PROMISED[card.name]
    assert card.test_accuracy >= promised.test
    assert card.drawn_accuracy >= promised.drawn
    assert card.expected_calibration_error <= promised.error
    assert card.drawn_calibration_error <= promised.drawn_error
    assert card.parameters <= promised.parameters
    assert (card.least_confidence is not None) == (card.name == "cnn")


def test_the_teachers_of_what_is_shipped_are_shipped_too():
    assert {RECIPES[name].teacher for name in PROMISED} <= {"", *PROMISED}
