"""Checkpoints: what is saved is loaded; whatever is damaged is named, and the rest still loads."""

import dataclasses
import errno
import hashlib
import json
import os
import subprocess
import sys
from typing import NamedTuple

import pytest
import safetensors.torch
import torch

from mnist_demo.digits import SYMMETRIC
from mnist_demo.models import cards, checkpoints, modules
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.recipes import RECIPES, Recipe
from tests.conftest import fresh_card


def test_a_saved_checkpoint_loads_with_its_card_and_its_weights(tmp_path):
    torch.manual_seed(1)
    module = modules.build("cnn", {"channels": ((4,), (8,)), "hidden": (16,)})
    parameters = modules.count_parameters(module)
    arguments = {"channels": ((4,), (8,)), "hidden": (16,)}
    recipe = {"arguments": arguments, "normalization": SYMMETRIC}
    card = fresh_card("cnn", recipe, temperature=1.5, parameters=parameters)
    path = checkpoints.save(tmp_path / "cnn.json", card, module.state_dict())

    loaded = checkpoints.load(path)

    assert loaded.card == checkpoints.seal(card, path.read_bytes())
    assert loaded.card.recipe.arguments == arguments
    assert not loaded.module.training
    for name, tensor in module.state_dict().items():
        assert torch.equal(loaded.module.state_dict()[name], tensor), name


def save_logistic(folder, **changes):
    return checkpoints.save(
        folder / "logistic.json", fresh_card(**changes), modules.build("logistic").state_dict()
    )


def test_nothing_is_left_but_the_two_files(tmp_path):
    save_logistic(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logistic.json", "logistic.safetensors"]


@pytest.mark.parametrize("written", [0, 1])
def test_a_full_disk_leaves_the_checkpoint_that_was_there(tmp_path, monkeypatch, written):
    path = save_logistic(tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    sync, synced = os.fsync, []

    def fill(descriptor: int) -> None:
        if len(synced) == written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        synced.append(sync(descriptor))

    monkeypatch.setattr(os, "fsync", fill)
    with pytest.raises(CheckpointError, match="No space left"):
        save_logistic(tmp_path, recipe={"seed": 2})

    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert checkpoints.load(path).card.recipe.seed == 0


#: Forks writers that replace one checkpoint by another for ever, kills each, and prints what no longer loads.
KILLER = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from mnist_demo.models import cards, checkpoints, modules
from tests.conftest import fresh_card

torch.set_num_threads(1)
path, weights = Path(sys.argv[1], "mlp.json"), [modules.build("mlp").state_dict() for _ in range(2)]
cards = [fresh_card("mlp", recipe={"seed": seed}) for seed in range(2)]
checkpoints.save(path, cards[0], weights[0])
for attempt in range(40):
    writer = os.fork()
    while not writer:
        for card, values in zip(cards, weights):
            checkpoints.save(path, card, values)
    time.sleep(random.Random(attempt).uniform(0.005, 0.06))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    try:
        loaded = checkpoints.load(path)
        seed = loaded.card.recipe.seed
        assert torch.equal(loaded.module.layers[1].weight, weights[seed]["layers.1.weight"])
    except Exception as error:
        print(attempt, error)
"""


def test_a_writer_that_is_killed_leaves_a_checkpoint_that_loads(tmp_path):
    command = [sys.executable, "-c", KILLER, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == ""

    leftovers = [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert leftovers, "no writer was killed while it wrote"
    for leftover in leftovers:
        os.utime(leftover, (0, 0))
    (tmp_path / ".mlp.notes").touch()
    path = checkpoints.save(tmp_path / "mlp.json", fresh_card("mlp"), modules.build("mlp").state_dict())
    checkpoints.load(path)
    assert {path.name for path in tmp_path.iterdir()} == {".mlp.notes", "mlp.json", "mlp.safetensors"}


def test_weights_that_did_not_reach_their_place_load_and_are_not_swept(tmp_path):
    path = save_logistic(tmp_path, recipe={"seed": 2})
    pending = tmp_path / f".logistic.{checkpoints.read_card(path).weights_sha256}.pending"
    path.rename(pending)
    os.utime(pending, (0, 0))
    path.write_bytes(b"the weights from before")
    assert checkpoints.load(path).card.recipe.seed == 2

    (tmp_path / "logistic.safetensors").unlink()
    assert checkpoints.load(path).card.recipe.seed == 2
    checkpoints.save(tmp_path / "logistic-2.json", fresh_card(), modules.build("logistic").state_dict())
    assert checkpoints.load(path).card.recipe.seed == 2


def reseal(path, **changes):
    """Saves the weights of a checkpoint changed, and a card that has their checksum."""
    weights = safetensors.torch.load_file(path)
    weights.update(changes)
    card = checkpoints.read_card(path)
    checkpoints.save(path, card, {name: value for name, value in weights.items() if value is not None})


def recard(path, **changes):
    card = json.loads(path.with_suffix(".json").read_text())
    path.with_suffix(".json").write_text(json.dumps(changed(card, changes)))


def changed(fields, changes):
    """The fields with others; None leaves one out, and of an object only what is given is changed."""
    for name, value in changes.items():
        if value is None:
            del fields[name]
        elif isinstance(value, dict) and fields.get(name):
            changed(fields[name], value)
        else:
            fields[name] = value
    return fields


DAMAGE = {
    "weights missing": (lambda path: path.unlink(), "can't be read"),
    "weights truncated": (lambda path: path.write_bytes(path.read_bytes()[:1000]), "SHA-256"),
    "weights of another model": (
        lambda path: path.write_bytes(path.with_name("mlp.safetensors").read_bytes()),
        "SHA-256",
    ),
    "one byte of a weight flipped": (
        lambda path: path.write_bytes(path.read_bytes()[:-1] + bytes([path.read_bytes()[-1] ^ 1])),
        "SHA-256",
    ),
    "weights that the card's digest is of, damaged": (
        lambda path: (
            path.write_bytes(b"{}"),
            recard(path, weights_sha256=hashlib.sha256(b"{}").hexdigest()),
        ),
        "damaged",
    ),
    "a weight too few": (lambda path: reseal(path, **{"linear.bias": None}), "does not match its card"),
    "a weight too many": (lambda path: reseal(path, more=torch.zeros(1)), "does not match its card"),
    "another shape": (
        lambda path: reseal(path, **{"linear.bias": torch.zeros(11)}),
        "does not match its card",
    ),
    "not a number": (lambda path: reseal(path, **{"linear.bias": torch.full((10,), torch.nan)}), "finite"),
    "infinite": (lambda path: reseal(path, **{"linear.bias": torch.full((10,), torch.inf)}), "finite"),
    "card missing": (lambda path: path.with_suffix(".json").unlink(), "is missing"),
    "card with other parameters": (lambda path: recard(path, parameters=3), "parameters"),
    "card with wrong arguments": (
        lambda path: recard(path, recipe={"arguments": {"depth": 3}}),
        "can't be built",
    ),
}

#: Change of a card -> why it is refused.
BAD_FIELDS = [
    ({"temperature": None}, "temperature is missing"),
    ({"recipe": None}, "recipe is missing"),
    ({"recipe": {"seed": None}}, "recipe.seed is missing"),
    ({"mood": "good"}, "mood is unknown"),
    ({"recipe": {"mood": "good"}}, "recipe.mood is unknown"),
    ({"recipe": {"seed": "x"}}, "recipe.seed should be a valid integer"),
    ({"recipe": {"learning_rate": "0.1"}}, "recipe.learning_rate should be a valid number"),
    ({"recipe": {"normalization": ["a", 1]}}, "recipe.normalization.0 should be a valid number"),
    ({"recipe": {"normalization": [0.5, 0]}}, "the recipe's std should be positive"),
    ({"recipe": {"model": "transformer"}}, "recipe.model should be one of logistic"),
    ({"recipe": {"arguments": [3]}}, "recipe.arguments should be an object"),
    ({"temperature": 0}, "temperature should be greater than 0"),
    ({"temperature": float("nan")}, "temperature should be a finite number"),
    ({"test_accuracy": 1.2}, "test_accuracy should be less than or equal to 1"),
    ({"parameters": True}, "parameters should be a valid integer"),
    ({"over_seeds": {"test_accuracy": ["a"]}}, "over_seeds.test_accuracy.0 should be a valid number"),
    ({"changed_from": "mlp"}, "changed_from should be an object"),
    ({"weights_sha256": "../../secret"}, "weights_sha256 should match pattern"),
]


@pytest.mark.parametrize(("changes", "reason"), BAD_FIELDS, ids=lambda part: str(part)[:40])
def test_a_card_with_a_bad_field_is_refused_in_a_sentence(tmp_path, changes, reason):
    path = save_logistic(tmp_path)
    recard(path, **changes)
    with pytest.raises(CheckpointError) as caught:
        checkpoints.read_card(path)
    assert str(caught.value).startswith(f"logistic.json is not a card: {reason}")


@pytest.mark.parametrize(
    ("text", "reason"),
    [(b"{", "JSON"), (b"\xff\xfe", "JSON"), (b"[]", "an object"), (b"[" * 100_000, "JSON"), (b"", "JSON")],
)
def test_anything_but_a_card_is_refused_in_a_sentence(tmp_path, text, reason):
    path = tmp_path / "logistic.json"
    path.write_bytes(text)
    with pytest.raises(CheckpointError, match=rf"^logistic.json is not a card: .*{reason}.*\.$"):
        checkpoints.read_card(path)


def test_every_field_of_a_recipe_is_on_a_card():
    recipe = json.loads(fresh_card().to_json())["recipe"]
    assert set(recipe) == {field.name for field in dataclasses.fields(Recipe)} >= cards._RECIPE_FIELDS


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
    """The least accuracies and largest errors, of test images and of the 26 development writers' drawings."""

    test: float
    drawn: float
    error: float
    drawn_error: float
    parameters: int


PROMISED = {
    "logistic": Promise(0.920, 0.88, 0.01, 1.0, 7_850),
    "cnn-tiny": Promise(0.9955, 0.988, 0.003, 0.005, 8_000),
    "mlp": Promise(0.995, 0.988, 0.003, 0.005, 3_000_000),
    "cnn": Promise(0.9968, 0.990, 0.003, 0.005, 1_500_000),
}


def test_all_that_is_promised_is_shipped():
    assert (
        {path.stem for path in checkpoints.DIRECTORY.glob("*.json")} == set(PROMISED) == set(modules.MODELS)
    )


@pytest.mark.parametrize("path", sorted(checkpoints.DIRECTORY.glob("*.json")), ids=lambda path: path.stem)
def test_what_is_shipped_loads_and_is_as_good_as_promised(path):
    card = checkpoints.load(path).card
    recipe = RECIPES[path.stem]
    arguments = {**modules.MODELS[recipe.model].defaults(), **recipe.arguments}
    assert card.recipe == dataclasses.replace(recipe, arguments=arguments)
    assert (card.changed_from, card.epochs) == (None, recipe.epochs)
    promised = PROMISED[path.stem]
    assert card.test_accuracy >= promised.test
    assert card.drawn_accuracy >= promised.drawn
    assert card.expected_calibration_error <= promised.error
    assert card.drawn_calibration_error <= promised.drawn_error
    assert card.parameters <= promised.parameters
    assert (card.min_confidence is not None) == (path.stem == "cnn")


def test_the_teachers_of_what_is_shipped_are_shipped_too():
    assert {RECIPES[name].teacher for name in PROMISED} <= {"", *PROMISED}
