"""What is promised of the recipes to start with, and how this host's speed is measured."""

import threading
import time

import pytest

from mnist_demo.models.modules import MODELS
from mnist_demo.quick_starts import QUICK_STARTS
from mnist_demo.recipes import RECIPES
from mnist_demo.training.calibration import calibrate
from mnist_demo.training.workers import Workers


@pytest.fixture
def workers():
    made = Workers(threads=1)
    yield made
    made.close()


def test_each_start_offers_its_recipe_s_own_length_and_longer_ones_that_read_more():
    assert [RECIPES[start.recipe].model for start in QUICK_STARTS] == ["logistic", "mlp", "cnn"]
    assert set(MODELS) >= {RECIPES[start.recipe].model for start in QUICK_STARTS}
    for start in QUICK_STARTS:
        assert RECIPES[start.recipe].epochs in start.accuracy
        assert list(start.accuracy) == sorted(start.accuracy)
        shortest, *_, longest = start.accuracy.values()
        assert 0.9 < shortest < longest < 1


def test_an_epoch_of_a_larger_model_takes_longer():
    linear, network, cnn = (calibrate(start.recipe) for start in QUICK_STARTS)
    assert 0.01 < linear < network < cnn < 600


def test_a_worker_measures_every_recipe_that_it_is_asked_for(workers):
    names = [start.recipe for start in QUICK_STARTS]
    seconds = workers.calibrate(names)
    assert list(seconds) == names
    assert all(value > 0 for value in seconds.values())


def test_the_end_of_the_server_ends_a_calibration(workers):
    measured = []
    names = ["cnn"] * 50  # minutes of work
    thread = threading.Thread(target=lambda: measured.append(workers.calibrate(names)))
    thread.start()
    while workers._calibrating is None:
        time.sleep(0.01)
    workers.close()
    thread.join(20)
    assert measured == [{}]
    assert workers.calibrate(names) == {}
