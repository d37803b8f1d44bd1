"""What is wrong with a recipe before it is run: a reason for each setting, completing "This setting …".

Knows how settings depend on each other. Which values each may have on its own is known by `settings`; how
much a host allows comes from the caller.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from mnist_demo.data.datasets import DATASETS
from mnist_demo.digits import SIDE
from mnist_demo.models.evaluation import BATCH
from mnist_demo.models.modules import MODELS, build, count_parameters
from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training.settings import SETTINGS, Setting, by_name

#: Bounds that hold on every host.
MAX_PARAMETERS = 5_000_000
MAX_MEMORY = 2 * 10**9  # bytes for the outputs of all layers, as _memory_problems estimates them


def problems(recipe: Recipe, caps: Mapping[str, int]) -> dict[str, str]:
    """Each setting that can't be run as it is, with the reason; empty if the recipe can be run.

    `caps` are the largest values that this host allows, by setting.
    """
    known = by_name()
    if reason := known["model"].kind.problem(recipe.model):
        return {"model": reason}
    found = {setting.name: reason for setting in SETTINGS if (reason := _problem(setting, recipe, caps))}
    if unknown := recipe.arguments.keys() - MODELS[recipe.model].defaults().keys():
        found["model"] = f"has no argument {min(unknown)!r}"
    if not found.keys() & {"model", *MODELS[recipe.model].defaults()}:
        found |= _model_problems(recipe, found)
    if not found.keys() & {"dataset", "validation_size", "pen_share"}:
        found |= _size_problems(recipe, found)
    for setting in SETTINGS:
        if setting.needs and setting.name not in found and not setting.applies(recipe):
            found |= _effect_problems(setting, recipe)
    if recipe.teacher in RECIPES and recipe.normalization != RECIPES[recipe.teacher].normalization:
        needed = known["normalization"].kind.say(RECIPES[recipe.teacher].normalization)
        found["normalization"] = f"must be that of the teacher: {needed}"
    return found


def _problem(setting: Setting, recipe: Recipe, caps: Mapping[str, int]) -> str:
    """What is wrong with one setting on its own."""
    if setting.is_argument and recipe.model not in setting.models:
        return ""
    value = setting.value(recipe)
    reason = setting.kind.problem(value)
    if not reason and setting.name in caps and value > caps[setting.name]:
        return f"must be at most {caps[setting.name]:,} on this server"
    return reason


def _effect_problems(setting: Setting, recipe: Recipe) -> dict[str, str]:
    """A setting that another one leaves without effect has to be as by default: it would claim something."""
    assert setting.needs is not None
    default = setting.default(recipe.model)
    other = by_name()[setting.needs.setting]
    if setting.value(recipe) == default or other.kind.problem(other.value(recipe)):
        return {}
    chosen = other.kind.say(other.value(recipe))
    return {setting.name: f"has no effect with {chosen}; set it to {setting.kind.write(default)}"}


def _size_problems(recipe: Recipe, found: Mapping[str, str]) -> dict[str, str]:
    """What doesn't fit the data set's size."""
    dataset = DATASETS[recipe.dataset]
    if recipe.validation_size >= dataset.training_images:
        most = dataset.training_images - 1
        return {"validation_size": f"must be at most {most:,}: {dataset.title} has one more training image"}
    pen = round(recipe.pen_share * dataset.pen_images)
    left = dataset.training_images - recipe.validation_size + pen
    if "batch_size" not in found and recipe.batch_size > left:
        return {"batch_size": f"must be at most {left:,}, the number of images left to train on"}
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
        return {_widest(recipe): f"makes {parameters:,} parameters; {MAX_PARAMETERS:,} are allowed"}
    if "batch_size" not in found and recipe.batch_size == 1 and not _learns_from_one(model):
        return {"batch_size": "must be at least 2: this model normalizes over a batch"}
    return _memory_problems(model, recipe, found)


def _widest(recipe: Recipe) -> str:
    """The setting to blame for a model that is too large, with or without hidden layers."""
    if "channels" not in MODELS[recipe.model].defaults():
        return "hidden"
    with torch.device("meta"):
        features = build(recipe.model, {**recipe.arguments, "hidden": ()})
    return "channels" if count_parameters(features) > MAX_PARAMETERS else "hidden"


def _learns_from_one(model: nn.Module) -> bool:
    """Whether a model can be trained on batches of a single image. The model has shapes only, no numbers."""
    try:
        model.train()(torch.empty(1, 1, SIDE, SIDE, device="meta"))
    except ValueError:
        return False
    return True


def _memory_problems(model: nn.Module, recipe: Recipe, found: Mapping[str, str]) -> dict[str, str]:
    """Whether a model's activations need too much memory. The model has shapes only, no numbers.

    Training keeps the outputs of all layers for one batch, for the gradients. Scoring holds those of two
    layers at a time, for the images of one forward pass.
    """
    bytes_each = 4
    scoring = bytes_each * 2 * max(_output_sizes(model.eval())) * BATCH
    training = (
        bytes_each * sum(_output_sizes(model.train())) * (0 if "batch_size" in found else recipe.batch_size)
    )
    if max(scoring, training) <= MAX_MEMORY:
        return {}
    reason = f"needs {max(scoring, training) / 1e9:.1f} GB of memory; {MAX_MEMORY / 1e9:.0f} are allowed"
    if scoring <= MAX_MEMORY:
        return {"batch_size": f"{reason} with this model"}
    return {"channels" if recipe.model == "cnn" else "hidden": reason}


def _output_sizes(model: nn.Module) -> list[int]:
    """How many numbers each layer of a model gives for one image, in the mode that it is in."""
    images = 2  # batch norm has no statistics of a single one
    sizes: list[int] = []

    def note(layer: nn.Module, inputs: tuple[Tensor], values: Tensor) -> None:
        sizes.append(values.numel() // images)

    hooks = [layer.register_forward_hook(note) for layer in model.modules() if not list(layer.children())]
    model(torch.empty(images, 1, SIDE, SIDE, device="meta"))
    for hook in hooks:
        hook.remove()
    return sizes
