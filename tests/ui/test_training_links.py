"""The link to a set-up carries a recipe whole."""

import dataclasses
from urllib.parse import parse_qsl, unquote

import pytest

from mnist_demo.recipes import RECIPES
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.training.links import link_to
from mnist_demo.ui.training.payloads import recipe_of

CHANGED = [
    {"seed": 12, "epochs": 3},
    {"model": "mlp", "arguments": {"hidden": (64, 32), "dropout": 0.25}},
    {"optimizer": "adam", "learning_rate": 0.00123, "label_smoothing": 0.1},
    {"batch_size": 64, "schedule": "cosine", "augmentation": "off", "precision": "float32"},
]


def followed(link: str):
    """The recipe that the form sends where it was set up from a link."""
    name, _, rest = link.removeprefix("#train=").partition("&")
    settings = dict(parse_qsl(rest, strict_parsing=bool(rest)))
    written = {
        key: value == "true" if value in ("true", "false") else value for key, value in settings.items()
    }
    recipe, wrong = recipe_of({"recipe": unquote(name), **written}, Limits())
    assert not wrong
    return recipe


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_s_own_link_is_its_name(name):
    assert link_to(RECIPES[name]) == f"#train={name}"


@pytest.mark.parametrize("changes", CHANGED)
@pytest.mark.parametrize("name", ["cnn-fast", "mlp-64-64", "logistic-fast"])
def test_a_changed_recipe_comes_back_whole(name, changes):
    recipe = dataclasses.replace(RECIPES[name], **changes)
    if recipe.model == "logistic" or "arguments" not in changes:
        recipe = dataclasses.replace(recipe, arguments=RECIPES[name].arguments)
    assert followed(link_to(recipe)) == recipe
