"""A run as code to take home: one script of torch and torchvision alone, or the same as a notebook.

The script has what the run used and nothing else. Functions in it are this project's own, taken from its
source with all that they call; the model is written down layer by layer, from the module itself. What can't
be taken along, other data sets and a teacher, is left out, and the script says so.

Knows recipes and source; refuses to know files, pages and how a run goes.
"""

import dataclasses
import inspect
import json
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from torch import nn

from mnist_demo.data.datasets import DATASETS
from mnist_demo.models import modules
from mnist_demo.models.modules import CNN, MLP, BlurredMaxPool, Logistic, TinyCNN
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.recipes import Recipe
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.loop import group_size, initial_model
from mnist_demo.training.losses import LOSSES, cross_entropy
from mnist_demo.training.optimizers import OPTIMIZERS, PlainSGD

_MNIST_TRAINING = 60_000  # images

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)

#: How the registries' entries are written in a script; `{}` is what the optimizer moves.
_OPTIMIZERS = {
    "sgd": "torch.optim.SGD({}, lr=LEARNING_RATE, fused=True)",
    "momentum": "torch.optim.SGD({}, lr=LEARNING_RATE, momentum=0.9, nesterov=True, fused=True)",
    "adam": "torch.optim.Adam({}, lr=LEARNING_RATE, fused=True)",
    "adamw": "torch.optim.AdamW({}, lr=LEARNING_RATE, weight_decay=0.0, fused=True)",
    "plain-sgd": "PlainSGD({}, lr=LEARNING_RATE)",
}
_SCHEDULES = {
    "constant": "",
    "cosine": "torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=EPOCHS * steps)",
    "one-cycle": """torch.optim.lr_scheduler.OneCycleLR(
    optimizer, max_lr=LEARNING_RATE, total_steps=EPOCHS * steps, pct_start=0.3, cycle_momentum=False
)""",
}

#: What is imported where this is found in a script.
_IMPORTS = {
    r"\bitertools\.": "import itertools",
    r"\bmath\.": "import math",
    r"\bIterator\b": "from collections.abc import Iterator",
}
_TORCH_IMPORTS = {
    r"\bTensor\b": "from torch import Generator, Tensor",
    r"\bOptimizer\)": "from torch.optim import Optimizer",
    r"\bAveragedModel\b": "from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn",
}


def nearest(recipe: Recipe) -> Recipe:
    """Return the recipe that the script follows: on MNIST, by itself. It is the same where that is so."""
    return dataclasses.replace(recipe, dataset="mnist", pen_share=1.0, teacher="", exposure=0.0)


def stem_of(recipe: Recipe) -> str:
    """Return what the files of a run with this recipe are called, without an ending."""
    return recipe.label.replace(", ", "-")


def script_of(recipe: Recipe, steered: Sequence[str] = ()) -> str:
    """Return the script of a run with this recipe. Raises ValueError where its model can't be built.

    steered: what was changed while the run went on, each in a phrase; the script says that it doesn't.
    """
    own = nearest(recipe)
    module = initial_model(own)
    distort, loss = AUGMENTATIONS[own.augmentation].distort, LOSSES[own.loss].function
    shift = module.shift if isinstance(module, TinyCNN) else 0
    is_decaying = bool(own.weight_decay) and OPTIMIZERS[own.optimizer].decays
    needed: list[Any] = [] if loss is cross_entropy else [loss]
    needed += [PlainSGD] if own.optimizer == "plain-sgd" else []
    needed += [distort] if distort else []
    needed += [modules._with_shifted_copies] if shift else []
    template = _ENVIRONMENT.get_template("script.jinja")
    values = {
        "title": RECIPE_NOTES[recipe.name].title,
        "label": recipe.label,
        "stem": stem_of(recipe),
        "remarks": list(_remarks(recipe, steered)),
        "recipe": own,
        "images": _MNIST_TRAINING - own.validation_size,
        "parameters": modules.count_parameters(module),
        "layers": _lines(_layers(module)),
        "parts": _sources(needed),
        "is_decaying": is_decaying,
        "optimizer": _OPTIMIZERS[own.optimizer].format("groups" if is_decaying else "model.parameters()"),
        "schedule": _SCHEDULES[own.schedule],
        "distort": distort.__name__ if distort else "",
        "group": group_size(own.batch_size),
        "loss": "" if loss is cross_entropy else loss.__name__,
        "shift": shift,
        "scored": "average.module" if own.averaging else "model",
    }
    text = template.render(imports=[], torch_imports=[], **values)
    return template.render(
        imports=[line for word, line in _IMPORTS.items() if re.search(word, text)],
        torch_imports=[line for word, line in _TORCH_IMPORTS.items() if re.search(word, text)],
        **values,
    )


def notebook_of(recipe: Recipe, steered: Sequence[str] = ()) -> str:
    """Return the same as a notebook, in the format of Jupyter: a cell for each part of the script."""
    head, *parts = re.split(r"^# %% (.*)\n", script_of(recipe, steered), flags=re.MULTILINE)
    description, _, imports = head.strip().removeprefix('"""').partition('"""')
    cells = [("markdown", f"# {description.strip()}"), ("code", imports.strip())]
    for title, code in zip(parts[::2], parts[1::2], strict=True):
        cells += [("markdown", f"## {title}"), ("code", code.strip())]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = {
        "cells": [_cell(number, kind, text) for number, (kind, text) in enumerate(cells)],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _cell(number: int, kind: str, text: str) -> dict[str, Any]:
    ran: dict[str, Any] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {
        "cell_type": kind,
        "id": f"cell-{number}",
        "metadata": {},
        "source": text.splitlines(keepends=True),
        **ran,
    }


def _remarks(recipe: Recipe, steered: Sequence[str]) -> Iterator[str]:
    """What people have to know before they compare figures."""
    left_out = []
    if recipe.dataset != "mnist":
        title = DATASETS[recipe.dataset].title if recipe.dataset in DATASETS else "a folder of pictures"
        left_out.append(f"it trained on {title}, this script trains on MNIST")
    if recipe.teacher:
        left_out.append(f"the shipped {RECIPE_NOTES[recipe.teacher].title} taught it, here it learns alone")
    if recipe.exposure:
        left_out.append("it also learned what isn't a digit")
    if steered:
        left_out.append(f"it was changed while it ran ({'; '.join(steered)})")
    if left_out:
        yield f"Its figures differ from the run's: {'; '.join(left_out)}."
    else:
        yield "With the same seed its losses are the run's, up to rounding: that differs with the threads."
    if recipe.precision == "bfloat16":
        yield "Processors without bfloat16 compute in float32, as the run does there."


def _layers(module: nn.Module) -> Iterator[str]:
    """The layers of a model in their order, each as the code that makes it."""
    match module:
        case BlurredMaxPool():
            yield from ("nn.MaxPool2d(2, stride=1)", "nn.AvgPool2d(2, ceil_mode=True)")
        case nn.Sequential() | Logistic() | MLP() | CNN() | TinyCNN():
            for child in module.children():
                yield from _layers(child)
        case nn.Conv2d():
            sizes = f"{module.in_channels}, {module.out_channels}, {module.kernel_size[0]}"
            padding = f", padding={module.padding[0]}" if module.padding[0] else ""
            groups = f", groups={module.groups}" if module.groups > 1 else ""
            bias = "" if module.bias is not None else ", bias=False"
            yield f"nn.Conv2d({sizes}{padding}{groups}{bias})"
        case nn.Linear():
            bias = "" if module.bias is not None else ", bias=False"
            yield f"nn.Linear({module.in_features}, {module.out_features}{bias})"
        case nn.BatchNorm1d() | nn.BatchNorm2d():
            yield f"nn.{type(module).__name__}({module.num_features})"
        case nn.Dropout():
            if module.p:
                yield f"nn.Dropout({module.p})"
        case nn.MaxPool2d():
            yield "nn.MaxPool2d(2)"
        case nn.ReLU() | nn.Flatten():
            yield f"nn.{type(module).__name__}()"
        case _:
            raise NotImplementedError(f"There is no code for {module}.")


def _lines(layers: Iterator[str]) -> list[str]:
    """The same with what belongs to a convolution or a linear map in one line with it."""
    lines: list[str] = []
    for layer in layers:
        if lines and not layer.startswith(("nn.Conv2d", "nn.Linear", "nn.Flatten", "nn.MaxPool2d")):
            lines[-1] += f", {layer}"
        else:
            lines.append(layer)
    return lines


def _sources(needed: list[Any]) -> list[str]:
    """The constants in one line, then each function or class, after the functions that it calls."""
    constants: dict[str, str] = {}
    definitions: dict[str, str] = {}
    taken: set[str] = set()

    def take(thing: Any) -> None:
        taken.add(thing.__name__)
        around = vars(sys.modules[thing.__module__])
        for name in _names(thing):
            value = around.get(name)
            if isinstance(value, FunctionType) and value.__module__ == thing.__module__:
                if name not in taken:
                    take(value)
            elif isinstance(value, int | float | tuple):
                constants[name] = repr(value)
        # of what explains it, the first line is enough here
        definitions[thing.__name__] = re.sub(
            r'"""(.+)\n\n[^"]+"""', r'"""\1"""', inspect.getsource(thing).strip()
        )

    for thing in needed:
        take(thing)
    together = f"{', '.join(constants)} = {', '.join(constants.values())}"
    return [together, *definitions.values()] if constants else [*definitions.values()]


def _names(thing: Any) -> list[str]:
    """The names that a function, or a class's functions, use."""
    if isinstance(thing, type):
        return [
            name for each in vars(thing).values() if isinstance(each, FunctionType) for name in _names(each)
        ]
    names: list[str] = []
    codes: list[CodeType] = [inspect.unwrap(thing).__code__]
    while codes:
        code = codes.pop()
        names += code.co_names
        codes += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
    return names
