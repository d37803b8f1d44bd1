"""What the set-up form may send -> a recipe, or a reason for each field that can't be run.

Knows the form's fields and how people write them. What fits together is known by `checks`. Everything here
comes from strangers: it is bounded, and of the right type, or it has a reason.
"""

import contextlib
import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from mnist_demo.digits import STANDARD, SYMMETRIC, UNIT, Normalization
from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import validation
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.token import Visitor

#: Normalizations by the name that the form has for them.
NORMALISATIONS: Mapping[str, Normalization] = {"unit": UNIT, "symmetric": SYMMETRIC, "standard": STANDARD}

#: The arguments that each model takes and the form can change.
ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "logistic": (),
    "mlp": ("hidden", "dropout", "batch_norm", "relu_out"),
    "cnn": ("channels", "kernel", "hidden", "dropout", "blurred"),
    "cnn-tiny": (),
}

#: Arguments as the models have them; a recipe that doesn't name them means these.
DEFAULTS: Mapping[str, Any] = {
    "kernel": 3,
    "dropout": 0,
    "batch_norm": False,
    "relu_out": False,
    "blurred": False,
}

_LONGEST = 200  # characters of any field


def _whole(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"\s*-?[0-9]{1,15}\s*", value):
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if type(value) is int:
        return value
    raise ValueError("has to be a whole number")


def _number(value: object) -> float:
    is_long = isinstance(value, str) and len(value) > _LONGEST
    if isinstance(value, str | int | float) and not isinstance(value, bool) and not is_long:
        with contextlib.suppress(ValueError, OverflowError):
            number = float(value)
            if math.isfinite(number):
                return number
    raise ValueError("has to be a number")


def _widths(value: object) -> list[int]:
    """Read "512, 256"."""
    parts = value.split(",") if isinstance(value, str) and len(value) <= _LONGEST else value
    if parts == [""]:
        return []
    if not isinstance(parts, list) or len(parts) > 12:
        raise ValueError("has to be whole numbers with commas between, such as 512, 256")
    return [_whole(part) for part in parts]


def _blocks(value: object) -> list[list[int]]:
    """Read "32, 64+64": a block of one convolution, then a block of two."""
    parts = value.split(",") if isinstance(value, str) and len(value) <= _LONGEST else value
    if not isinstance(parts, list) or not 1 <= len(parts) <= 12:
        raise ValueError("has to be widths with commas between the blocks, such as 32, 64+64")
    return [_widths(part.replace("+", ",") if isinstance(part, str) else part) for part in parts]


def _name(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("has to be chosen from its menu")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("has to be on or off")
    return value


_Name = Annotated[str, BeforeValidator(_name)]
_Whole = Annotated[int, BeforeValidator(_whole)]
_Number = Annotated[float, BeforeValidator(_number)]


class Settings(BaseModel):
    """The form's fields. Those that are left out are as the recipe has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    recipe: _Name
    model: _Name | None = None
    hidden: Annotated[list[int], BeforeValidator(_widths)] | None = None
    channels: Annotated[list[list[int]], BeforeValidator(_blocks)] | None = None
    kernel: _Whole | None = None
    dropout: _Number | None = None
    batch_norm: Annotated[bool, BeforeValidator(_flag)] | None = None
    relu_out: Annotated[bool, BeforeValidator(_flag)] | None = None
    blurred: Annotated[bool, BeforeValidator(_flag)] | None = None
    dataset: _Name | None = None
    validation_size: _Whole | None = None
    normalization: _Name | None = None
    epochs: _Whole | None = None
    batch_size: _Whole | None = None
    learning_rate: _Number | None = None
    optimizer: _Name | None = None
    weight_decay: _Number | None = None
    schedule: _Name | None = None
    loss: _Name | None = None
    label_smoothing: _Number | None = None
    augmentation: _Name | None = None
    averaging: _Number | None = None
    precision: _Name | None = None
    seed: _Whole | None = None


class _Visitor(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    visitor: Visitor


def visitor_of(payload: object) -> str | None:
    """Return the visitor's token in a request, or None where there is none of the right form."""
    try:
        return _Visitor.model_validate(payload).visitor
    except ValidationError:
        return None


def recipe_of(settings: object, limits: Limits) -> tuple[Recipe | None, dict[str, str]]:
    """Return the recipe that the form describes and nothing, or None and a reason for each bad field.

    A reason that belongs to no field is under "recipe".
    """
    try:
        given = Settings.model_validate(settings)
    except ValidationError as error:
        return None, _reasons(error)
    if given.recipe not in RECIPES:
        return None, {"recipe": f"has to be one of {', '.join(RECIPES)}"}
    chosen = given.model_dump(exclude_none=True, exclude={"recipe"})
    if chosen.get("normalization", "unit") not in NORMALISATIONS:
        return None, {"normalization": f"has to be one of {', '.join(NORMALISATIONS)}"}
    if "normalization" in chosen:
        chosen["normalization"] = NORMALISATIONS[chosen["normalization"]]
    start = RECIPES[given.recipe]
    if chosen.get("model", start.model) not in MODELS:
        return None, {"model": f"has to be one of {', '.join(MODELS)}"}
    recipe, wrong = _with_arguments(start, chosen)
    wrong |= validation.problems(recipe, limits.epochs, limits.batch_size)
    if wrong:
        return None, wrong
    if recipe != start:
        recipe = dataclasses.replace(recipe, source="", reported="", measured="")
    return recipe, {}


def _with_arguments(start: Recipe, chosen: dict[str, Any]) -> tuple[Recipe, dict[str, str]]:
    model = chosen.get("model", start.model)
    wrong: dict[str, str] = {}
    arguments = dict(start.arguments) if model == start.model else {}
    for name in ("hidden", "channels", *DEFAULTS):
        if name not in chosen:
            continue
        value = chosen.pop(name)
        if name not in ARGUMENTS[model]:
            wrong[name] = f"is not for {MODELS[model].title}"
        elif name == "hidden":
            arguments[name] = tuple(value)
        elif name == "channels":
            arguments[name] = tuple(map(tuple, value))
        elif value != DEFAULTS[name] or name in arguments:
            arguments[name] = value
    return dataclasses.replace(start, arguments=arguments, **chosen), wrong


def _reasons(error: ValidationError) -> dict[str, str]:
    reasons: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        field = str(problem["loc"][0])[:_LONGEST] if problem["loc"] else "recipe"
        if problem["type"] == "extra_forbidden":
            reasons["recipe"] = f"has no field {field!r}"
        elif problem["type"] == "value_error":
            reasons[field] = str(problem["ctx"]["error"])
        else:
            reasons[field] = "was not understood" if problem["loc"] else "has to be an object of fields"
    return reasons
