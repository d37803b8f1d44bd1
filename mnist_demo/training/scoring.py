"""The scores of a finished run: its temperature, its card, and its model's logits on the test images.

Knows models, data and recipes. Writes no file; how the weights were trained is known by `loop`.
"""

import dataclasses
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mnist_demo.data.datasets import Splits
from mnist_demo.events import Evaluated
from mnist_demo.models.cards import Card
from mnist_demo.models.evaluation import fit_temperature, logits_of, min_confidence, score
from mnist_demo.models.modules import MODELS, count_parameters
from mnist_demo.recipes import Recipe

#: Share of the digits that a model has never seen which it must still take for digits.
RECOGNIZED_SHARE = 0.994


def score_run(
    recipe: Recipe, splits: Splits, model: nn.Module, evaluated: Evaluated, steered: Sequence[str] = ()
) -> tuple[Card, Tensor]:
    """Return the card of a run's result, and the logits [N, 10] of its model on the test images.

    The temperature is fitted on the validation images and, where the data set has them, the development
    writers' drawings; only then are the test images scored. Loads the evaluated weights into `model`.
    steered: what was changed while it ran, each in a phrase, for the card.
    """
    model.load_state_dict(evaluated.weights)
    unseen = [
        (logits_of(model, digits, recipe.normalization), digits.labels)
        for digits in (splits.validation, splits.drawn)
        if digits
    ]
    temperature = fit_temperature(*unseen)
    test_logits = logits_of(model, splits.test, recipe.normalization)
    test = score(test_logits, splits.test.labels, temperature)
    drawn = score(*unseen[1], temperature) if splits.drawn else None
    threshold = None
    if recipe.exposure and splits.outliers is not None:
        threshold = min(min_confidence(logits, temperature, RECOGNIZED_SHARE) for logits, _ in unseen)
    # on the card for good, whatever becomes of the model's defaults
    whole = dataclasses.replace(recipe, arguments={**MODELS[recipe.model].defaults(), **recipe.arguments})
    if recipe.is_changed:
        whole = dataclasses.replace(whole, name=recipe.label)
    card = Card(
        recipe=whole,
        changed_from=recipe.changed_from,
        steered=list(steered) or None,
        epochs=evaluated.epoch,
        training_images=len(splits.train),
        validation_images=len(splits.validation),
        test_images=len(splits.test),
        parameters=count_parameters(model),
        temperature=temperature,
        validation_accuracy=evaluated.validation_accuracy,
        test_accuracy=test.accuracy,
        test_loss=test.loss,
        expected_calibration_error=test.expected_calibration_error,
        drawn_accuracy=drawn.accuracy if drawn else None,
        drawn_calibration_error=drawn.expected_calibration_error if drawn else None,
        min_confidence=threshold,
        torch_version=torch.__version__,
    )
    return card, test_logits
