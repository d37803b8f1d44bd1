"""The recipes to start with: few, quick, and each with what it can be expected to reach.

Knows recipes by name. How long they take is not here: that depends on the host, which measures it
(`training.calibration`). The accuracies are measured by `benchmarks.quick_starts`.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class QuickStart:
    """A recipe to start with, and the accuracy to expect of it for each length that is offered."""

    recipe: str  # a key of RECIPES
    title: str
    sentence: str
    accuracy: Mapping[int, float]  # epochs -> share of MNIST's test digits, the mean of three seeds


QUICK_STARTS = (
    QuickStart(
        "logistic-fast",
        "Linear, seconds",
        "Ten stencils, no layers.",
        {1: 0.9164, 2: 0.9237, 3: 0.9255, 5: 0.9277, 8: 0.9274, 12: 0.9276},
    ),
    QuickStart(
        "mlp-fast",
        "Small network",
        "One layer of 128 units between pixels and digits.",
        {1: 0.9638, 2: 0.9745, 3: 0.9775, 5: 0.9801, 8: 0.9817, 12: 0.9828},
    ),
    QuickStart(
        "cnn-fast",
        "CNN, 99%",
        "Two convolutions that look for strokes anywhere.",
        {1: 0.9889, 2: 0.9922, 3: 0.9929, 5: 0.9933, 8: 0.9928, 12: 0.9932},
    ),
)
