"""From a digit to ten probabilities a model: what the page and the commands ask.

Stateless: every question carries its digit. Knows pictures in files; nothing of HTTP or the page.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mnist_demo.ink.pictures import PictureError, read_picture
from mnist_demo.ink.strokes import Digit, digit_from_picture
from mnist_demo.models import checkpoints
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.modules import MODELS, UnknownModel, build, count_parameters, fuse_batch_norms
from mnist_demo.recipes import RECIPES

#: The choice that stands for every model.
ALL = "all"
_AT_ONCE = 64  # pictures that are classified in one forward pass


@dataclass(frozen=True)
class Answer:
    """One model's answer: probabilities of the ten classes, summing to 1, and the time it took.

    `doubtful` where the model can tell digits from other drawings and takes this for no digit.
    """

    probabilities: list[float]
    milliseconds: float
    doubtful: bool = False


class Classifier:
    """The models that loaded, weakest first, and what is to be said of those that did not."""

    def __init__(self, loaded: Mapping[str, Checkpoint], problems: Sequence[str] = ()) -> None:
        self._loaded = {
            # the layout in which the processor convolves one digit a third quicker
            name: Checkpoint(
                checkpoint.card, fuse_batch_norms(checkpoint.module).to(memory_format=torch.channels_last)
            )
            for name, checkpoint in loaded.items()
        }
        self.problems = list(problems)

    @classmethod
    def load(cls, directory: Path = checkpoints.DIRECTORY) -> "Classifier":
        """Loads every checkpoint of a folder; those that don't load become `problems`."""
        return cls(*checkpoints.load_all(directory))

    @property
    def cards(self) -> dict[str, Card]:
        """The cards of the models that loaded, weakest first."""
        return {name: checkpoint.card for name, checkpoint in self._loaded.items()}

    def models(self) -> list[dict[str, Any]]:
        """A line per known model, ready for JSON: its name, parameters, checkpoint and test accuracy.

        Checkpoint and accuracy are None for a model whose checkpoint did not load.
        """
        lines: list[dict[str, Any]] = [
            {
                "model": name,
                "parameters": card.parameters,
                "checkpoint": f"checkpoints/{name}.safetensors",
                "test_accuracy": card.test_accuracy,
            }
            for name, card in self.cards.items()
        ]
        for name in MODELS:
            if name not in self._loaded:
                parameters = count_parameters(build(name, RECIPES[name].arguments))
                lines.append(
                    {"model": name, "parameters": parameters, "checkpoint": None, "test_accuracy": None}
                )
        return lines

    def names_of(self, choice: str) -> list[str]:
        """The models that a choice stands for: one by its name, or all of them. Raises UnknownModel."""
        if choice == ALL:
            return list(self._loaded)
        if choice not in self._loaded:
            raise UnknownModel(choice, [*self._loaded, ALL])
        return [choice]

    def predict(self, digit: Digit | None, choice: str) -> dict[str, Any]:
        """The object that the command and the endpoint give for a picture, ready for JSON.

        {"blank": True} where `digit` is None, else {"predictions": {name: ten probabilities}}, and with it
        "doubtful": the models that take it for no digit, where there are any. Raises UnknownModel.
        """
        names = self.names_of(choice)
        if digit is None:
            return {"blank": True}
        answers = self.classify(digit, names)
        doubtful = [name for name, answer in answers.items() if answer.doubtful]
        return {
            "predictions": {name: answer.probabilities for name, answer in answers.items()},
            **({"doubtful": doubtful} if doubtful else {}),
        }

    def classify(self, digit: Digit, names: Sequence[str]) -> dict[str, Answer]:
        """Each named model's answer on one digit [28, 28]."""
        answers = {}
        for name in names:
            started = time.perf_counter()
            probabilities = self.probabilities(digit[np.newaxis], name)[0]
            milliseconds = (time.perf_counter() - started) * 1000.0
            answers[name] = Answer(probabilities.tolist(), milliseconds, self.doubts(name, probabilities))
        return answers

    def doubts(self, name: str, probabilities: NDArray[np.float64]) -> bool:
        """Whether a model that gives these probabilities [10] takes what it saw for no digit."""
        least = self._loaded[name].card.min_confidence
        return least is not None and bool(probabilities.max() < least)

    def probabilities(self, digits: NDArray[np.float32], name: str) -> NDArray[np.float64]:
        """One model's probabilities float64 [N, 10] on digits float32 [N, 28, 28], each row summing to 1."""
        checkpoint = self._loaded[name]
        mean, std = checkpoint.card.recipe.normalization
        with torch.inference_mode():
            images = torch.from_numpy(digits).unsqueeze(1).sub(mean).div_(std)
            logits = checkpoint.module(images).double() / checkpoint.card.temperature
            probabilities: NDArray[np.float64] = logits.softmax(1).numpy()
            return probabilities


def read_files(
    paths: Iterable[Path], classifier: Classifier, names: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """A line per picture, in order, from the named models.

    {"image", "predictions": {name: ten probabilities}}, {"image", "blank": True} or {"image", "error"};
    with predictions may come "doubtful": the models that take the picture for no digit.
    """
    remaining = iter(paths)
    while some := list(islice(remaining, _AT_ONCE)):
        yield from _read(some, classifier, names)


def _read(paths: Sequence[Path], classifier: Classifier, names: Sequence[str]) -> list[dict[str, Any]]:
    """The digits among the pictures are classified together."""
    lines: list[dict[str, Any]] = []
    digits: list[Digit] = []
    for path in paths:
        line: dict[str, Any] = {"image": str(path)}
        try:
            digit = digit_from_picture(read_picture(path))
        except PictureError as error:
            line["error"] = str(error)
        else:
            if digit is None:
                line["blank"] = True
            else:
                line["predictions"] = {}
                digits.append(digit)
        lines.append(line)
    if digits:
        read = [line for line in lines if "predictions" in line]
        for name in names:
            for line, row in zip(read, classifier.probabilities(np.stack(digits), name), strict=True):
                line["predictions"][name] = row.tolist()
                if classifier.doubts(name, row):
                    line.setdefault("doubtful", []).append(name)
    return lines
