"""What is wrong with a recipe before it is run: a reason for each field, for people.

Knows what exists and what fits together. How much a host allows is told by the caller.
"""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mnist_demo.data.datasets import DATASETS
from mnist_demo.digits import SIDE
from mnist_demo.models.evaluation import BATCH
from mnist_demo.models.modules import MODELS, build, count_parameters
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.optimizers import DECAYING, OPTIMIZERS, SCHEDULES

#: Largest values that make sense anywhere, whatever a host allows.
MAX_PARAMETERS = 5_000_000
MAX_MEMORY = 2 * 10**9  # bytes for what the layers give, by the estimate of _memory_problems
MAX_UNITS = 4_096
_MENUS: Mapping[str, Mapping[str, object]] = {
    "model": MODELS,
    "dataset": DATASETS,
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "loss": LOSSES,
    "augmentation": AUGMENTATIONS,
    "precision": {"float32": None, "bfloat16": None},
}


def problems(recipe: Recipe, most_epochs: int, most_batch_size: int) -> dict[str, str]:
    """The fields of a recipe that can't be run as they are, each with its reason; empty if it can."""
    found: dict[str, str] = {}
    for field, menu in _MENUS.items():
        if getattr(recipe, field) not in menu:
            found[field] = f"has to be one of {', '.join(menu)}"

    for field, least, most in (
        ("epochs", 1, most_epochs),
        ("batch_size", 1, most_batch_size),
        ("validation_size", 0, math.inf),
        ("seed", 0, 2**32 - 1),
    ):
        value = getattr(recipe, field)
        if not isinstance(value, int) or isinstance(value, bool):
            found[field] = "has to be a whole number"
        elif not least <= value <= most:
            found[field] = f"has to be at least {least}" if value < least else f"may be {most:,} at most here"
    for field, lowest, highest in (
        ("learning_rate", 0.0, 100.0),
        ("weight_decay", 0.0, 10.0),
        ("label_smoothing", 0.0, 0.9),
        ("averaging", 0.0, 0.99999),
    ):
        number = getattr(recipe, field)
        if not isinstance(number, int | float) or isinstance(number, bool) or not math.isfinite(number):
            found[field] = "has to be a number"
        elif not lowest <= number <= highest or (field == "learning_rate" and number == 0):
            found[field] = f"has to be between {lowest:g} and {highest:g}"

    if recipe.model in MODELS:
        found |= _argument_problems(recipe) or _model_problems(recipe, found)
    if "dataset" not in found:
        found |= _fit_problems(recipe, found)
    both = "loss" not in found and "label_smoothing" not in found
    if both and recipe.label_smoothing and not LOSSES[recipe.loss].smooths:
        found["label_smoothing"] = f"has no effect on {LOSSES[recipe.loss].title.lower()}; set it to 0"
    if "optimizer" not in found and recipe.optimizer not in DECAYING and recipe.weight_decay:
        found.setdefault("weight_decay", "has no effect on SGD from scratch; set it to 0")
    if recipe.teacher in RECIPES and recipe.normalization != RECIPES[recipe.teacher].normalization:
        found["normalization"] = "has to be that of its teacher, as in the recipe"
    return found


def _fit_problems(recipe: Recipe, found: Mapping[str, str]) -> dict[str, str]:
    """What doesn't fit the data set's size."""
    dataset = DATASETS[recipe.dataset]
    if "validation_size" in found:
        return {}
    if recipe.validation_size >= dataset.training_images:
        return {"validation_size": f"{dataset.title} has {dataset.training_images:,} training images in all"}
    left = dataset.training_images - recipe.validation_size + dataset.pen_images
    if "batch_size" not in found and recipe.batch_size > left:
        return {"batch_size": f"only {left:,} images are left to train on"}
    return {}


def _argument_problems(recipe: Recipe) -> dict[str, str]:
    """Widths and dropout of the model, checked before anything is built of them."""
    arguments = dict(recipe.arguments)
    dropout = arguments.get("dropout", 0.0)
    if not isinstance(dropout, int | float) or isinstance(dropout, bool) or not 0 <= dropout < 1:
        return {"dropout": "has to be at least 0 and below 1"}
    for field in ("hidden", "channels"):
        widths = list(_flat(arguments.get(field, ())))
        if len(widths) > 12 or not all(type(width) is int and 1 <= width <= MAX_UNITS for width in widths):
            return {field: f"has to be up to 12 whole numbers from 1 to {MAX_UNITS:,}"}
    if len(arguments.get("channels", ())) > 4:
        return {"channels": "has to be up to 4 blocks: each halves the image"}
    kernel = arguments.get("kernel", 3)
    if type(kernel) is not int or not 1 <= kernel <= 7:
        return {"kernel": "has to be a whole number from 1 to 7"}
    if kernel % 2 == 0 and arguments.get("padded", True):
        return {"kernel": "has to be odd: an even one can't be padded evenly"}
    return {}


def _model_problems(recipe: Recipe, found: Mapping[str, str]) -> dict[str, str]:
    """Whether the model can be built, and how large it is."""
    try:
        # shapes without numbers, so that the size of a model costs no memory
        with torch.device("meta"):
            model = build(recipe.model, recipe.arguments)
    except ValueError as error:
        return {"model": str(error)}
    parameters = count_parameters(model)
    if parameters > MAX_PARAMETERS:
        return {"hidden": f"makes {parameters:,} parameters; {MAX_PARAMETERS:,} are allowed"}
    if "batch_size" not in found and recipe.batch_size == 1 and not _learns_from_one(model):
        return {"batch_size": "has to be at least 2: this model normalizes over a batch"}
    return _memory_problems(model, recipe, found)


def _learns_from_one(model: nn.Module) -> bool:
    """Whether a model without numbers takes batches of a single image."""
    try:
        model.train()(torch.empty(1, 1, SIDE, SIDE, device="meta"))
    except ValueError:
        return False
    return True


def _memory_problems(model: nn.Module, recipe: Recipe, found: Mapping[str, str]) -> dict[str, str]:
    """What the layers of a model without numbers give for one batch, all of which is kept for the way back.

    While it is scored two layers at a time are held, for the images of one forward pass.
    """
    bytes_each = 4
    scoring = bytes_each * 2 * max(_given(model.eval())) * BATCH
    training = bytes_each * sum(_given(model.train())) * (0 if "batch_size" in found else recipe.batch_size)
    if max(scoring, training) <= MAX_MEMORY:
        return {}
    reason = f"takes {max(scoring, training) / 1e9:.1f} GB of memory; {MAX_MEMORY / 1e9:.0f} are allowed"
    if scoring <= MAX_MEMORY:
        return {"batch_size": f"{reason} with this model"}
    return {"channels" if recipe.model == "cnn" else "hidden": reason}


def _given(model: nn.Module) -> list[int]:
    """How many numbers each layer of a model without numbers gives for one image, in the mode it is in."""
    images = 2  # statistics of a single one can't be taken
    sizes: list[int] = []

    def note(layer: nn.Module, given: tuple[Tensor], values: Tensor) -> None:
        sizes.append(values.numel() // images)

    hooks = [layer.register_forward_hook(note) for layer in model.modules() if not list(layer.children())]
    model(torch.empty(images, 1, SIDE, SIDE, device="meta"))
    for hook in hooks:
        hook.remove()
    return sizes


def _flat(value: object) -> list[object]:
    if isinstance(value, list | tuple):
        return [inner for item in value for inner in _flat(item)]
    return [value]
