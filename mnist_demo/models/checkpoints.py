"""Checkpoints: weights and the card that says what they are, written whole or not at all.

NAME.safetensors holds the weights, NAME.json the card. Weights never travel without their card, and nothing
is loaded that doesn't match it. Knows files; refuses to know how weights are made or used.
"""

import dataclasses
import hashlib
import json
import math
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor, nn

from mnist_demo.digits import Normalization
from mnist_demo.models.modules import MODELS, build, count_parameters

#: The shipped checkpoints.
DIRECTORY = Path(__file__).parents[2] / "checkpoints"


class CheckpointError(Exception):
    """A checkpoint that can't be used; the message names the file and says why."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """What a checkpoint is and how it came to be. Accuracies and errors are shares in [0, 1]."""

    name: str
    title: str  # what people call it
    model: str  # a key of models.MODELS
    arguments: Mapping[str, Any]  # of the model
    recipe: str
    seed: int
    dataset: str
    split: str  # in words
    normalization: Normalization
    epochs: int
    temperature: float  # logits are divided by it before the softmax
    validation_accuracy: float
    test_accuracy: float
    test_loss: float  # nats, at `temperature`
    expected_calibration_error: float  # on the test images, at `temperature`, 15 bins
    parameters: int
    torch_version: str
    notes: str  # what is to be known of the recipe's figures; may be empty
    drawn_accuracy: float | None = None  # on the development writers' drawings, where the data set has them
    drawn_calibration_error: float | None = None  # on them, as on the test images
    over_seeds: Mapping[str, list[float]] | None = None  # some of these figures, of runs with several seeds
    least_confidence: float | None = None  # an answer of less probability means: that is no digit
    weights_sha256: str = ""  # of the .safetensors file; filled in by save

    @classmethod
    def from_json(cls, text: str | bytes) -> "Card":
        """Reads a card. Raises ValueError, in words, for anything that isn't one."""
        try:
            content = json.loads(text)
        except ValueError as error:
            raise ValueError(f"it is not JSON ({error})") from error
        if not isinstance(content, dict):
            raise ValueError("it is not a JSON object")
        fields = {field.name for field in dataclasses.fields(cls)}
        needed = {field.name for field in dataclasses.fields(cls) if field.default is not None}
        if not needed <= content.keys() <= fields:
            missing, unknown = sorted(needed - content.keys()), sorted(content.keys() - fields)
            raise ValueError(f"missing: {missing or 'nothing'}, unknown: {unknown or 'nothing'}")
        try:
            mean, std = content["normalization"]
            card = cls(**{**content, "normalization": Normalization(float(mean), float(std))})
            numbers = [card.temperature, *card.normalization, card.test_accuracy, float(card.parameters)]
            numbers += [
                x
                for x in (card.drawn_accuracy, card.drawn_calibration_error, card.least_confidence)
                if x is not None
            ]
            if not all(map(math.isfinite, numbers)) or card.temperature <= 0 or card.normalization.std <= 0:
                raise ValueError("temperature and std have to be positive numbers")
            if not isinstance(card.over_seeds, Mapping | None) or any(
                not isinstance(values, list) or not all(isinstance(value, float) for value in values)
                for values in (card.over_seeds or {}).values()
            ):
                raise ValueError("over_seeds has to have lists of numbers")
            if not isinstance(card.arguments, Mapping) or not all(
                isinstance(text, str)
                for text in (card.name, card.title, card.model, card.notes, card.weights_sha256)
            ):
                raise ValueError("a field is of the wrong type")
        except (TypeError, ValueError) as error:
            raise ValueError(f"a field is wrong ({error})") from error
        return card

    def to_json(self) -> str:
        """The card as indented JSON with a final newline."""
        return json.dumps({**vars(self), "arguments": dict(self.arguments)}, indent=2) + "\n"


@dataclass(frozen=True)
class Checkpoint:
    """A card and the module it describes, with its weights, in evaluation mode."""

    card: Card
    module: nn.Module


def pack(weights: Mapping[str, Tensor]) -> bytes:
    """Weights as the bytes of a .safetensors file."""
    return safetensors.torch.save({name: tensor.contiguous() for name, tensor in weights.items()})


def unpack(packed: bytes) -> dict[str, Tensor]:
    """The weights in the bytes of a .safetensors file. Raises ValueError where they are damaged."""
    try:
        return safetensors.torch.load(packed)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"is damaged: {error}") from error


def sealed(card: Card, packed: bytes) -> Card:
    """The card with the digest of its weights, the bytes of a .safetensors file; `load` compares it."""
    return dataclasses.replace(card, weights_sha256=hashlib.sha256(packed).hexdigest())


def save(directory: Path, card: Card, weights: Mapping[str, Tensor]) -> Path:
    """Writes a checkpoint named after its card; returns the path of its weights.

    Both files are written beside their places first, so a full disk leaves what was there before. Raises
    CheckpointError where they can't be written.
    """
    packed = pack(weights)
    card = sealed(card, packed)
    path = directory / f"{card.name}.safetensors"
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{card.name}-", dir=directory) as partial:
            Path(partial, path.name).write_bytes(packed)
            Path(partial, "card").write_text(card.to_json(), encoding="utf-8")
            os.replace(Path(partial, path.name), path)
            os.replace(Path(partial, "card"), path.with_suffix(".json"))
    except OSError as error:
        raise CheckpointError(f"{path} could not be written: {error.strerror or error}.") from error
    return path


def read_card(path: Path) -> Card:
    """The card of the checkpoint at `path` (its .safetensors or .json). Raises CheckpointError."""
    if not path.name:
        raise CheckpointError(f"{path} is a folder, not a checkpoint.")
    place = path.with_suffix(".json")
    try:
        return Card.from_json(place.read_bytes())
    except FileNotFoundError as error:
        raise CheckpointError(f"{place.name} is missing.") from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{place.name} is not a card: {error}.") from error


def load(path: Path) -> Checkpoint:
    """Loads the checkpoint at `path` (its .safetensors or .json) onto the CPU.

    Raises CheckpointError where a file is missing or damaged, or the weights aren't those of the card: other
    names, shapes or bytes, or values that aren't finite.
    """
    card = read_card(path)
    place = path.with_suffix(".safetensors")
    try:
        packed = place.read_bytes()
    except OSError as error:
        raise CheckpointError(f"{place.name} can't be read: {error.strerror or error}.") from error
    try:
        module = assemble(card, unpack(packed))
        if hashlib.sha256(packed).hexdigest() != card.weights_sha256:
            raise ValueError("is not the file that its card was written for (its SHA-256 differs)")
    except ValueError as error:
        raise CheckpointError(f"{place.name} {error}.") from error
    return Checkpoint(card, module)


def assemble(card: Card, weights: Mapping[str, Tensor]) -> nn.Module:
    """The module that a card describes, with these weights, in evaluation mode and without gradients.

    Raises ValueError where the two don't match in names, shapes or number, or a value isn't finite.
    """
    try:
        module = build(card.model, card.arguments)
        module.load_state_dict(weights)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"does not match its card: {error}") from error
    if (parameters := count_parameters(module)) != card.parameters:
        raise ValueError(f"does not match its card: it has {parameters} parameters")
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise ValueError("has weights that are not finite numbers")
    return module.eval().requires_grad_(False)


def load_all(directory: Path = DIRECTORY) -> tuple[dict[str, Checkpoint], list[str]]:
    """Every checkpoint of a folder that loads, by name, weakest first; and a sentence for each that doesn't.

    Every model of the registry is expected there. A folder that is missing or empty gives no checkpoint and
    one sentence a model.
    """
    names = dict.fromkeys([*MODELS, *sorted(path.stem for path in directory.glob("*.json"))])
    loaded, problems = {}, []
    for name in names:
        try:
            loaded[name] = load(directory / f"{name}.json")
        except CheckpointError as error:
            problems.append(f"{MODELS[name].title if name in MODELS else name} could not be loaded: {error}")
    ordered = sorted(loaded.items(), key=lambda item: item[1].card.test_accuracy)
    return dict(ordered), problems
