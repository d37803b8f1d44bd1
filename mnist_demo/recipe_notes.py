"""Each recipe in words: a title, one sentence, and for write-ups the figures.

Knows recipes by name and decides nothing about training. Figures measured here are ranges over as many seeds
as the note says; `benchmarks.write_ups` measures them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple


class Figure(NamedTuple):
    """A row of a recipe's table."""

    name: str
    reported: str = ""  # by the write-up
    measured: str = ""  # by this project


@dataclass(frozen=True)
class Note:
    """A recipe in words."""

    title: str
    sentence: str
    source: str = ""  # who published the recipe; empty: this project
    figures: tuple[Figure, ...] = ()
    seeds: int = 0  # runs that the measured figures are from


_FROM_SCRATCH = "Implementing an MNIST classifier from scratch (write-up 4)"
_TRAINING = "Training a handwritten digit recognition algorithm (write-ups 1 and 2)"

RECIPE_NOTES: Mapping[str, Note] = MappingProxyType(
    {
        "logistic": Note(
            "Logistic regression",
            "One weight for each pixel and digit: the simplest of the shipped models.",
        ),
        "mlp": Note("MLP", "Three wide layers that learn from labels and from the shipped CNN’s answers."),
        "cnn": Note(
            "CNN", "The most accurate of the shipped models; it also learns which drawings aren’t digits."
        ),
        "cnn-tiny": Note("Tiny CNN", "Nearly as accurate as the CNN with 7,956 parameters."),
        "logistic-fast": Note(
            "Logistic regression in seconds",
            "Ten stencils, learned from MNIST alone with larger steps than the shipped model’s.",
        ),
        "mlp-fast": Note(
            "MLP in a hurry", "One layer of 128 units: the smallest network here that reads 98% of MNIST."
        ),
        "cnn-fast": Note(
            "CNN in a hurry", "A small CNN that reads 99% of MNIST’s test digits after two epochs."
        ),
        "logistic-sgd": Note(
            "Logistic regression, plain SGD",
            "The smallest model with the smallest steps: slow to learn, and still learning when it ends.",
            "MNIST and logistic regression in PyTorch (write-up 3)",
            (
                Figure("Val. accuracy before training", "10.75%"),
                Figure("Val. accuracy after 5 epochs", "79.75%", "79.5–80.5%"),
                Figure("Val. accuracy after 20 epochs", "85.27%", "84.8–85.3%"),
                Figure("Test accuracy", "86.04%", "86.0–86.6%"),
                Figure("Test loss", "0.640", "0.640–0.645"),
            ),
            seeds=3,
        ),
        "mlp-100-relu-out": Note(
            "MLP with a ReLU on the logits",
            "A mistake worth seeing: a digit whose logit is negative for all images gets no gradient and is "
            "never answered again.",
            _TRAINING,
            (
                Figure("Train accuracy", "76.28%"),
                Figure("… with all ten digits alive (4 seeds)", "", "95.6–96.4%"),
                Figure("… with one digit dead (5 seeds)", "", "75.7–87.1%"),
                Figure("… with two digits dead (3 seeds)", "", "75.6–77.6%"),
            ),
            seeds=12,
        ),
        "cnn-simple": Note(
            "CNN, two blocks",
            "Two convolutions and a hidden layer with dropout, trained by plain SGD.",
            _TRAINING,
            (
                Figure("Train accuracy", "98.98%", "98.92–99.02%"),
                Figure("Test accuracy", "", "99.01–99.27%"),
            ),
            seeds=3,
        ),
        "mlp-30": Note(
            "MLP from scratch, 30 units",
            "SGD written by hand, which stops far from its goal: how far depends on the first weights.",
            _FROM_SCRATCH,
            (Figure("Test accuracy", "85.61%, 86.62%", "83.4%, 85.7%, 86.2%"),),
            seeds=3,
        ),
        "mlp-392-30": Note(
            "MLP from scratch, 392 + 30 units",
            "The same with a wide first layer, which learns several times as fast.",
            _FROM_SCRATCH,
            (
                Figure("Test accuracy", "91.83%", "91.4–91.9%"),
                Figure("Train loss", "0.2993", "0.297–0.307"),
            ),
            seeds=3,
        ),
        "mlp-64-64": Note(
            "MLP, two layers of 64",
            "A small network with dropout; the write-up prints the last epochs of a longer training.",
            "The five-step training loop of PyTorch (write-up 5)",
            (
                Figure("Train loss", "0.23 → 0.17", "0.167–0.175"),
                Figure("Val. loss", "0.25 → 0.20", "0.167–0.175"),
            ),
            seeds=3,
        ),
    }
)
