"""What the set-up form sends -> a recipe, or a reason for each field that can't be run.

Knows the form's request, which comes from strangers. What a field may be is known by `training.settings`, and
what fits together by `training.validation`.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import settings, validation
from mnist_demo.ui.server.limits import Limits

_MAX_QUOTED = 40  # characters of an unknown field's name


def recipe_of(form: object, limits: Limits) -> tuple[Recipe | None, dict[str, str]]:
    """Return the recipe that a form describes and no reasons, or None and a reason for each bad field.

    Fields that are left out are as the recipe has them. A reason that belongs to no field is under "recipe".
    """
    if not isinstance(form, Mapping):
        return None, {"recipe": "must come with an object of fields"}
    name = form.get("recipe")
    if not isinstance(name, str) or name not in RECIPES:
        return None, {"recipe": f"must be one of {', '.join(RECIPES)}"}
    chosen, wrong = _parsed(form)
    if wrong:
        return None, wrong
    recipe, wrong = _changed(RECIPES[name], chosen)
    wrong |= validation.problems(recipe, {"epochs": limits.epochs, "batch_size": limits.batch_size})
    return (None, wrong) if wrong else (recipe, {})


def _parsed(form: Mapping[Any, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the fields that are given, and a reason for each that can't be understood."""
    known = settings.by_name()
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field, given in form.items():
        if field == "recipe" or given is None:
            continue
        if field not in known:
            wrong["recipe"] = f"has no setting {str(field)[:_MAX_QUOTED]!r}"
            continue
        try:
            values[field] = known[field].kind.parse(given)
        except ValueError as error:
            wrong[field] = str(error)
    return values, wrong


def _changed(start: Recipe, chosen: Mapping[str, Any]) -> tuple[Recipe, dict[str, str]]:
    """Return a recipe with some settings chosen, and a reason for each that its model does not have.

    What was not chosen and has no effect any more is as by default: another model's arguments, the share of
    pen drawings where there are none.
    """
    known = settings.by_name()
    model = chosen.get("model", start.model)
    arguments = dict(start.arguments) if model == start.model else {}
    fields: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, value in chosen.items():
        if not known[name].is_argument:
            fields[name] = value
        elif model not in known[name].models:
            wrong[name] = f"does not exist for {MODELS[model].title}"
        elif name in arguments or value != known[name].default(model):
            arguments[name] = value
    recipe = dataclasses.replace(start, arguments=arguments, **fields)
    idle = {
        setting.name: setting.default(model)
        for setting in settings.SETTINGS
        if setting.needs and setting.name not in chosen and not setting.applies(recipe)
    }
    return dataclasses.replace(recipe, **idle), wrong
