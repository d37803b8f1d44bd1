"""One table describes every setting: it covers recipes and models, and what is added to it is everywhere."""

import dataclasses
from dataclasses import dataclass
from types import MappingProxyType

import pytest

from mnist_demo.models import modules
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import settings, validation
from mnist_demo.training.kinds import Blocks, Number, Share, Whole, Widths
from mnist_demo.training.settings import SETTINGS, describe, describe_changes

#: Fields of a recipe that are no settings.
NOT_SET = {"name", "arguments"}


def test_every_field_of_a_recipe_and_every_argument_of_a_model_is_in_the_table():
    fields = {field.name for field in dataclasses.fields(Recipe)} - NOT_SET
    arguments = {name for model in modules.MODELS.values() for name in model.defaults()}
    assert not fields & arguments
    assert sorted(setting.name for setting in SETTINGS) == sorted(fields | arguments)
    assert {setting.group for setting in SETTINGS} == set(settings.GROUPS)


def test_every_recipe_has_a_title_and_one_plain_sentence():
    assert RECIPE_NOTES.keys() == RECIPES.keys()
    titles = [note.title for note in RECIPE_NOTES.values()]
    assert len(set(titles)) == len(titles)
    for note in RECIPE_NOTES.values():
        assert note.sentence.endswith(".")
        assert ". " not in note.sentence
        assert bool(note.source) == bool(note.figures) == bool(note.seeds)


@pytest.mark.parametrize("name", RECIPES)
def test_every_value_of_a_recipe_is_read_back_as_it_is_written(name):
    recipe = RECIPES[name]
    for setting in SETTINGS:
        if not setting.is_argument or recipe.model in setting.models:
            value = setting.value(recipe)
            assert setting.kind.parse(setting.kind.write(value)) == value
            assert not setting.kind.problem(value)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (Number(0, 1), "0,05", 0.05),
        (Number(0, 1), " 5e-2 ", 0.05),
        (Number(0, 1), 1, 1.0),
        (Whole(), " 12 ", 12),
        (Whole(), 12.0, 12),
        (Widths(3, 9), "", ()),
        (Widths(3, 9), "8, 4", (8, 4)),
        (Widths(3, 9), [8, 4], (8, 4)),
        (Blocks(3, Widths(3, 9)), "8, 4+4", ((8,), (4, 4))),
    ],
)
def test_values_are_read_as_people_write_them(kind, given, value):
    assert kind.parse(given) == value
    assert kind.problem(value) == ""


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Number(0, 1), "1,000.5"),
        (Number(0, 1), "1,2,3"),
        (Whole(), "1,000"),
        (Whole(), "1.000"),
        (Whole(), ""),
    ],
)
def test_what_could_mean_two_things_is_refused_and_explained(kind, given):
    with pytest.raises(ValueError, match=r"must be a (whole )?number, (such as 0\.01|digits only)"):
        kind.parse(given)


@pytest.mark.parametrize(
    ("kind", "value", "reason"),
    [
        (Number(0, 1, is_least_allowed=False), 0, "must be above 0 and at most 1"),
        (Number(0, 1, is_most_allowed=False), 1, "must be at least 0 and below 1"),
        (Share(), 1.5, "must be at least 0 and at most 1"),
        (Whole(1), 0, "must be at least 1"),
        (Whole(0, 9_999), 10_000, "must be at most 9,999"),
    ],
)
def test_a_reason_names_the_bounds(kind, value, reason):
    assert kind.problem(value) == reason


def test_a_description_has_what_matters_and_nothing_that_has_no_effect():
    assert describe(RECIPES["mlp-30"]) == (
        "MLP, hidden 30, MNIST, validated on the test images, 40 epochs, batch 256, learning rate 0.001, "
        "SGD from scratch, seed 0, normalization: Pixels in [0, 1]"
    )
    assert "pen drawings" in describe(RECIPES["logistic"])
    assert "pen drawings" not in describe(dataclasses.replace(RECIPES["logistic"], dataset="uci-digits"))


def test_a_changed_recipe_is_never_called_by_the_name_alone():
    recipe = RECIPES["mlp"]
    assert (recipe.label, recipe.is_changed, describe_changes(recipe)) == ("mlp", False, "")
    changed = dataclasses.replace(recipe, epochs=3, teacher="")
    assert changed.label == "mlp, changed"
    assert describe_changes(changed) == "3 epochs, no teacher"


def test_a_setting_is_added_in_the_model_and_in_the_table(monkeypatch):
    @dataclass(frozen=True)
    class SteepArguments(modules.LogisticArguments):
        steepness: float = 1.0

    steep = modules.Model("Logistic regression", "Steep", modules.Logistic, SteepArguments)
    monkeypatch.setattr(settings, "MODELS", MappingProxyType({**modules.MODELS, "logistic": steep}))
    monkeypatch.setattr(validation, "MODELS", settings.MODELS)
    monkeypatch.setattr(modules, "MODELS", settings.MODELS)
    added = settings.Setting("steepness", "Steepness", "Model", Number(0, 5))
    monkeypatch.setattr(settings, "SETTINGS", (*SETTINGS, added))
    monkeypatch.setattr(validation, "SETTINGS", settings.SETTINGS)
    recipe = dataclasses.replace(RECIPES["logistic"], arguments={"steepness": 2.5})
    assert "steepness 2.5" in describe(recipe)
    assert "steepness" not in describe(RECIPES["logistic"])
    assert describe_changes(recipe) == "steepness 2.5"
    assert validation.problems(recipe, {}) == {}
    steeper = dataclasses.replace(recipe, arguments={"steepness": 6})
    assert validation.problems(steeper, {}) == {"steepness": "must be at least 0 and at most 5"}
