"""A model as data: a list of operations with their weights, for a page that has no torch.

`program_of` turns a module into a program and refuses what it can't say, so that a new layer fails a test
and not a visitor. `Program.logits` is the reference that the page's own code translates. `pack` gives the
bytes that a page loads. Knows modules and cards; refuses to know pages, addresses and torch's arithmetic.

A packed program is the length of its header (four bytes, little-endian), the header (JSON, padded with spaces
to a multiple of four bytes), and all weights as little-endian floats of its `bits` in the order of the
operations, each operation's weights before its biases. Float16 halves what a visitor waits for; where there
are few weights it saves nothing, and moved small models' probabilities by up to .003.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from mnist_demo.digits import SIDE
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.fusion import fuse_batch_norms
from mnist_demo.models.modules import CNN, MLP, BlurredMaxPool, Logistic, TinyCNN

#: Raised whenever a page of before could misread the bytes.
FORMAT = 1

#: A program of more weights is packed as float16.
MAX_FLOAT32 = 50_000

_FLOATS = {16: "<f2", 32: "<f4"}
_Array = NDArray[np.float32]


#: Modules whose forward pass is their children's, in order; TinyCNN's is so for each shifted copy.
_IN_ORDER = (nn.Sequential, Logistic, MLP, CNN, TinyCNN)
#: Modules that change nothing in evaluation mode, or only the shape.
_NOTHING = (nn.Dropout, nn.Flatten)


class ProgramError(ValueError):
    """A module that can't be said as a program, or bytes that aren't one. Says why."""


def _none() -> _Array:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Operation:
    """One step on maps [C, H, W], with a ReLU after it where `relu`.

    `kind` is one of

    - "convolution": `weights` [out, in, k, k], the edges padded with `padding` zeros;
    - "depthwise": the same with one kernel a channel, `weights` [C, k, k];
    - "max-pool": the largest of 2×2 places, [C, H // 2, W // 2];
    - "blurred-pool": the mean of the largest of 2×2 at 2×2 neighboring places, as modules.BlurredMaxPool;
    - "linear": `weights` [out, in] on the flattened map, to [out, 1, 1].

    `bias` is [out], or [C] of a depthwise convolution.
    """

    kind: str
    relu: bool = False
    padding: int = 0
    weights: _Array = field(default_factory=_none)
    bias: _Array = field(default_factory=_none)


@dataclass(frozen=True)
class Program:
    """Operations in order; their logits are averaged over the image and its four copies moved by `shift`."""

    operations: tuple[Operation, ...]
    shift: int = 0

    def logits(self, images: _Array) -> _Array:
        """Normalized images [N, 28, 28] → logits [N, 10], in float32."""
        copies = [_run(self.operations, moved) for moved in _with_neighbors(images, self.shift)]
        mean: _Array = np.mean(copies, axis=0, dtype=np.float32)
        return mean


def _with_neighbors(images: _Array, shift: int) -> Iterator[_Array]:
    yield images
    edges = np.pad(images, [(0, 0), (shift, shift), (shift, shift)], mode="edge")
    for down, right in ((1, 0), (-1, 0), (0, 1), (0, -1)) if shift else ():
        top, left = shift - shift * down, shift - shift * right
        yield edges[:, top : top + SIDE, left : left + SIDE]


def _run(operations: Sequence[Operation], images: _Array) -> _Array:
    """Images [N, 28, 28] → the last operation's numbers [N, D]."""
    maps = images[:, np.newaxis]
    for operation in operations:
        maps = _apply(operation, maps)
        if operation.relu:
            maps = np.maximum(maps, 0)
    return maps.reshape(len(maps), -1)


def _apply(operation: Operation, maps: _Array) -> _Array:
    """One operation, before its ReLU, on maps [N, C, H, W]."""
    match operation.kind:
        case "max-pool":
            return _maxima(maps)[..., ::2, ::2]
        case "blurred-pool":
            maxima = _maxima(maps)
            first = np.arange(0, maxima.shape[-1], 2)
            second = np.minimum(first + 1, maxima.shape[-1] - 1)  # the last window may be half outside
            rows = maxima[..., first, :] + maxima[..., second, :]
            return (rows[..., first] + rows[..., second]) * np.float32(0.25)
        case "linear":
            sums = (maps.reshape(len(maps), -1) @ operation.weights.T)[:, :, np.newaxis, np.newaxis]
        case "convolution":
            sums = np.tensordot(_windows(operation, maps), operation.weights, axes=((1, 4, 5), (1, 2, 3)))
            sums = sums.transpose(0, 3, 1, 2)
        case "depthwise":
            sums = np.einsum("nchwyx,cyx->nchw", _windows(operation, maps), operation.weights)
        case kind:
            raise ProgramError(f"There is no operation {kind!r}")
    return sums + operation.bias[:, np.newaxis, np.newaxis]


def _maxima(maps: _Array) -> _Array:
    """The largest of 2×2 at every place, [N, C, H - 1, W - 1]."""
    rows = np.maximum(maps[..., :-1, :], maps[..., 1:, :])
    return np.maximum(rows[..., :-1], rows[..., 1:])


def _windows(operation: Operation, maps: _Array) -> _Array:
    """What each kernel sees, [N, C, H, W, k, k]."""
    edge = (operation.padding, operation.padding)
    padded = np.pad(maps, [(0, 0), (0, 0), edge, edge])
    return np.lib.stride_tricks.sliding_window_view(padded, operation.weights.shape[-2:], (2, 3))


def program_of(module: nn.Module) -> Program:
    """The program that gives a module's logits in evaluation mode, up to rounding.

    Raises ProgramError for a layer, or a setting of one, that no operation stands for.
    """
    operations: list[Operation] = []
    for layer in _layers(fuse_batch_norms(module)):
        if isinstance(layer, nn.ReLU):
            if not operations:
                raise ProgramError("A ReLU has to come after another layer")
            operations[-1] = Operation(**{**vars(operations[-1]), "relu": True})
        elif not isinstance(layer, _NOTHING):
            operations.append(_operation(layer))
    return Program(tuple(operations), module.shift if isinstance(module, TinyCNN) else 0)


def _layers(module: nn.Module) -> Iterator[nn.Module]:
    if type(module) in _IN_ORDER:
        for child in module.children():
            yield from _layers(child)
    else:
        yield module


def _operation(layer: nn.Module) -> Operation:
    if type(layer) is nn.Linear:
        return Operation("linear", weights=_array(layer.weight), bias=_bias(layer))
    if type(layer) is BlurredMaxPool:
        return Operation("blurred-pool")
    if type(layer) is nn.MaxPool2d and (layer.kernel_size, layer.stride) == (2, 2):
        if (layer.padding, layer.dilation, layer.ceil_mode) == (0, 1, False):
            return Operation("max-pool")
    elif type(layer) is nn.Conv2d:
        (rows, columns), padding = layer.kernel_size, layer.padding
        plain = layer.stride == layer.dilation == (1, 1) and layer.padding_mode == "zeros"
        if plain and rows == columns and padding in [(side, side) for side in range(rows)]:
            edge, bias = int(padding[0]), _bias(layer)
            if layer.groups == 1:
                return Operation("convolution", padding=edge, weights=_array(layer.weight), bias=bias)
            if layer.groups == layer.in_channels == layer.out_channels:
                return Operation("depthwise", padding=edge, weights=_array(layer.weight[:, 0]), bias=bias)
    elif type(layer) is nn.BatchNorm2d and layer.running_mean is not None and layer.running_var is not None:
        # where pooling keeps it from the convolution before it: each channel scaled and moved
        scale = (layer.running_var + layer.eps).rsqrt() * layer.weight
        moved = layer.bias - layer.running_mean * scale
        return Operation("depthwise", weights=_array(scale[:, None, None]), bias=_array(moved))
    raise ProgramError(f"No operation stands for {layer}")


def _array(tensor: Tensor) -> _Array:
    array: _Array = tensor.detach().cpu().float().numpy()
    return array


def _bias(layer: nn.Linear | nn.Conv2d) -> _Array:
    return np.zeros(len(layer.weight), np.float32) if layer.bias is None else _array(layer.bias)


def pack(checkpoint: Checkpoint) -> bytes:
    """The program of a checkpoint as the bytes that a page loads, with what its card says about its logits.

    Raises ProgramError, see `pack_module`.
    """
    card = checkpoint.card
    return pack_module(checkpoint.module, card.recipe.normalization, card.temperature, card.min_confidence)


def pack_module(
    module: nn.Module,
    normalization: tuple[float, float],
    temperature: float = 1.0,
    min_confidence: float | None = None,
) -> bytes:
    """The program of a module as the bytes that a page loads; for the other arguments see `cards.Card`.

    Raises ProgramError for what can't be said, or for weights too large for float16.
    """
    program = program_of(module)
    operations = program.operations
    values = np.concatenate([array.ravel() for each in operations for array in (each.weights, each.bias)])
    bits = 16 if len(values) > MAX_FLOAT32 else 32
    if bits == 16 and np.abs(values).max() > np.finfo(np.float16).max:
        raise ProgramError("The weights are too large for float16")
    header = {
        "format": FORMAT,
        "bits": bits,
        "normalization": list(normalization),
        "temperature": temperature,
        "min_confidence": min_confidence,
        "shift": program.shift,
        "operations": [
            {
                "kind": operation.kind,
                "relu": operation.relu,
                "padding": operation.padding,
                "shape": list(operation.weights.shape),
            }
            for operation in operations
        ],
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    return len(text).to_bytes(4, "little") + text + values.astype(_FLOATS[bits]).tobytes()


def unpack(packed: bytes) -> tuple[dict[str, Any], Program]:
    """The header and the program, in float32, that `pack` made bytes of. Raises ProgramError."""
    try:
        length = int.from_bytes(packed[:4], "little")
        header: dict[str, Any] = json.loads(packed[4 : 4 + length])
        if header["format"] != FORMAT:
            raise ValueError(f"its format is {header['format']}, not {FORMAT}")
        values = np.frombuffer(packed, _FLOATS[header["bits"]], offset=4 + length).astype(np.float32)
        operations = []
        for said in header["operations"]:
            shape = said.pop("shape")
            weights, bias, values = np.split(values, np.cumsum([math.prod(shape), shape[0]]))
            operations.append(Operation(**said, weights=weights.reshape(shape), bias=bias))
            if len(bias) != shape[0]:
                raise ValueError("it has too few weights")
        if len(values):
            raise ValueError("it has too many weights")
        return header, Program(tuple(operations), header["shift"])
    except (ValueError, KeyError, TypeError) as error:
        raise ProgramError(f"These bytes are not a program: {error}") from error
