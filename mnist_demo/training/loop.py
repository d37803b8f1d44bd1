"""The training loop: a generator of events.

Knows models, data and recipes. Prints nothing, draws nothing, writes no file and knows no process: whoever
iterates it decides how fast it goes and when it stops (close the generator).
"""

import dataclasses
import math
import time
from collections.abc import Iterator
from itertools import islice

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from mnist_demo.data.datasets import Splits, shuffled
from mnist_demo.events import Evaluated, Event, Finished, Progress
from mnist_demo.models.evaluation import evaluate, logits_of, normalize, precision_on
from mnist_demo.models.modules import build
from mnist_demo.recipes import Recipe
from mnist_demo.training.allocation import keep_freed_memory
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.distillation import load_teacher
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.step import make_step

REPORT_EVERY = 0.2  # seconds between two Progress events, and so the longest time to notice a stop
_GROUP = 2_048  # images that are gathered, distorted and normalized at once, about
_DIGITS_A_OUTLIER = 8  # in a batch
_FIRST_SCORED = 1_000  # training images that stand for all in the score before training


def fresh(recipe: Recipe) -> nn.Module:
    """The recipe's model with the first weights that its seed gives. Raises what `models.build` does."""
    torch.manual_seed(recipe.seed)
    return build(recipe.model, recipe.arguments)


def train(model: nn.Module, data: Splits, recipe: Recipe) -> Iterator[Event]:
    """Trains `model` in place, on the device that its parameters and `data` are on.

    Yields Evaluated for epoch 0, the model before training; Progress by the clock; Evaluated after every
    epoch; Finished at the end. With `recipe.averaging` the averaged weights are the ones that are scored, and
    the Evaluated events carry them; otherwise they carry the model's own. If the loss stops being finite the
    run ends with Finished(diverged=True), and the last Evaluated has the last finite weights.

    The order of the images, the distortions and dropout follow from `recipe.seed`, which reseeds torch's
    global generator; the model's first weights are the caller's. The process keeps the memory that it frees
    from here on. Raises CheckpointError where the recipe's teacher can't be loaded, and ValueError where it
    can't teach.
    """
    keep_freed_memory()
    torch.manual_seed(recipe.seed)
    # the layout that the processor's convolutions work in: half as quick again in float32, more in bfloat16
    model.to(memory_format=torch.channels_last)
    precision = precision_on(next(model.parameters()).device, recipe.precision)
    recipe = dataclasses.replace(recipe, precision=precision)
    shuffling = torch.Generator().manual_seed(recipe.seed)
    distorting = torch.Generator().manual_seed(recipe.seed + 1)
    # a last batch of a single image, which has no statistics to normalize by, is left out of its epoch
    steps = math.ceil(len(data.train) / recipe.batch_size) - (len(data.train) % recipe.batch_size == 1)
    teacher = load_teacher(recipe, data.train.labels.device)
    advance = make_step(model, recipe, steps * recipe.epochs)
    average = (
        AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)
        if recipe.averaging
        else None
    )
    scored = average.module if average else model

    first, before = data.train[:_FIRST_SCORED], _Tally(recipe)
    before.add(logits_of(scored, first, recipe.normalization, recipe.precision), first.labels)
    yield _evaluated(scored, data, recipe, 0, 0.0, before.loss, before.accuracy)

    seconds = 0.0
    reported = time.perf_counter()
    for epoch in range(1, recipe.epochs + 1):
        epoch_tally, tally = _Tally(recipe), _Tally(recipe)
        resumed = time.perf_counter()
        model.train()
        batches = islice(_batches(data, recipe, shuffling, distorting), steps)
        for step, (images, labels) in enumerate(batches, 1):
            teacher_logits = teacher(images[: len(labels)]) if teacher else None
            logits = advance(images, labels, teacher_logits)
            if average:
                average.update_parameters(model)
            tally.add(logits, labels)
            now = time.perf_counter()
            if now - reported >= REPORT_EVERY:
                if not math.isfinite(tally.loss):
                    break
                seconds += now - resumed
                yield Progress(
                    epoch=epoch,
                    epochs=recipe.epochs,
                    step=step,
                    steps=steps,
                    seconds=seconds,
                    images_per_second=tally.count / (now - resumed),
                    loss=tally.loss,
                    accuracy=tally.accuracy,
                )
                epoch_tally.merge(tally)
                tally = _Tally(recipe)
                resumed = reported = time.perf_counter()
        epoch_tally.merge(tally)
        seconds += time.perf_counter() - resumed
        if not math.isfinite(epoch_tally.loss) or not all(map(_is_finite, model.parameters())):
            yield Finished(epoch - 1, seconds, diverged=True)
            return
        yield _evaluated(scored, data, recipe, epoch, seconds, epoch_tally.loss, epoch_tally.accuracy)
    yield Finished(recipe.epochs, seconds)


def _batches(
    data: Splits, recipe: Recipe, shuffling: torch.Generator, distorting: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """All digits in a random order, as normalized images [B + N, 1, 28, 28] and labels [B].

    The N last images are some of what is no digit, if any is shown. Several batches are prepared together,
    because for small models preparing one by one costs more than the step's arithmetic.
    """
    size, outliers = recipe.batch_size, data.outliers if recipe.exposure else None
    for group in shuffled(data.train, size * max(1, _GROUP // size), shuffling):
        batches = _prepared(group.images, recipe, distorting).split(size)
        shown = len(group) // _DIGITS_A_OUTLIER
        if outliers is not None and shown:  # the last digits of an epoch may be too few for one
            some = torch.randint(len(outliers), (shown,), generator=shuffling)
            others = _prepared(outliers[some.to(outliers.device)], recipe, distorting)
            shares = others.tensor_split(len(batches))
            batches = tuple(torch.cat(both) for both in zip(batches, shares, strict=True))
        yield from zip(batches, group.labels.split(size), strict=True)


def _prepared(images: Tensor, recipe: Recipe, distorting: torch.Generator) -> Tensor:
    """Images uint8 [N, 28, 28], distorted as the recipe says and normalized [N, 1, 28, 28]."""
    augment = AUGMENTATIONS[recipe.augmentation].distort
    if not augment:
        return normalize(images, recipe.normalization)
    mean, std = recipe.normalization
    return augment(images.unsqueeze(1).float().div_(255.0), distorting).sub_(mean).div_(std)


def _evaluated(
    model: nn.Module, data: Splits, recipe: Recipe, epoch: int, seconds: float, loss: float, accuracy: float
) -> Evaluated:
    validation = evaluate(model, data.validation, recipe.normalization, 1.0, recipe.precision)
    return Evaluated(
        epoch=epoch,
        epochs=recipe.epochs,
        seconds=seconds,
        train_loss=loss,
        train_accuracy=accuracy,
        validation_loss=validation.loss,
        validation_accuracy=validation.accuracy,
        weights={name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()},
    )


def _is_finite(parameter: Tensor) -> bool:
    return bool(parameter.isfinite().all())


class _Tally:
    """Loss and right answers over batches, worked out only when asked for, for all batches at once.

    For a small model the loss of each and its sum would cost a tenth of the step, and on a GPU they would
    wait for it. In double precision and rounded, so that when it is asked for makes no difference.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._loss_of, self._smoothing = LOSSES[recipe.loss].function, recipe.label_smoothing
        self._batches: list[tuple[Tensor, Tensor]] = []
        self._loss, self._right = 0.0, 0
        self.count = 0

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Counts one batch: its logits [B, 10] and labels [B]."""
        self._batches.append((logits, labels))
        self.count += len(labels)

    def merge(self, other: "_Tally") -> None:
        """Counts what another one counted."""
        other._sum_up()
        self._loss += other._loss
        self._right += other._right
        self.count += other.count

    def _sum_up(self) -> None:
        if self._batches:
            logits, labels = map(torch.cat, zip(*self._batches, strict=True))
            self._loss += self._loss_of(logits.double(), labels, self._smoothing).item() * len(labels)
            self._right += int((logits.argmax(1) == labels).sum())
            self._batches.clear()

    @property
    def loss(self) -> float:
        self._sum_up()
        return round(self._loss / max(1, self.count), 9)

    @property
    def accuracy(self) -> float:
        self._sum_up()
        return self._right / max(1, self.count)
