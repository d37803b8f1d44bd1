"""The scores of a finished run: its temperature, its card, and what its model says of the test images.

Knows models, data and recipes. Writes no file; how the weights came to be is known by `loop`.
"""

import torch
from torch import Tensor, nn

from mnist_demo.data.datasets import Splits
from mnist_demo.events import Evaluated
from mnist_demo.models.checkpoints import Card
from mnist_demo.models.evaluation import fit_temperature, least_confidence, logits_of, score
from mnist_demo.models.modules import MODELS, count_parameters
from mnist_demo.recipes import Recipe

KEPT = 0.994  # of the digits that a model has not seen: those that it has to take for digits


def score_run(recipe: Recipe, data: Splits, model: nn.Module, evaluated: Evaluated) -> tuple[Card, Tensor]:
    """The card of a run's result, and the logits [N, 10] that its model gives the test images.

    Its temperature is fitted on the validation split, and only now are the test images scored, and what
    writers drew who are never trained on. Loads the evaluated weights into `model`.
    """
    model.load_state_dict(evaluated.weights)
    validation = logits_of(model, data.validation, recipe.normalization)
    temperature = fit_temperature(validation, data.validation.labels)
    logits = logits_of(model, data.test, recipe.normalization)
    test = score(logits, data.test.labels, temperature)
    drawn, unseen = None, [validation]
    if data.drawn:
        drawings = logits_of(model, data.drawn, recipe.normalization)
        drawn = score(drawings, data.drawn.labels, temperature)
        unseen.append(drawings)
    least = None
    if recipe.exposure and data.outliers is not None:
        least = min(least_confidence(some, temperature, KEPT) for some in unseen)
    card = Card(
        name=recipe.name,
        title=MODELS[recipe.model].title,
        model=recipe.model,
        arguments=dict(recipe.arguments),
        recipe=recipe.name,
        seed=recipe.seed,
        dataset=recipe.dataset,
        split=f"{len(data.train)} trained on, {len(data.validation)} held out, {len(data.test)} test images",
        normalization=recipe.normalization,
        epochs=evaluated.epoch,
        temperature=temperature,
        validation_accuracy=evaluated.validation_accuracy,
        test_accuracy=test.accuracy,
        test_loss=test.loss,
        expected_calibration_error=test.expected_calibration_error,
        parameters=count_parameters(model),
        torch_version=torch.__version__,
        notes=recipe.measured,
        drawn_accuracy=drawn.accuracy if drawn else None,
        least_confidence=least,
        drawn_calibration_error=drawn.expected_calibration_error if drawn else None,
    )
    return card, logits
