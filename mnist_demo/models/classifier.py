"""From a digit to ten probabilities by each model: what the page and the commands ask.

Stateless: every question carries its digit. Knows picture files; nothing of HTTP or the page.
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

from mnist_demo.ink.fitting import Digit
from mnist_demo.ink.pad import digit_from_picture
from mnist_demo.ink.pictures import PictureError, read_picture
from mnist_demo.models import checkpoints, program
from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.evaluation import probabilities_of
from mnist_demo.models.fusion import fuse_batch_norms
from mnist_demo.models.modules import MODELS, UnknownModel, build, count_parameters
from mnist_demo.recipes import RECIPES

#: The choice that stands for every model.
ALL = "all"
_BATCH = 64  # pictures that are classified in one forward pass


@dataclass(frozen=True)
class Answer:
    """One model's answer: probabilities of the ten classes, which sum to 1, and the time that it took.

    `doubtful` where the model can tell digits from other drawings and flags this one as not a digit.
    """

    probabilities: list[float]
    milliseconds: float
    doubtful: bool = False


class Classifier:
    """The models that loaded, weakest first, and a sentence about each that did not."""

    def __init__(self, loaded: Mapping[str, Checkpoint], problems: Sequence[str] = ()) -> None:
        self._loaded = {
            # in the layout in which the processor convolves a single digit a third faster
            name: Checkpoint(
                checkpoint.card, fuse_batch_norms(checkpoint.module).to(memory_format=torch.channels_last)
            )
            for name, checkpoint in loaded.items()
        }
        self.problems = list(problems)

    @classmethod
    def load(cls, directory: Path = checkpoints.DIRECTORY) -> "Classifier":
        """Load every checkpoint of a folder; those that don't load become `problems`."""
        return cls(*checkpoints.load_all(directory))

    @property
    def cards(self) -> dict[str, Card]:
        """The cards of the models that loaded, weakest first."""
        return {name: checkpoint.card for name, checkpoint in self._loaded.items()}

    def models(self) -> list[dict[str, Any]]:
        """Describe every known model, ready for JSON: its name, parameters, checkpoint and test accuracy.

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
        """Return the models that a choice stands for: one by its name, or all. Raises UnknownModel."""
        if choice == ALL:
            return list(self._loaded)
        if choice not in self._loaded:
            raise UnknownModel(choice, [*self._loaded, ALL])
        return [choice]

    def pack(self, name: str) -> bytes:
        """A model as the bytes that a page answers with. Raises ProgramError where that can't be."""
        return program.pack(self._loaded[name])

    def predict(self, digit: Digit | None, choice: str) -> dict[str, Any]:
        """Return the object that the command and the endpoint give for a picture, ready for JSON.

        {"blank": True} where `digit` is None, else {"predictions": {name: ten probabilities}}, with
        "doubtful": the models that flag it as not a digit, where there are any. Raises UnknownModel.
        """
        names = self.names_of(choice)
        return {"blank": True} if digit is None else self._predict(digit[np.newaxis], names)[0]

    def _predict(self, digits: NDArray[np.float32], names: Sequence[str]) -> list[dict[str, Any]]:
        """The objects for digits [N, 28, 28], which each model classifies together."""
        lines: list[dict[str, Any]] = [{"predictions": {}} for _ in digits]
        for name in names:
            for line, row in zip(lines, self.probabilities(digits, name), strict=True):
                line["predictions"][name] = row.tolist()
                if self._is_doubtful(name, row):
                    line.setdefault("doubtful", []).append(name)
        return lines

    def classify(self, digit: Digit, names: Sequence[str]) -> dict[str, Answer]:
        """Return each named model's answer on one digit [28, 28]."""
        answers = {}
        for name in names:
            started = time.perf_counter()
            row = self.probabilities(digit[np.newaxis], name)[0]
            milliseconds = (time.perf_counter() - started) * 1000.0
            answers[name] = self.answer(name, row, milliseconds)
        return answers

    def answer(self, name: str, probabilities: NDArray[np.float64], milliseconds: float) -> Answer:
        """Return what a model with these probabilities [10] answers."""
        return Answer(probabilities.tolist(), milliseconds, self._is_doubtful(name, probabilities))

    def _is_doubtful(self, name: str, probabilities: NDArray[np.float64]) -> bool:
        """Tell whether a model with these probabilities [10] flags what it saw as not a digit."""
        threshold = self._loaded[name].card.min_confidence
        return threshold is not None and bool(probabilities.max() < threshold)

    def probabilities(self, digits: NDArray[np.float32], name: str) -> NDArray[np.float64]:
        """Return one model's probabilities [N, 10] on digits [N, 28, 28], at its card's temperature."""
        checkpoint = self._loaded[name]
        card = checkpoint.card
        return probabilities_of(checkpoint.module, digits, card.recipe.normalization, card.temperature)

    def predict_files(self, paths: Iterable[Path], names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Yield a line per picture, in order, from the named models, ready for JSON.

        Each is what `predict` gives, or {"error"}, with "image": the picture's path.
        """
        remaining = iter(paths)
        while batch := list(islice(remaining, _BATCH)):
            digits: list[Digit] = []
            lines: list[dict[str, Any] | None] = []  # None where there is a digit to classify
            for path in batch:
                try:
                    digit = digit_from_picture(read_picture(path))
                except PictureError as error:
                    lines.append({"error": str(error)})
                    continue
                lines.append({"blank": True} if digit is None else None)
                if digit is not None:
                    digits.append(digit)
            predicted = iter(self._predict(np.stack(digits), names) if digits else [])
            for path, line in zip(batch, lines, strict=True):
                yield {"image": str(path), **(next(predicted) if line is None else line)}
