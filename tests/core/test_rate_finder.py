"""Learning rates are tried from far too small to far too large, and the one that is suggested trains well."""

import dataclasses

import pytest

from mnist_demo.data import datasets
from mnist_demo.events import Evaluated
from mnist_demo.recipes import RECIPES
from mnist_demo.training.loop import initial_model, train
from mnist_demo.training.rate_finder import LEAST, STEPS, find_rate, suggest


def on_uci(name, **changes):
    """A recipe on the digits that are always here."""
    return dataclasses.replace(RECIPES[name], dataset="uci-digits", validation_size=300, **changes)


@pytest.fixture(scope="module")
def splits():
    return datasets.load_splits("uci-digits", 300, 0.0)


@pytest.mark.parametrize("name", ["logistic-sgd", "mlp-fast", "cnn-fast"])
def test_the_suggestion_trains_a_model_and_a_hundredth_of_it_hardly_does(splits, name):
    recipe = on_uci(name, batch_size=50, epochs=2)
    found = find_rate(recipe, splits)
    assert found.rates[0] == pytest.approx(LEAST * recipe.learning_rate)
    assert sorted(found.rates) == found.rates
    assert len(found.rates) == len(found.losses) <= STEPS

    def loss_at(rate):
        trained = dataclasses.replace(recipe, learning_rate=rate, schedule="constant")
        events = list(train(initial_model(trained), splits, trained))
        return [event for event in events if isinstance(event, Evaluated)][-1].validation_loss

    assert loss_at(found.suggestion) < 0.8 * loss_at(found.suggestion / 100)


def test_it_ends_where_the_loss_explodes(splits):
    found = find_rate(on_uci("mlp-fast", batch_size=50, learning_rate=1.0), splits)
    assert len(found.rates) < STEPS
    assert found.losses[-1] > 3 * min(found.losses)


def test_a_last_batch_of_one_image_is_left_out_as_in_a_run(splits):
    one_too_many = dataclasses.replace(splits, train=splits.train[:101])
    found = find_rate(on_uci("mlp", batch_size=50), one_too_many)
    assert len(found.rates) > 10


def test_it_is_the_same_each_time(splits):
    recipe = on_uci("cnn-fast", batch_size=50)
    assert find_rate(recipe, splits) == find_rate(recipe, splits)


def test_where_the_loss_falls_fastest_is_suggested_and_nothing_where_it_does_not_fall():
    rates = [10.0 ** (index / 10 - 4) for index in range(60)]
    losses = [2.3] * 20 + [2.3 - 0.01 * index**2 for index in range(11)] + [1.2] * 20 + [9.0] * 9
    assert suggest(rates, losses) == pytest.approx(rates[30], rel=0.3)
    assert suggest(rates, [2.3] * 60) is None
    assert suggest(rates, [2.3 + index for index in range(60)]) is None
    assert suggest(rates[:5], losses[:5]) is None
