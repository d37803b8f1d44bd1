"""The set-up form: its groups and fields as literals, and the markup made of them.

Knows fields, their menus and the words about them. What a value has to be is known by `settings`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from mnist_demo.data.datasets import DATASETS
from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.optimizers import DECAYING, OPTIMIZERS, SCHEDULES
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.training.settings import ARGUMENTS, DEFAULTS, NORMALISATIONS

_TITLES = {
    "sgd": "SGD",
    "momentum": "SGD, momentum",
    "adam": "Adam",
    "adamw": "AdamW",
    "plain-sgd": "SGD from scratch",
    "constant": "Constant",
    "cosine": "Cosine",
    "one-cycle": "One-cycle",
    "off": "Off",
    "shift": "Shift",
    "slight": "Slight affine",
    "affine": "Affine",
    "elastic": "Affine + elastic",
    "unit": "Pixels in [0, 1]",
    "symmetric": "Pixels in [−1, 1]",
    "standard": "Mean 0, deviation 1",
    "float32": "float32",
    "bfloat16": "bfloat16",
}


@dataclass(frozen=True)
class FormField:
    """One setting. With a menu it is chosen; otherwise it is typed, or ticked where it is a flag."""

    name: str
    label: str
    menu: Mapping[str, str] | None = None
    hint: str = ""
    is_flag: bool = False
    is_text: bool = False  # words and lists rather than a number


@dataclass(frozen=True)
class Group:
    """Fields that change the same thing."""

    title: str
    fields: tuple[FormField, ...]
    is_folded: bool = False


def _titled(names: Mapping[str, Any]) -> dict[str, str]:
    return {name: getattr(entry, "title", _TITLES.get(name, name)) for name, entry in names.items()}


GROUPS = (
    Group(
        "Model",
        (
            FormField("model", "Model", _titled(MODELS)),
            FormField("channels", "Channels", is_text=True, hint="a block each: 32, 64+64"),
            FormField("kernel", "Kernel", {"3": "3 × 3", "5": "5 × 5"}),
            FormField("hidden", "Hidden widths", is_text=True, hint="a layer each: 512, 256"),
            FormField("dropout", "Dropout"),
            FormField("blurred", "Blurred pooling", is_flag=True),
            FormField("batch_norm", "Batch norm", is_flag=True),
            FormField("relu_out", "ReLU on the logits", is_flag=True),
        ),
    ),
    Group(
        "Data",
        (
            FormField("dataset", "Data set", _titled(DATASETS)),
            FormField("validation_size", "Validation images"),
            FormField("augmentation", "Augmentation", _titled(AUGMENTATIONS)),
        ),
    ),
    Group(
        "Steps",
        (
            FormField("epochs", "Epochs"),
            FormField("batch_size", "Batch size"),
            FormField("learning_rate", "Learning rate"),
            FormField("optimizer", "Optimizer", _titled(OPTIMIZERS)),
            FormField("schedule", "Schedule", _titled(SCHEDULES)),
        ),
    ),
    Group(
        "Loss",
        (
            FormField("loss", "Loss", _titled(LOSSES)),
            FormField("label_smoothing", "Label smoothing"),
        ),
    ),
    Group(
        "Advanced",
        (
            FormField("seed", "Seed"),
            FormField("weight_decay", "Weight decay"),
            FormField("averaging", "Weight averaging", hint="decay a step; 0 is off"),
            FormField("normalization", "Normalization", _titled(NORMALISATIONS)),
            FormField(
                "precision",
                "Precision",
                _titled({"float32": None, "bfloat16": None}),
                hint="bfloat16 if the processor has it",
            ),
        ),
        is_folded=True,
    ),
)


def markup() -> str:
    """Render the groups of the form."""
    return "".join(_group(group) for group in GROUPS)


def _group(group: Group) -> str:
    fields = "".join(map(_field, group.fields))
    outer, head = ("details", "summary") if group.is_folded else ("fieldset", "legend")
    return (
        f'<{outer} class="group"><{head}>{group.title}</{head}><div class="fields">{fields}</div></{outer}>'
    )


def _field(field: FormField) -> str:
    name, identity = field.name, f"training-{field.name}"
    common = f'id="{identity}" name="{name}" aria-describedby="{identity}-reason"'
    if field.menu is not None:
        choices = "".join(
            f'<option value="{key}">{escape(title)}</option>' for key, title in field.menu.items()
        )
        control = f"<select {common}>{choices}</select>"
    elif field.is_flag:
        control = f'<input type="checkbox" {common}>'
    else:
        mode = "text" if field.is_text else "decimal"
        control = f'<input type="text" inputmode="{mode}" autocomplete="off" spellcheck="false" {common}>'
    hint = f"<small>{escape(field.hint)}</small>" if field.hint else ""
    kind = "flag" if field.is_flag else "wide" if field.is_text or field.menu else "short"
    return (
        f'<div class="field {kind}" data-field="{name}"><label for="{identity}">{escape(field.label)}{hint}'
        f'</label>{control}<p class="reason" id="{identity}-reason"></p></div>'
    )


def facts(limits: Limits) -> dict[str, Any]:
    """Return what the form's script has to know: recipes as form values, arguments of the models, caps."""
    return {
        "recipes": {name: _values(recipe) for name, recipe in RECIPES.items()},
        "notes": {name: _note(recipe) for name, recipe in RECIPES.items()},
        "arguments": {name: list(taken) for name, taken in ARGUMENTS.items()},
        "defaults": {"mlp": {"hidden": "128"}, "cnn": {"channels": "16, 32", "hidden": "64"}},
        "fits": {name: loss.fits for name, loss in LOSSES.items()},
        "smooths": [name for name, loss in LOSSES.items() if loss.smooths],
        "decays": sorted(DECAYING),
        "sizes": {name: dataset.training_images for name, dataset in DATASETS.items()},
        "caps": {"epochs": limits.epochs, "batch_size": limits.batch_size},
        "training": limits.training,
    }


def _values(recipe: Recipe) -> dict[str, Any]:
    values: dict[str, Any] = {
        field.name: getattr(recipe, field.name, "") for group in GROUPS for field in group.fields
    }
    arguments = dict(recipe.arguments)
    values["channels"] = ", ".join("+".join(map(str, block)) for block in arguments.get("channels", ()))
    values["hidden"] = ", ".join(map(str, arguments.get("hidden", ())))
    values |= {name: arguments.get(name, usual) for name, usual in DEFAULTS.items()}
    values["normalization"] = next(
        name for name, normalization in NORMALISATIONS.items() if normalization == recipe.normalization
    )
    return {
        name: value if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)
        for name, value in values.items()
    }


def _note(recipe: Recipe) -> dict[str, str]:
    return {
        "source": recipe.source,
        "reported": recipe.reported,
        "measured": recipe.measured,
        "teacher": recipe.teacher,
    }
