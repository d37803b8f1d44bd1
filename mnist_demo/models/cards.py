"""Cards: what a checkpoint is, how it was made, and how it scores. Knows the format; refuses to know files.

A card is a JSON object. `recipe` is the whole recipe that made the weights, with every argument of the model.
`changed_from` is null for a recipe of the registry. For a recipe that a visitor or an option changed, it has
the name of the registry's recipe, and that recipe's values of the fields that differ. Everything else was
measured, in the units that `Card` gives. A card with a missing field, an unknown one, or a value of the wrong
type or range is refused.
"""

import dataclasses
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)

from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import Recipe

#: What a card's recipe has to name. A field that Recipe gets later is not among them: on an older card it has
#: its default, so that has to mean what was done before the field existed.
_RECIPE_FIELDS = frozenset(
    """name model arguments dataset pen_share validation_size normalization epochs batch_size learning_rate
    optimizer weight_decay schedule loss label_smoothing teacher exposure augmentation averaging precision
    seed""".split()  # noqa: SIM905
)

Share = Annotated[float, Field(ge=0.0, le=1.0)]
_Count = Annotated[int, Field(ge=0)]


def _fields(recipe: Recipe) -> dict[str, Any]:
    return {**vars(recipe), "arguments": dict(recipe.arguments)}


class Card(BaseModel):
    """What a checkpoint is and how it came to be. Accuracies and calibration errors are shares in [0, 1]."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    recipe: Annotated[Recipe, PlainSerializer(_fields)]  # every field of it
    changed_from: Mapping[str, Any] | None = None
    steered: list[str] | None = None  # what was changed while it ran, each in a phrase; no recipe has that
    epochs: _Count  # completed
    training_images: _Count
    validation_images: _Count
    test_images: _Count
    parameters: _Count
    temperature: Annotated[float, Field(gt=0.0)]  # logits are divided by it before the softmax
    validation_accuracy: Share
    test_accuracy: Share
    test_loss: Annotated[float, Field(ge=0.0)]  # mean cross-entropy at `temperature`, nats
    expected_calibration_error: Share  # on the test images, at `temperature`, 15 bins
    drawn_accuracy: Share | None = None  # on the development writers' drawings, where the data set has them
    drawn_calibration_error: Share | None = None  # on those drawings, as on the test images
    min_confidence: Share | None = None  # a less probable answer means that it isn't a digit
    over_seeds: Mapping[str, list[float]] | None = None  # some of these figures, one for each seed's run
    torch_version: str
    #: Of the .safetensors file, in hexadecimal; filled in by `checkpoints.seal`.
    weights_sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""

    @property
    def sentence(self) -> str:
        """What kind of model it is, in a few words."""
        return MODELS[self.recipe.model].sentence

    @property
    def title(self) -> str:
        """The model's name for people."""
        return MODELS[self.recipe.model].title

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a card. Raises ValueError, with a reason for people, for anything that isn't one."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise ValueError(_reason(error)) from error

    def to_json(self) -> str:
        """The card as indented JSON with a final newline."""
        return self.model_dump_json(indent=2) + "\n"

    @field_validator("recipe")
    @classmethod
    def _with_tuples(cls, recipe: Recipe) -> Recipe:
        """JSON has lists only; the registry's recipes have tuples."""
        arguments = {name: _tuples(value) for name, value in recipe.arguments.items()}
        return dataclasses.replace(recipe, arguments=arguments)

    @model_validator(mode="before")
    @classmethod
    def _names_the_whole_recipe(cls, content: Any) -> Any:
        recipe = content.get("recipe") if isinstance(content, Mapping) else None
        if isinstance(recipe, Mapping) and (missing := sorted(_RECIPE_FIELDS - recipe.keys())):
            raise ValueError(f"recipe.{missing[0]} is missing")
        return content

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if self.recipe.model not in MODELS:
            raise ValueError(f"recipe.model should be one of {', '.join(MODELS)}")
        if self.recipe.normalization.std <= 0:
            raise ValueError("the recipe's std should be positive")
        return self


def _reason(error: ValidationError) -> str:
    """The first thing that is wrong with a card, to follow "is not a card: "."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(map(str, first["loc"])) or "it"
    match first["type"]:
        case "missing":
            return f"{field} is missing"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return f"{field} is unknown"
        case "value_error":
            return str(first["ctx"]["error"])
    # "Input should be a valid integer", "Invalid JSON: EOF while parsing an object at line 1 column 1"
    _, should, what = first["msg"].partition(" should ")
    return f"{field}{should}{what}" if should else str(first["msg"])


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
