"""What the set-up form may send: every recipe as it is, and a reason for whatever can't be run."""

import math
from dataclasses import dataclass
from types import MappingProxyType

import pytest

from mnist_demo.models import modules
from mnist_demo.recipes import RECIPES
from mnist_demo.training import settings, validation
from mnist_demo.training.kinds import Whole
from mnist_demo.training.settings import describe, describe_changes
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.token import visitor_of
from mnist_demo.ui.training import form, payloads
from mnist_demo.ui.training.payloads import recipe_of
from tests.ui.markup import Page

LIMITS = Limits()
START = {"recipe": "mlp", "dataset": "uci-digits", "validation_size": 300}


def reasons(**changes):
    recipe, wrong = recipe_of({**START, **changes}, LIMITS)
    assert recipe is None
    return wrong


@pytest.mark.parametrize("name", RECIPES)
def test_the_form_as_a_recipe_fills_it_is_that_recipe(name):
    shown = form.facts(LIMITS)["recipes"][name]
    assert recipe_of({"recipe": name, **shown}, LIMITS) == (RECIPES[name], {})


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_by_its_name_alone_is_itself(name):
    assert recipe_of({"recipe": name}, LIMITS) == (RECIPES[name], {})


def test_arguments_that_the_form_does_not_have_stay_as_the_recipe_has_them():
    recipe, wrong = recipe_of({"recipe": "cnn-fast", "channels": "8, 16", "epochs": "1"}, LIMITS)
    assert wrong == {}
    assert recipe.arguments == {**RECIPES["cnn-fast"].arguments, "channels": ((8,), (16,))}
    assert recipe.arguments["pool_first"] is True


def test_the_teacher_is_shown_chosen_and_described():
    shown = form.facts(LIMITS)["recipes"]["mlp"]
    assert shown["teacher"] == "cnn"
    student = {**START, "model": "logistic", "batch_size": 256, "normalization": "standard"}
    taught, wrong = recipe_of(student, LIMITS)
    assert (taught.teacher, wrong) == ("cnn", {})
    assert "teacher: CNN" in describe(taught)
    alone, wrong = recipe_of({**student, "teacher": "none", "normalization": "unit"}, LIMITS)
    assert (alone.teacher, wrong) == ("", {})
    assert "no teacher" in describe_changes(alone)


def test_what_needs_pen_drawings_is_off_without_them_and_can_not_be_claimed():
    recipe, wrong = recipe_of({"recipe": "cnn", "dataset": "mnist"}, LIMITS)
    assert (recipe.exposure, recipe.pen_share, wrong) == (0.0, 1.0, {})
    wrong = reasons(recipe="cnn", exposure=0.15, pen_share=0.25)
    assert wrong == {
        "exposure": "has no effect with UCI digits; set it to 0",
        "pen_share": "has no effect with UCI digits; set it to 1",
    }
    recipe, wrong = recipe_of({"recipe": "cnn", "exposure": "0,3", "pen_share": "0.5"}, LIMITS)
    assert (recipe.exposure, recipe.pen_share, wrong) == (0.3, 0.5, {})


def test_a_model_that_is_too_wide_is_complained_of_where_it_is():
    wide = {"recipe": "cnn-fast", "channels": "4096,4096", "batch_size": 1}
    assert recipe_of(wide, LIMITS)[1].keys() == {"channels"}


def test_a_setting_that_is_added_is_shown_read_checked_and_run(monkeypatch):
    @dataclass(frozen=True)
    class DeepArguments(modules.MLPArguments):
        depth: int = 1

    deep = modules.Model("MLP", "Deep", modules.MLP, DeepArguments)
    models = MappingProxyType({**modules.MODELS, "mlp": deep})
    added = settings.Setting("depth", "Depth", "Model", Whole(1, 9), hint="of the thing", words="{} deep")
    for module in (modules, settings, validation, payloads, form):
        monkeypatch.setattr(module, "MODELS", models, raising=False)
    for module in (settings, validation):
        monkeypatch.setattr(module, "SETTINGS", (*settings.SETTINGS, added))
    page = Page(form.markup())
    (box,) = page.all("div", **{"data-field": "depth"})
    assert box.text() == "Depth of the thing"
    assert len(box.all("input", name="depth", inputmode="decimal")) == 1
    facts = form.facts(LIMITS)
    assert "depth" in facts["arguments"]["mlp"]
    assert "depth" not in facts["arguments"]["cnn"]
    assert facts["defaults"]["mlp"]["depth"] == facts["recipes"]["mlp-30"]["depth"] == "1"
    assert reasons(depth="much")["depth"].startswith("must be a whole number")
    assert reasons(depth="10") == {"depth": "must be at most 9"}
    recipe, wrong = recipe_of({"recipe": "mlp-30", "depth": "4"}, LIMITS)
    assert wrong == {}
    assert recipe.arguments == {"hidden": (30,), "depth": 4}
    assert "4 deep" in settings.describe(recipe)
    assert settings.describe_changes(recipe) == "4 deep"


def test_the_kernel_is_the_recipe_s_or_as_chosen():
    for name, chosen, kernel in (
        ("cnn-fast", {}, 5),
        ("cnn-fast", {"kernel": "3"}, 3),
        ("cnn", {"kernel": 5}, 5),
    ):
        recipe, _ = recipe_of({"recipe": name, **chosen}, LIMITS)
        assert recipe.arguments["kernel"] == kernel
    assert recipe_of({"recipe": "cnn", "kernel": "3"}, LIMITS) == (RECIPES["cnn"], {})


def test_pooling_is_blurred_or_not_as_chosen():
    for name, blurred in (("cnn", False), ("cnn-fast", True)):
        recipe, wrong = recipe_of({"recipe": name, "blurred": blurred}, LIMITS)
        assert (recipe.arguments["blurred"], wrong) == (blurred, {})
    assert "blurred" in recipe_of({"recipe": "cnn", "blurred": "on"}, LIMITS)[1]


NUMBERS = (
    *("epochs", "batch_size", "validation_size", "seed"),
    *("learning_rate", "weight_decay", "label_smoothing", "averaging", "dropout", "pen_share", "exposure"),
)
MENUS = (
    "model",
    "teacher",
    "dataset",
    "optimizer",
    "schedule",
    "loss",
    "augmentation",
    "precision",
    "normalization",
)


@pytest.mark.parametrize("field", NUMBERS)
@pytest.mark.parametrize(
    "value", ["", "many", "1e999", math.nan, math.inf, [1], {}, True, "9" * 300, 10**400, -1]
)
def test_a_number_that_is_none_or_out_of_range_has_its_reason(field, value):
    assert field in reasons(**{field: value})


@pytest.mark.parametrize("field", MENUS)
@pytest.mark.parametrize("value", ["", "unknown", 7, ["cnn"], {"a": 1}, "x" * 300])
def test_a_choice_that_is_not_on_the_menu_has_its_reason(field, value):
    assert field in reasons(**{field: value})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epochs", 0),
        ("epochs", LIMITS.epochs + 1),
        ("epochs", 1.5),
        ("batch_size", LIMITS.batch_size + 1),
        ("learning_rate", 0),
        ("learning_rate", 1e9),
        ("dropout", 1),
        ("label_smoothing", 0.95),
        ("seed", 2**32),
        ("hidden", "512; 256"),
        ("hidden", "0"),
        ("hidden", "100000"),
        ("hidden", [[1]]),
        ("hidden", ", ".join(["9"] * 13)),
        ("hidden", "4096, 4096, 4096"),
        ("batch_norm", "yes"),
        ("relu_out", 1),
        ("blurred", True),  # the MLP pools nothing
    ],
)
def test_what_can_not_be_run_has_its_reason(field, value):
    assert field in reasons(**{field: value})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"batch_size": 1024, "validation_size": 1000}, "batch_size"),
        ({"validation_size": 1500}, "validation_size"),
        ({"schedule": "one-cycle", "epochs": 0}, "epochs"),
        ({"loss": "hinge", "label_smoothing": 0.1}, "label_smoothing"),
        ({"channels": "32, 64"}, "channels"),
        ({"model": "cnn", "channels": "8, 8, 8, 8, 8"}, "channels"),
        ({"model": "cnn", "channels": "8 + x"}, "channels"),
        ({"model": "logistic", "dropout": 0.5}, "dropout"),
        ({"kernel": 3}, "kernel"),
        ({"model": "cnn", "channels": "8", "hidden": "8", "kernel": 9}, "kernel"),
        ({"model": "cnn", "channels": "4096, 1", "hidden": "8"}, "channels"),
        ({"model": "cnn", "channels": "128+128, 64", "hidden": "8", "batch_size": 1024}, "batch_size"),
    ],
)
def test_what_contradicts_itself_has_its_reason(changes, field):
    assert field in reasons(**changes)


@pytest.mark.parametrize("settings", [None, [], "cnn", 3, {}, {"recipe": "unknown"}, {"recipe": ["cnn"]}])
def test_anything_but_a_form_has_a_reason(settings):
    recipe, wrong = recipe_of(settings, LIMITS)
    assert recipe is None
    assert "recipe" in wrong


def test_a_field_that_the_form_does_not_have_is_refused():
    assert "workers" in reasons(workers=9)["recipe"]


@pytest.mark.parametrize(
    "payload",
    [None, [], {}, {"visitor": 1}, {"visitor": "me"}, {"visitor": "A" * 36}, {"visitor": "../" * 12}],
)
def test_a_token_that_no_browser_of_ours_made_is_none(payload):
    assert visitor_of(payload) is None
