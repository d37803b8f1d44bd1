"""What a worker process does: wait warm, train or score once, report over its connection, end.

Knows training and its data; what it is told and what it says are the messages below. Whoever started it may
end it at any time: nothing it holds needs to be released.
"""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection

import torch
from torch import Tensor

from mnist_demo.data import datasets, mnist
from mnist_demo.data.datasets import Splits
from mnist_demo.data.download import DataUnavailable
from mnist_demo.events import Evaluated, Progress
from mnist_demo.ink.strokes import Digit
from mnist_demo.models import checkpoints
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.evaluation import Mistake, mistakes, normalize, score
from mnist_demo.models.modules import build
from mnist_demo.recipes import Recipe
from mnist_demo.training.loop import fresh, train
from mnist_demo.training.scoring import score_run

MAX_MISTAKES = 24
_NICENESS = 10


@dataclass(frozen=True)
class Reading:
    """What the model in training makes of the digit that it watched then: ten probabilities."""

    digit: Digit
    probabilities: list[float]


@dataclass(frozen=True)
class Result:
    """What a run leaves: its weights as a .safetensors file, their card, and how they fail."""

    card: Card
    packed: bytes
    confusion: list[list[int]]  # test images; row = label, column = answer
    mistakes: list[Mistake]  # on the test images, the surest first


@dataclass(frozen=True)
class Failed:
    """The run ended without a result; the reason is a sentence for people."""

    reason: str


def work(connection: Connection, threads: int, environment: Mapping[str, str]) -> None:
    """A worker's life: warm up, wait for one task, do it, end. Ends when the other side is gone.

    `environment` is that of whoever started it; MNIST_DEMO_DATA in it says where the data is.
    """
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the side that started it decides when it ends
    os.nice(_NICENESS)
    with contextlib.suppress(AttributeError, OSError):
        # on Linux: any other process that wakes up runs at once, and this one on what is left over
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    torch.set_num_threads(threads)
    with contextlib.suppress(EOFError, OSError):
        _warm_up()
        task, *arguments = connection.recv()
        try:
            if task == "train":
                _train(connection, *arguments)
            else:
                _score_again(connection, *arguments)
        except (DataUnavailable, CheckpointError, ValueError) as error:
            connection.send((Failed(str(error)), b""))
        except MemoryError:
            connection.send((Failed("There is not enough memory for this run."), b""))


def _warm_up() -> None:
    """Does once what the first run would wait for: a small step of everything, and MNIST read from disk."""
    model = build("cnn", {"channels": ((4,), (4,)), "hidden": (8,)})
    digits = datasets.LabeledDigits(torch.zeros(8, 28, 28, dtype=torch.uint8), torch.arange(8))
    recipe = Recipe(name="warm-up", model="cnn", epochs=1, optimizer="adamw", precision="bfloat16")
    for _ in train(model, Splits(digits, digits, digits), recipe):
        pass
    if mnist.is_here():
        with contextlib.suppress(DataUnavailable):
            datasets.load_mnist()


def _train(connection: Connection, recipe: Recipe) -> None:
    digits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = fresh(recipe)
    watched: Tensor | None = None
    last: Evaluated | None = None
    for event in train(model, digits, recipe):
        packed = b""
        if isinstance(event, Evaluated):
            last, packed = event, checkpoints.pack(event.weights)
            event = dataclasses.replace(event, weights={})
        connection.send((event, packed))
        watched = _obey(connection, watched)
        if watched is not None and isinstance(event, Progress | Evaluated):
            connection.send((_read(model, watched, recipe), b""))
    if last is None or last.epoch == 0:
        connection.send((Failed("The loss stopped being finite in the first epoch: nothing to keep."), b""))
    else:
        _send_result(connection, recipe, digits, model, last)


def _obey(connection: Connection, watched: Tensor | None) -> Tensor | None:
    """Does what the other side said since; waits while it says pause. Gives the digit to watch now."""
    paused = False
    while paused or connection.poll():
        order, *arguments = connection.recv()
        if order == "watch":
            watched = None if arguments[0] is None else torch.from_numpy(arguments[0])
        paused = order == "pause" or (paused and order != "resume")
    return watched


def _read(model: torch.nn.Module, digit: Tensor, recipe: Recipe) -> Reading:
    images = normalize((digit * 255.0).round().unsqueeze(0), recipe.normalization)
    training = model.training
    model.eval()
    with torch.no_grad():
        probabilities = model(images).double().softmax(1)[0]
    model.train(training)
    return Reading(digit.numpy(), probabilities.tolist())


def _score_again(connection: Connection, recipe: Recipe, evaluated: Evaluated, packed: bytes) -> None:
    digits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = build(recipe.model, recipe.arguments)
    evaluated = dataclasses.replace(evaluated, weights=checkpoints.unpack(packed))
    _send_result(connection, recipe, digits, model, evaluated)


def _send_result(
    connection: Connection, recipe: Recipe, digits: Splits, model: torch.nn.Module, evaluated: Evaluated
) -> None:
    card, logits = score_run(recipe, digits, model, evaluated)
    packed = checkpoints.pack(evaluated.weights)
    result = Result(
        checkpoints.seal(card, packed),
        packed,
        score(logits, digits.test.labels).confusion.tolist(),
        mistakes(logits, digits.test, card.temperature, MAX_MISTAKES),
    )
    connection.send((result, b""))
