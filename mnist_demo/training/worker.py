"""What a worker process does: warm up, wait, train or score once, report over its connection, and end.

Knows training and its data; what it receives and sends are the messages below. The process that started it
may kill it at any time: nothing that it holds needs to be released.
"""

import contextlib
import dataclasses
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import numpy as np
import torch
from torch import nn

from mnist_demo.data import datasets, mnist
from mnist_demo.data.datasets import LabeledDigits, Splits
from mnist_demo.data.download import DataUnavailable
from mnist_demo.digits import SIDE
from mnist_demo.events import Evaluated, Progress
from mnist_demo.ink.fitting import Digit
from mnist_demo.models import checkpoints, program
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.evaluation import Mistake, dead_units, mistakes, probabilities_of, score
from mnist_demo.models.modules import build
from mnist_demo.models.program import ProgramError
from mnist_demo.recipes import Recipe
from mnist_demo.training.calibration import calibrate
from mnist_demo.training.loop import initial_model, make_average, train
from mnist_demo.training.rate_finder import find_rate
from mnist_demo.training.scoring import score_run
from mnist_demo.training.steering import Steering

#: Pictures that are kept of one digit read as one other: half a megabyte for a model that errs everywhere.
MAX_MISTAKES_OF_EACH = 8

#: Validation digits for which a unit has to be zero to be called dead; many more would cost a run its time.
DEAD_ON = 100

_NICENESS = 10


@dataclass(frozen=True)
class Reading:
    """The ten probabilities that the model in training gives the digit that it watches."""

    digit: Digit
    probabilities: list[float]


@dataclass(frozen=True)
class Snapshot:
    """The model in training as it was at one moment, as the bytes of a program, see `models.program`."""

    place: float  # passes over the training split until then
    program: bytes
    dead: list[tuple[int, int]]  # as `dead_units` counts them, when the epoch began to be looked at


@dataclass(frozen=True)
class Steered:
    """A change that was asked for while the run goes on is in force from here on."""

    place: float  # passes over the training split so far
    change: str  # a phrase for people

    @property
    def words(self) -> str:
        """What the card says of it."""
        return f"{self.change} from epoch {self.place:.2f} on"


@dataclass(frozen=True)
class Result:
    """What a run produced: its weights as a .safetensors file, their card, and their mistakes."""

    card: Card
    packed: bytes
    confusion: list[list[int]]  # of the test images; row = label, column = answer
    mistakes: list[Mistake]  # on the test images, the most confident first; not all where there are many


@dataclass(frozen=True)
class Failed:
    """The run ended without a result; the reason is a sentence for people."""

    reason: str


def work(connection: Connection, threads: int, environment: Mapping[str, str]) -> None:
    """Warm up, wait for one task, do it and end. Ends too when the other side of the connection is gone.

    `environment` is that of the process that wants the worker; MNIST_DEMO_DATA in it says where the data is.
    """
    os.environ.clear()
    os.environ.update(environment)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started it decides when it ends
    os.nice(_NICENESS)
    with contextlib.suppress(AttributeError, OSError):
        # on Linux: any other process that wakes up runs at once, and this one when nothing else does
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("1000")
    torch.set_num_threads(threads)
    with contextlib.suppress(EOFError, OSError):
        _warm_up()
        task, *arguments = connection.recv()
        try:
            _TASKS[task](connection, *arguments)
        except (DataUnavailable, CheckpointError, ValueError) as error:
            connection.send((Failed(str(error)), b""))
        except MemoryError:
            connection.send((Failed("There is not enough memory for this run."), b""))


def _warm_up() -> None:
    """Do once what the first run would have to wait for: a small step of everything, and reading MNIST."""
    model = build("cnn", {"channels": ((4,), (4,)), "hidden": (8,)})
    digits = LabeledDigits(torch.zeros(8, SIDE, SIDE, dtype=torch.uint8), torch.arange(8))
    recipe = Recipe(name="warm-up", model="cnn", epochs=1, optimizer="adamw", precision="bfloat16")
    for _ in train(model, Splits(digits, digits, digits), recipe):
        pass
    if mnist.DOWNLOAD.is_here():
        with contextlib.suppress(DataUnavailable):
            datasets.load_mnist()


def _train(connection: Connection, recipe: Recipe) -> None:
    splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = initial_model(recipe)
    average = make_average(model, recipe)
    scored = average.module if average else model
    last: Evaluated | None = None
    orders, steered = _Orders(), list[Steered]()
    dead, counted_in = list[tuple[int, int]](), -1
    for event in train(model, splits, recipe, average, orders.steering):
        packed = b""
        if isinstance(event, Evaluated):
            last, packed = event, checkpoints.pack(event.weights)
            event = dataclasses.replace(event, weights={})
        connection.send((event, packed))
        for change in orders.obey(connection):
            steered.append(Steered(event.place, change))
            connection.send((steered[-1], b""))
        # the temperature is fitted when training is over
        if orders.watched is not None and isinstance(event, Progress | Evaluated):
            connection.send((_read(scored, orders.watched, recipe, temperature=1.0), b""))
        if orders.take_snapshot_order():
            if int(event.place) > counted_in:  # once in each epoch: it takes as long as some ten steps
                counted_in = int(event.place)
                dead = dead_units(scored, splits.validation[:DEAD_ON], recipe.normalization)
            connection.send((_snapshot(scored, recipe, event.place, dead), b""))
    if last is None or last.epoch == 0:
        reason = "The loss stopped being finite in the first epoch, so there is nothing to keep."
        connection.send((Failed(reason), b""))
    else:
        phrases = [each.words for each in steered]
        _send_result(connection, recipe, splits, model, last, orders.watched, phrases)


class _Orders:
    """What the run's owner wants of it, as far as it has been received."""

    def __init__(self) -> None:
        self.steering = Steering()
        self.watched: Digit | None = None
        self._is_snapshot_due = False

    def obey(self, connection: Connection) -> list[str]:
        """Receive what has been ordered since; wait while paused.

        Returns what was changed of the training, each in a phrase.
        """
        paused, changes = False, []
        while paused or connection.poll():
            order, *arguments = connection.recv()
            match order, arguments:
                case "watch", [digit]:
                    self.watched = digit
                case "snapshot", []:
                    self._is_snapshot_due = True
                case "pace", [seconds]:
                    self.steering.pace = seconds
                case "rate", [rate]:
                    self.steering.rate = rate
                    changes.append(f"learning rate × {rate:g}")
                case "more", []:
                    self.steering.more_epochs += 1
                    changes.append("one more epoch")
            paused = order == "pause" or (paused and order != "resume")
        return changes

    def take_snapshot_order(self) -> bool:
        """Whether a snapshot was ordered and hasn't been made."""
        is_due, self._is_snapshot_due = self._is_snapshot_due, False
        return is_due


def _snapshot(module: nn.Module, recipe: Recipe, place: float, dead: list[tuple[int, int]]) -> Snapshot:
    try:
        return Snapshot(place, program.pack_module(module, recipe.normalization), dead)
    except ProgramError:
        return Snapshot(place, b"", dead)


def _read(module: nn.Module, digit: Digit, recipe: Recipe, temperature: float) -> Reading:
    [row] = probabilities_of(module, digit[np.newaxis], recipe.normalization, temperature)
    return Reading(digit, row.tolist())


def _score(
    connection: Connection,
    recipe: Recipe,
    evaluated: Evaluated,
    packed: bytes,
    watched: Digit | None,
    steered: Sequence[str],
) -> None:
    splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    model = build(recipe.model, recipe.arguments)
    evaluated = dataclasses.replace(evaluated, weights=checkpoints.unpack(packed))
    _send_result(connection, recipe, splits, model, evaluated, watched, steered)


def _calibrate(connection: Connection, names: Sequence[str]) -> None:
    connection.send({name: calibrate(name) for name in names})


def _find_rate(connection: Connection, recipe: Recipe) -> None:
    splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    connection.send((find_rate(recipe, splits), b""))


#: What a worker can be asked to do; the arguments come with the message.
_TASKS: Mapping[str, Callable[..., None]] = {
    "train": _train,
    "score": _score,
    "calibrate": _calibrate,
    "find_rate": _find_rate,
}


def _send_result(
    connection: Connection,
    recipe: Recipe,
    splits: Splits,
    model: nn.Module,
    evaluated: Evaluated,
    watched: Digit | None,
    steered: Sequence[str],
) -> None:
    """Score the run and send its result; before it, the watched digit read as the pad will read it."""
    card, logits = score_run(recipe, splits, model, evaluated, steered)
    if watched is not None:
        connection.send((_read(model, watched, recipe, card.temperature), b""))
    packed = checkpoints.pack(evaluated.weights)
    result = Result(
        checkpoints.seal(card, packed),
        packed,
        score(logits, splits.test.labels).confusion.tolist(),
        mistakes(logits, splits.test, card.temperature, MAX_MISTAKES_OF_EACH),
    )
    connection.send((result, b""))
