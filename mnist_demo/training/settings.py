"""Every setting of a run, described once: label, group, kind, range, hint, words, and what it depends on.

The form, its parsing, the checks, the list of runs and what a card says was changed iterate this table. A
setting is a field of `Recipe` or an argument of a model, which has the default; what several settings have to
do with each other is known by `validation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from mnist_demo.data.datasets import DATASETS
from mnist_demo.digits import STANDARD, SYMMETRIC, UNIT
from mnist_demo.models.modules import MAX_SHIFT, MODELS
from mnist_demo.recipes import RECIPES, SHIPPED, Recipe
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.kinds import Blocks, Choice, Flag, Kind, Number, Option, Share, Whole, Widths
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.optimizers import OPTIMIZERS, SCHEDULES

#: What settings are grouped by: what they change.
GROUPS = ("Model", "Data", "Steps", "Loss", "Advanced")

PRECISIONS = ("float32", "bfloat16")

_WIDTHS = Widths(most=12, largest=4_096)
_WITH_PEN = tuple(name for name, dataset in DATASETS.items() if dataset.pen_images)
_SHIPPED_MODELS = {name: Option(MODELS[name].title, name) for name in SHIPPED}
_NORMALIZATIONS = {
    "unit": Option("Pixels in [0, 1]", UNIT),
    "symmetric": Option("Pixels in [−1, 1]", SYMMETRIC),
    "standard": Option("Mean 0, std 1", STANDARD),
}


@dataclass(frozen=True)
class Needs:
    """Another setting, and the choices of it that leave a setting its effect."""

    setting: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One setting. `name` is that of the recipe's field, or of the argument that some models take."""

    name: str
    label: str
    group: str
    kind: Kind
    hint: str = ""
    words: str = ""  # how a run is described; {} is the value. By default the label and the value
    words_if_off: str = ""  # the same for a value that is false, zero or empty. By default "no" and the label
    is_always_said: bool = False  # else a run's description leaves the default out
    needs: Needs | None = None

    @property
    def models(self) -> list[str]:
        """The models that take it as an argument; none for a field of the recipe."""
        return [name for name, model in MODELS.items() if self.name in model.defaults()]

    @property
    def is_argument(self) -> bool:
        """Whether it is an argument of models, and not a field of the recipe."""
        return bool(self.models)

    def default(self, model: str) -> Any:
        """The value that it has where a recipe doesn't say. None if there is no default."""
        if self.is_argument:
            return MODELS[model].defaults()[self.name]
        default = next(field.default for field in fields(Recipe) if field.name == self.name)
        return None if default is MISSING else default

    def value(self, recipe: Recipe) -> Any:
        """What a recipe has it set to."""
        if self.is_argument:
            return recipe.arguments.get(self.name, self.default(recipe.model))
        return getattr(recipe, self.name)

    def applies(self, recipe: Recipe) -> bool:
        """Whether it has an effect on a run of this recipe."""
        if self.is_argument:
            return recipe.model in self.models
        return self.needs is None or getattr(recipe, self.needs.setting) in self.needs.choices

    def say(self, recipe: Recipe) -> str:
        """What a description of the run says of it."""
        value, label = self.value(recipe), self.label.lower()
        if not value:
            return self.words_if_off or f"no {label}"
        if not self.words:
            return label if isinstance(self.kind, Flag) else f"{label} {self.kind.say(value)}"
        return self.words.format(self.kind.say(value))


_MODEL, _DATA, _STEPS, _LOSS, _ADVANCED = GROUPS

SETTINGS: tuple[Setting, ...] = (
    Setting("model", "Model", _MODEL, Choice.of(MODELS), words="{}", is_always_said=True),
    Setting(
        "channels",
        "Channels",
        _MODEL,
        Blocks(4, _WIDTHS),
        "of each block: 32, 64+64",
        is_always_said=True,
    ),
    Setting("kernel", "Kernel", _MODEL, Choice({"3": Option("3 × 3", 3), "5": Option("5 × 5", 5)})),
    Setting(
        "hidden",
        "Hidden layers",
        _MODEL,
        _WIDTHS,
        "units of each: 512, 256",
        "hidden {}",
        "no hidden layer",
        True,
    ),
    Setting("dropout", "Dropout", _MODEL, Number(0, 1, is_most_allowed=False)),
    Setting("blurred", "Blurred pooling", _MODEL, Flag()),
    Setting("batch_norm", "Batch norm", _MODEL, Flag()),
    Setting(
        *("relu_out", "ReLU on the logits", _MODEL, Flag()),
        words="ReLU on the logits",
        words_if_off="no ReLU on the logits",
    ),
    Setting("dataset", "Data set", _DATA, Choice.of(DATASETS), words="{}", is_always_said=True),
    Setting(
        *("pen_share", "Pen drawings", _DATA, Share(), "share to train on: 0.25", "{} of the pen drawings"),
        needs=Needs("dataset", _WITH_PEN),
    ),
    Setting(
        *("validation_size", "Validation images", _DATA, Whole()),
        words="{} validation images",
        words_if_off="validated on the test images",
    ),
    Setting("augmentation", "Augmentation", _DATA, Choice.of(AUGMENTATIONS), words="augmentation: {}"),
    Setting("epochs", "Epochs", _STEPS, Whole(1), words="{} epochs", is_always_said=True),
    Setting("batch_size", "Batch size", _STEPS, Whole(1), words="batch {}", is_always_said=True),
    Setting(
        *("learning_rate", "Learning rate", _STEPS, Number(0, 100, is_least_allowed=False)),
        is_always_said=True,
    ),
    Setting("optimizer", "Optimizer", _STEPS, Choice.of(OPTIMIZERS), words="{}", is_always_said=True),
    Setting("schedule", "Schedule", _STEPS, Choice.of(SCHEDULES), words="schedule: {}"),
    Setting("loss", "Loss", _LOSS, Choice.of(LOSSES), words="loss: {}"),
    Setting(
        *("label_smoothing", "Label smoothing", _LOSS, Number(0, 0.9)),
        needs=Needs("loss", tuple(name for name, loss in LOSSES.items() if loss.smooths)),
    ),
    Setting(
        *("teacher", "Teacher", _LOSS, Choice({"none": Option("None", ""), **_SHIPPED_MODELS})),
        hint="a shipped model to imitate",
        words="teacher: {}",
    ),
    Setting(
        *("exposure", "Outlier exposure", _LOSS, Number(0, 10), "weight of what isn’t a digit"),
        needs=Needs("dataset", _WITH_PEN),
    ),
    Setting("seed", "Seed", _ADVANCED, Whole(0, 2**32 - 1), words_if_off="seed 0", is_always_said=True),
    Setting(
        *("weight_decay", "Weight decay", _ADVANCED, Number(0, 10)),
        needs=Needs("optimizer", tuple(name for name, entry in OPTIMIZERS.items() if entry.decays)),
    ),
    Setting("averaging", "Weight averaging", _ADVANCED, Number(0, 0.99999), "decay per step; 0 is off"),
    Setting("normalization", "Normalization", _ADVANCED, Choice(_NORMALIZATIONS), words="normalization: {}"),
    Setting(
        *("precision", "Precision", _ADVANCED, Choice({name: Option(name, name) for name in PRECISIONS})),
        hint="bfloat16 if the processor has it",
        words="{}",
    ),
    Setting("padded", "Padding", _ADVANCED, Flag()),
    Setting("pool_first", "Early pooling", _ADVANCED, Flag(), "before batch norm: faster"),
    Setting("shift", "Shifted copies", _ADVANCED, Whole(0, MAX_SHIFT), "pixels; 0 is off"),
)


def describe(recipe: Recipe) -> str:
    """A run's settings in one line; most of those that are as by default are left out."""
    said = [setting for setting in SETTINGS if setting.applies(recipe)]
    return _joined(
        setting.say(recipe)
        for setting in said
        if setting.is_always_said or setting.value(recipe) != setting.default(recipe.model)
    )


def describe_changes(recipe: Recipe) -> str:
    """In what a recipe differs from the one whose name it has, in one line; empty if it doesn't."""
    start = RECIPES[recipe.name]
    return _joined(
        setting.say(recipe)
        for setting in SETTINGS
        if setting.applies(recipe)
        and not (setting.applies(start) and setting.value(recipe) == setting.value(start))
    )


def by_name() -> Mapping[str, Setting]:
    """All settings by their names."""
    return {setting.name: setting for setting in SETTINGS}


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)
