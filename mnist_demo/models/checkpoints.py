"""Checkpoints: weights with the card that says what they are, written whole or not at all.

NAME.safetensors holds the weights and NAME.json the card; `cards` has its format. Weights never travel
without their card, and nothing is loaded that doesn't match it: the card has the SHA-256 of the weights.

A checkpoint is replaced by a single rename. The new weights are first written beside their place, as
.NAME.SHA256.pending; then the new card is moved to its place, and from that moment the new checkpoint is the
one that loads, whether or not the weights have reached their place too. If the process is killed before
that, the old checkpoint stays. The next save removes what an interrupted one left behind.

Knows files; refuses to know how weights are made or used.
"""

import contextlib
import glob
import hashlib
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.torch
from torch import Tensor, nn

from mnist_demo.models.cards import Card
from mnist_demo.models.modules import MODELS, build, count_parameters

_INSTALLED = Path(__file__).parents[1] / "checkpoints"

#: The shipped checkpoints: inside an installed package, else beside the package in the repository.
DIRECTORY = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "checkpoints"

#: Seconds after which an unfinished file belongs to a writer that was killed.
_MAX_WRITING_SECONDS = 600.0


class CheckpointError(Exception):
    """A checkpoint that can't be used; the message names the file and says why."""


@dataclass(frozen=True)
class Checkpoint:
    """A card and the module it describes, with its weights, in evaluation mode."""

    card: Card
    module: nn.Module


def pack(weights: Mapping[str, Tensor]) -> bytes:
    """Return weights as the bytes of a .safetensors file."""
    return safetensors.torch.save({name: tensor.contiguous() for name, tensor in weights.items()})


def unpack(packed: bytes) -> dict[str, Tensor]:
    """Return the weights in the bytes of a .safetensors file. Raises ValueError where they are damaged."""
    try:
        return safetensors.torch.load(packed)
    except (safetensors.SafetensorError, ValueError, KeyError) as error:
        raise ValueError(f"is damaged: {error}") from error


def seal(card: Card, packed: bytes) -> Card:
    """Return the card with the SHA-256 of its weights."""
    return card.model_copy(update={"weights_sha256": hashlib.sha256(packed).hexdigest()})


def save(path: Path, card: Card, weights: Mapping[str, Tensor]) -> Path:
    """Write a checkpoint, its card sealed, and return the path of its weights.

    `path` is its .safetensors or .json. Where there is a checkpoint already, either that one or this one is
    there at any moment, and that one stays if this one can't be written. Raises CheckpointError then.
    """
    packed = pack(weights)
    card = seal(card, packed)
    place = path.with_suffix(".safetensors")
    pending = _pending(place, card)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        write_whole(pending, packed)
        try:
            write_whole(place.with_suffix(".json"), card.to_json().encode())
        except OSError:
            pending.unlink(missing_ok=True)
            raise
        os.replace(pending, place)
        _sweep(place)
    except OSError as error:
        raise CheckpointError(f"{place} could not be written: {error.strerror or error}.") from error
    return place


def _pending(place: Path, card: Card) -> Path:
    """Where the weights of a card are until they are moved to their place."""
    return place.with_name(f".{place.stem}.{card.weights_sha256}.pending")


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole, to the disk and not only to memory, or leave what was there. Raises OSError."""
    partial = path.with_name(f".{path.name.lstrip('.')}.{secrets.token_hex(8)}.partial")
    try:
        with open(partial, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _sweep(place: Path) -> None:
    """Remove what earlier writers of this checkpoint left when they were killed."""
    for leftover in place.parent.glob(f".{glob.escape(place.stem)}.*"):
        with contextlib.suppress(OSError):
            is_old = leftover.stat().st_mtime < time.time() - _MAX_WRITING_SECONDS
            if is_old and leftover.suffix in (".pending", ".partial"):
                leftover.unlink()


def read_card(path: Path) -> Card:
    """Return the card of the checkpoint at `path` (its .safetensors or .json). Raises CheckpointError."""
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
    """Load the checkpoint at `path` (its .safetensors or .json) onto the CPU.

    Raises CheckpointError where a file is missing or damaged, or the weights aren't those of the card: other
    bytes, names or shapes, or values that aren't finite.
    """
    card, packed = _read(path)
    try:
        return Checkpoint(card, assemble(card, unpack(packed)))
    except ValueError as error:
        raise CheckpointError(f"{path.with_suffix('.safetensors').name} {error}.") from error


def _read(path: Path) -> tuple[Card, bytes]:
    """The card and the very weights it was written for, while others may be replacing both."""
    card, place = read_card(path), path.with_suffix(".safetensors")
    reason = ""
    for candidate in (_pending(place, card), place):
        try:
            packed = candidate.read_bytes()
        except OSError as error:
            reason = f"can't be read: {error.strerror or error}"
            continue
        if hashlib.sha256(packed).hexdigest() == card.weights_sha256:
            return card, packed
        reason = "is not the file that its card was written for: its SHA-256 differs"
    if read_card(path) != card:
        return _read(path)
    raise CheckpointError(f"{place.name} {reason}.")


def assemble(card: Card, weights: Mapping[str, Tensor]) -> nn.Module:
    """Return the module that a card describes, with these weights, for evaluation and without gradients.

    Raises ValueError where the two don't match in names, shapes or number, or a value isn't finite.
    """
    try:
        module = build(card.recipe.model, card.recipe.arguments)
        module.load_state_dict(weights)
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"does not match its card: {error}") from error
    if (parameters := count_parameters(module)) != card.parameters:
        raise ValueError(f"does not match its card: it has {parameters} parameters")
    if not all(tensor.isfinite().all() for tensor in weights.values()):
        raise ValueError("has weights that are not finite numbers")
    return module.eval().requires_grad_(False)


def load_all(directory: Path = DIRECTORY) -> tuple[dict[str, Checkpoint], list[str]]:
    """Load every checkpoint of a folder, by name, weakest first; and a sentence for each that doesn't load.

    Every model of the registry is expected there. A folder that is missing or empty gives no checkpoint and
    one sentence for each model.
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
