"""Every training image is classified by a network that was not trained on it."""

import dataclasses
import json

import pytest
import torch

from benchmarks import halves
from mnist_demo.data.datasets import LabeledDigits, Splits, load_splits
from mnist_demo.recipes import RECIPES

UCI = dataclasses.replace(RECIPES["logistic"], dataset="uci-digits", epochs=1)


def keys(digits):
    return sorted(image.numpy().tobytes() for image in digits.images)


def test_the_halves_swap_their_roles():
    first, second = halves.halves(UCI)
    whole = load_splits("uci-digits", 1).train
    assert len(first.train) == len(first.validation) == len(second.train) == len(second.validation) == 750
    assert keys(first.train) == keys(second.validation)
    assert keys(first.validation) == keys(second.train)
    assert len(set(keys(first.train) + keys(second.train)) - set(keys(whole))) <= 1


def test_pen_drawings_are_always_trained_on(monkeypatch):
    count = 60_000 + 7
    every = LabeledDigits(torch.zeros(count, 1, 1, dtype=torch.uint8), torch.arange(count))
    monkeypatch.setattr(halves, "load_splits", lambda *_: Splits(every[30_000:], every[:30_000], every))
    first, second = halves.halves(RECIPES["cnn"])
    assert first.train.labels.tolist() == list(range(30_000, count))
    assert second.train.labels.tolist() == [*range(30_000), *range(60_000, count)]
    assert second.validation.labels.tolist() == list(range(30_000, 60_000))


def test_misclassified_images_are_counted_for_each_way(capsys):
    settings = ["--set", 'dataset="uci-digits"', "--set", "epochs=2"]
    assert halves.main(["logistic", *settings]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    ways = list(halves.WAYS)
    assert [(line.get("half"), line["way"]) for line in lines] == [
        *((half, way) for half in (0, 1) for way in ways),
        *((None, way) for way in ways),
    ]
    by_way = {line["way"]: line for line in lines[-len(ways) :]}
    assert by_way["alone"]["corrected"] == by_way["alone"]["spoiled"] == 0
    for position, way in enumerate(ways):
        both = lines[position]["misclassified"] + lines[len(ways) + position]["misclassified"]
        change = by_way[way]["spoiled"] - by_way[way]["corrected"]
        assert by_way[way]["misclassified"] == both == by_way["alone"]["misclassified"] + change
        assert by_way[way]["of"] == 1500
    assert len({line["misclassified"] for line in lines}) > 2


@pytest.mark.parametrize(
    ("setting", "reason"), [("epoch=2", "a recipe has no 'epoch'"), ("epochs=two", "'two' is not JSON")]
)
def test_a_setting_that_no_recipe_can_have_is_refused(setting, reason, capsys):
    with pytest.raises(SystemExit):
        halves.main(["logistic", "--set", setting])
    assert reason in capsys.readouterr().err
