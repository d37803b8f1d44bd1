"""What several seeds reached is kept, summed up once, and recorded beside the shipped weights."""

import dataclasses
import json

import pytest
import torch

from benchmarks import seeds
from mnist_demo.models import checkpoints, modules
from mnist_demo.recipes import RECIPES
from tests.conftest import fresh_card


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Checkpoints of two seeds, and the same model shipped; training fails the test."""
    weights = modules.build("logistic").state_dict()
    for seed, accuracy in enumerate((0.93, 0.94)):
        card = fresh_card(recipe={"seed": seed}, test_accuracy=accuracy, drawn_accuracy=0.9)
        checkpoints.save(tmp_path / str(seed) / "logistic.json", card, weights)
    checkpoints.save(tmp_path / "shipped" / "logistic.json", fresh_card(drawn_accuracy=0.9), weights)
    monkeypatch.setattr(checkpoints, "DIRECTORY", tmp_path / "shipped")
    monkeypatch.setattr(seeds, "run_recipe", lambda recipe: pytest.fail(f"{recipe} is trained"))
    return tmp_path


def test_what_is_there_is_summed_up_and_recorded(runs, capsys):
    assert seeds.main(["logistic", "--seeds", "2", "--out", str(runs), "--record"]) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["test_accuracy"] for line in lines[:2]] == [0.93, 0.94]
    assert (lines[2]["value"], lines[2]["std"], lines[2]["met"]) == (93.5, 0.707, True)
    shipped = checkpoints.load(runs / "shipped" / "logistic.json")
    assert shipped.card.over_seeds["test_accuracy"] == [0.93, 0.94]
    assert "drawn_calibration_error" not in shipped.card.over_seeds
    assert torch.equal(
        shipped.module.linear.weight, checkpoints.load(runs / "0" / "logistic.json").module.linear.weight
    )


def test_a_mean_below_its_target_is_reported(runs):
    weights = modules.build("logistic").state_dict()
    card = fresh_card(recipe={"seed": 1}, test_accuracy=0.9, drawn_accuracy=0.9)
    checkpoints.save(runs / "1" / "logistic.json", card, weights)
    assert seeds.main(["logistic", "--seeds", "2", "--out", str(runs)]) == 1


def test_a_seed_that_is_not_there_is_trained_and_kept(runs, monkeypatch):
    recipe = dataclasses.replace(RECIPES["logistic"], dataset="uci-digits", validation_size=300, epochs=1)
    monkeypatch.undo()
    card = seeds.result_of(dataclasses.replace(recipe, seed=7), runs)
    assert card.recipe.seed == 7
    assert seeds.result_of(dataclasses.replace(recipe, seed=7), runs) == checkpoints.read_card(
        runs / "7" / "logistic.json"
    )
