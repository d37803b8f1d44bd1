"""Recipes: everything that decides how a model is trained, as frozen literals with units.

Knows names and numbers only. How a model, a loss or an optimizer is made from a name is known where it is
made, so this module imports no torch and a menu of recipes costs nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mnist_demo.digits import STANDARD, SYMMETRIC, UNIT, Normalization


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One way to train one model. Every field can be changed with `dataclasses.replace`.

    Which values are allowed, and how they are worded, is in `training.settings`; the registry's recipes are
    described in `recipe_notes`.
    """

    name: str
    model: str  # a key of modules.MODELS
    arguments: Mapping[str, Any] = field(default_factory=dict)  # overrides of the model's own arguments
    dataset: str = "mnist"  # a key of datasets.DATASETS
    pen_share: float = 1.0  # share of the data set's pen drawings that is trained on
    validation_size: int = 5_000  # images held out of the training images; 0: none (`datasets.split`)
    normalization: Normalization = STANDARD
    epochs: int = 10  # passes over the training split
    batch_size: int = 128  # images a step
    learning_rate: float = 0.01  # the peak, for schedules that move it
    optimizer: str = "sgd"  # a key of optimizers.OPTIMIZERS
    weight_decay: float = 0.0  # per step, on weight matrices and kernels only
    schedule: str = "constant"  # a key of optimizers.SCHEDULES
    loss: str = "cross-entropy"  # a key of losses.LOSSES
    label_smoothing: float = 0.0  # share of the target spread evenly over the classes
    teacher: str = ""  # one of SHIPPED, whose probabilities are learned too
    exposure: float = 0.0  # weight of the loss on what isn't a digit, if the data set has any; 0: left out
    augmentation: str = "off"  # a key of augmentation.AUGMENTATIONS
    averaging: float = 0.0  # decay a step of the exponential moving average of the weights; 0: none
    precision: str = "float32"  # "bfloat16": autocast where the processor has it, else float32
    seed: int = 0

    def __post_init__(self) -> None:
        """Freezes the arguments too."""
        object.__setattr__(self, "arguments", MappingProxyType(dict(self.arguments)))

    @property
    def changed_from(self) -> dict[str, Any] | None:
        """The name of the registry's recipe that this one was changed from, and its values of what differs.

        None for a recipe of the registry, and for one whose name isn't there.
        """
        if self.name not in RECIPES:
            return None
        original = {**vars(RECIPES[self.name]), "arguments": dict(RECIPES[self.name].arguments)}
        differing = {name: value for name, value in original.items() if value != getattr(self, name)}
        return {"name": self.name, **differing} if differing else None

    @property
    def is_changed(self) -> bool:
        """Whether it is no longer the recipe whose name it has."""
        return self.changed_from is not None

    @property
    def label(self) -> str:
        """What a run of it is called: a changed recipe never just by its name."""
        return f"{self.name}, changed" if self.is_changed else self.name

    def __reduce__(self) -> tuple[Any, ...]:
        """Lets a recipe travel to another process, which a mapping proxy can't."""
        return _recipe, ({**vars(self), "arguments": dict(self.arguments)},)


def _recipe(fields: dict[str, Any]) -> Recipe:
    return Recipe(**fields)


_SHIPPED = (
    Recipe(
        name="logistic",
        model="logistic",
        dataset="mnist-pen-unipen",
        pen_share=0.25,
        normalization=UNIT,
        epochs=40,
        batch_size=256,
        learning_rate=2e-3,
        optimizer="adamw",
        schedule="cosine",
    ),
    Recipe(
        name="mlp",
        model="mlp",
        arguments={"hidden": (1280, 1024, 512), "dropout": 0.2, "batch_norm": True},
        dataset="mnist-pen-unipen",
        epochs=32,
        batch_size=512,
        learning_rate=4e-3,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="one-cycle",
        teacher="cnn",
        augmentation="elastic",
        averaging=0.998,
        precision="bfloat16",
    ),
    Recipe(
        name="cnn",
        model="cnn",
        arguments={
            "channels": ((32,), (64, 64), (128, 128)),
            "hidden": (128,),
            "dropout": 0.3,
            "blurred": True,
        },
        dataset="mnist-pen-unipen",
        epochs=20,
        batch_size=128,
        learning_rate=0.1,
        optimizer="momentum",
        weight_decay=1e-3,
        schedule="one-cycle",
        label_smoothing=0.05,
        exposure=0.15,
        augmentation="slight",
        averaging=0.999,
        precision="bfloat16",
    ),
    Recipe(
        name="cnn-tiny",
        model="cnn-tiny",
        dataset="mnist-pen-unipen",
        epochs=44,
        batch_size=128,
        learning_rate=0.2,
        optimizer="momentum",
        weight_decay=1e-4,
        schedule="one-cycle",
        augmentation="slight",
        averaging=0.998,
        precision="bfloat16",
    ),
)

#: For those who don't want to wait.
_QUICK = (
    Recipe(
        name="logistic-fast",
        model="logistic",
        normalization=UNIT,
        epochs=5,
        batch_size=256,
        learning_rate=0.01,
        optimizer="adamw",
        schedule="cosine",
    ),
    Recipe(
        name="mlp-fast",
        model="mlp",
        arguments={"hidden": (128,)},
        epochs=5,
        batch_size=128,
        learning_rate=4e-3,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="one-cycle",
    ),
    Recipe(
        name="cnn-fast",
        model="cnn",
        arguments={
            "channels": ((16,), (32,)),
            "hidden": (),
            "kernel": 5,
            "padded": False,
            "pool_first": True,
        },
        validation_size=10_000,
        epochs=2,
        batch_size=224,
        learning_rate=0.035,
        optimizer="adamw",
        weight_decay=0.01,
        schedule="one-cycle",
        precision="bfloat16",
    ),
)

#: As the write-ups have them: models, data, optimizers and epochs are theirs.
_WRITE_UPS = (
    Recipe(
        name="logistic-sgd",
        model="logistic",
        validation_size=10_000,
        normalization=UNIT,
        epochs=20,
        batch_size=128,
        learning_rate=0.001,
    ),
    Recipe(
        name="mlp-100-relu-out",
        model="mlp",
        arguments={"hidden": (100,), "relu_out": True},
        validation_size=0,
        normalization=SYMMETRIC,
        epochs=10,
        batch_size=30,
        learning_rate=0.01,
    ),
    Recipe(
        name="cnn-simple",
        model="cnn",
        arguments={"channels": ((32,), (64,)), "hidden": (128,), "dropout": 0.5},
        validation_size=0,
        normalization=SYMMETRIC,
        epochs=10,
        batch_size=30,
        learning_rate=0.01,
        precision="bfloat16",
    ),
    Recipe(
        name="mlp-30",
        model="mlp",
        arguments={"hidden": (30,)},
        validation_size=0,
        normalization=UNIT,
        epochs=40,
        batch_size=256,
        learning_rate=0.001,
        optimizer="plain-sgd",
    ),
    Recipe(
        name="mlp-392-30",
        model="mlp",
        arguments={"hidden": (392, 30)},
        validation_size=0,
        normalization=UNIT,
        epochs=40,
        batch_size=256,
        learning_rate=0.005,
        optimizer="plain-sgd",
        precision="bfloat16",
    ),
    Recipe(
        name="mlp-64-64",
        model="mlp",
        arguments={"hidden": (64, 64), "dropout": 0.1},
        normalization=UNIT,
        epochs=11,
        batch_size=32,
        learning_rate=0.01,
    ),
)

#: Recipes whose weights are in checkpoints/. They are named like their models.
SHIPPED = tuple(recipe.name for recipe in _SHIPPED)

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {recipe.name: recipe for recipe in (*_SHIPPED, *_QUICK, *_WRITE_UPS)}
)
