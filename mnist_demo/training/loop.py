"""The training loop: a generator of events.

Knows models, data and recipes. Prints nothing, draws nothing, writes no file and knows no process: the
caller decides how fast it runs, by iterating, and when it stops, by closing the generator.
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
from mnist_demo.models.evaluation import effective_precision, evaluate, logits_of, normalize
from mnist_demo.models.modules import build
from mnist_demo.recipes import Recipe
from mnist_demo.training.allocation import keep_freed_memory
from mnist_demo.training.augmentation import AUGMENTATIONS
from mnist_demo.training.distillation import load_teacher
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.steering import Steering
from mnist_demo.training.step import make_step

REPORT_INTERVAL = 0.2  # seconds between two Progress events, and so the longest time to notice a stop
_GROUP_SIZE = 2_048  # images that are gathered, distorted and normalized together, about
_DIGITS_PER_OUTLIER = 8  # in a batch
_INITIAL_SAMPLE = 1_000  # training images that the model before training is scored on


def group_size(batch_size: int) -> int:
    """Return how many images are gathered, distorted and normalized together: whole batches of them."""
    return batch_size * max(1, _GROUP_SIZE // batch_size)


def initial_model(recipe: Recipe) -> nn.Module:
    """Return the recipe's model with the initial weights that its seed gives.

    Raises UnknownModel and ValueError as `modules.build` does.
    """
    torch.manual_seed(recipe.seed)
    return build(recipe.model, recipe.arguments)


def steps_of(splits: Splits, recipe: Recipe) -> int:
    """Return how many steps an epoch has.

    A last batch of a single image, which has no statistics to normalize by, is left out.
    """
    count = len(splits.train)
    return math.ceil(count / recipe.batch_size) - (count % recipe.batch_size == 1)


def make_average(model: nn.Module, recipe: Recipe) -> AveragedModel | None:
    """Return a moving average of the model's weights that `train` can keep, if the recipe asks for one.

    Its `module` is then what is scored and shipped, and what should be asked while training goes on.
    """
    if not recipe.averaging:
        return None
    return AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.averaging), use_buffers=True)


def train(
    model: nn.Module,
    splits: Splits,
    recipe: Recipe,
    average: AveragedModel | None = None,
    steering: Steering | None = None,
) -> Iterator[Event]:
    """Train `model` in place, on the device that its parameters and `splits` are on.

    Yields Evaluated for epoch 0, the model before training; Progress by the clock; Evaluated after every
    epoch; Finished at the end. With `recipe.averaging` the averaged weights are scored and carried by the
    Evaluated events, otherwise the model's own; `average` is where the average is kept if the caller wants to
    see it, and `steering` what the caller may change between two events. If the loss stops being finite the
    run ends with Finished(diverged=True), and the last Evaluated has the last finite weights.

    The order of the images, the distortions and dropout follow from `recipe.seed`, which reseeds torch's
    global generator; the initial weights are the caller's. From here on the process keeps the memory that it
    frees. Raises CheckpointError if the recipe's teacher can't be loaded, and ValueError if the teacher
    expects other images.
    """
    keep_freed_memory()
    torch.manual_seed(recipe.seed)
    # in this memory layout a processor's convolutions are half as fast again in float32, more in bfloat16
    model.to(memory_format=torch.channels_last)
    precision = effective_precision(next(model.parameters()).device, recipe.precision)
    recipe = dataclasses.replace(recipe, precision=precision)
    shuffling = torch.Generator().manual_seed(recipe.seed)
    distorting = torch.Generator().manual_seed(recipe.seed + 1)
    steps = steps_of(splits, recipe)
    teacher = load_teacher(recipe, splits.train.labels.device)
    steering = steering or Steering()
    step_with = make_step(model, recipe, steps * recipe.epochs, steering)
    average = average or make_average(model, recipe)
    scored = average.module.to(memory_format=torch.channels_last) if average else model

    sample, initial = splits.train[:_INITIAL_SAMPLE], _Metrics(recipe)
    initial.add(logits_of(scored, sample, recipe.normalization, recipe.precision), sample.labels)
    yield _evaluated(scored, splits, recipe, 0, 0.0, initial, steps)

    seconds = 0.0
    reported = time.perf_counter()
    epoch = 0
    while epoch < recipe.epochs + steering.more_epochs:
        epoch += 1
        in_epoch, since_report = _Metrics(recipe), _Metrics(recipe)
        resumed = time.perf_counter()
        model.train()
        in_order = islice(batches(splits, recipe, shuffling, distorting), steps)
        for step, (images, labels) in enumerate(in_order, 1):
            teacher_logits = teacher(images[: len(labels)]) if teacher else None
            logits = step_with(images, labels, teacher_logits)
            if average:
                average.update_parameters(model)
            since_report.add(logits, labels)
            if steering.pace:
                time.sleep(steering.pace)
            now = time.perf_counter()
            if now - reported >= REPORT_INTERVAL:
                if not math.isfinite(since_report.loss):
                    break
                seconds += now - resumed
                yield Progress(
                    epoch=epoch,
                    epochs=recipe.epochs + steering.more_epochs,
                    step=step,
                    steps=steps,
                    seconds=seconds,
                    images_per_second=since_report.count / (now - resumed),
                    loss=since_report.loss,
                    accuracy=since_report.accuracy,
                )
                in_epoch.merge(since_report)
                since_report = _Metrics(recipe)
                resumed = reported = time.perf_counter()
        in_epoch.merge(since_report)
        seconds += time.perf_counter() - resumed
        if not math.isfinite(in_epoch.loss) or not all(map(_is_finite, model.parameters())):
            yield Finished(epoch - 1, seconds, diverged=True)
            return
        yield _evaluated(scored, splits, recipe, epoch, seconds, in_epoch, steps, steering.more_epochs)
    yield Finished(epoch, seconds)


def batches(
    splits: Splits, recipe: Recipe, shuffling: torch.Generator, distorting: torch.Generator
) -> Iterator[tuple[Tensor, Tensor]]:
    """All training digits in a random order, as normalized images [B + N, 1, 28, 28] and labels [B].

    With `recipe.exposure` the last N images are outliers. Several batches are prepared together: for a small
    model, preparing them one by one takes longer than the step's arithmetic.
    """
    size, outliers = recipe.batch_size, splits.outliers if recipe.exposure else None
    for group in shuffled(splits.train, group_size(size), shuffling):
        batches = _prepare(group.images, recipe, distorting).split(size)
        count = len(group) // _DIGITS_PER_OUTLIER
        if outliers is not None and count:  # the last digits of an epoch may be too few for one
            chosen = torch.randint(len(outliers), (count,), generator=shuffling)
            prepared = _prepare(outliers[chosen.to(outliers.device)], recipe, distorting)
            shares = prepared.tensor_split(len(batches))
            batches = tuple(torch.cat(pair) for pair in zip(batches, shares, strict=True))
        yield from zip(batches, group.labels.split(size), strict=True)


def _prepare(images: Tensor, recipe: Recipe, distorting: torch.Generator) -> Tensor:
    """Distort images uint8 [N, 28, 28] as the recipe says and normalize them: float32 [N, 1, 28, 28]."""
    augment = AUGMENTATIONS[recipe.augmentation].distort
    if not augment:
        return normalize(images, recipe.normalization)
    mean, std = recipe.normalization
    return augment(images.unsqueeze(1).float().div_(255.0), distorting).sub_(mean).div_(std)


def _evaluated(
    model: nn.Module,
    splits: Splits,
    recipe: Recipe,
    epoch: int,
    seconds: float,
    training: "_Metrics",
    steps: int,
    more_epochs: int = 0,
) -> Evaluated:
    validation = evaluate(model, splits.validation, recipe.normalization, 1.0, recipe.precision)
    return Evaluated(
        epoch=epoch,
        epochs=recipe.epochs + more_epochs,
        seconds=seconds,
        train_loss=training.loss,
        train_accuracy=training.accuracy,
        validation_loss=validation.loss,
        validation_accuracy=validation.accuracy,
        weights={name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()},
        steps=steps,
    )


def _is_finite(parameter: Tensor) -> bool:
    return bool(parameter.isfinite().all())


class _Metrics:
    """Mean loss and accuracy over batches, computed for all of them at once and only when asked for.

    For a small model, computing them batch by batch would take a tenth of the step, and a GPU would be waited
    for. They are computed in double precision and rounded, so that it makes no difference when that happens.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._loss_function, self._smoothing = LOSSES[recipe.loss].function, recipe.label_smoothing
        self._batches: list[tuple[Tensor, Tensor]] = []
        self._loss_sum, self._correct = 0.0, 0
        self.count = 0

    def add(self, logits: Tensor, labels: Tensor) -> None:
        """Count one batch: its logits [B, 10] and labels [B]."""
        self._batches.append((logits, labels))
        self.count += len(labels)

    def merge(self, other: "_Metrics") -> None:
        """Count what another one counted."""
        other._sum_up()
        self._loss_sum += other._loss_sum
        self._correct += other._correct
        self.count += other.count

    def _sum_up(self) -> None:
        if self._batches:
            logits, labels = map(torch.cat, zip(*self._batches, strict=True))
            loss = self._loss_function(logits.double(), labels, self._smoothing).item()
            self._loss_sum += loss * len(labels)
            self._correct += int((logits.argmax(1) == labels).sum())
            self._batches.clear()

    @property
    def loss(self) -> float:
        """The recipe's own loss, the mean over the images."""
        self._sum_up()
        return round(self._loss_sum / max(1, self.count), 9)

    @property
    def accuracy(self) -> float:
        """Share of the images that were classified correctly, in [0, 1]."""
        self._sum_up()
        return self._correct / max(1, self.count)
