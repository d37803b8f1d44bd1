"""Digits that several threads ask about at the same time → one forward pass of each model.

A model takes a quarter of the time for each of sixteen digits that it takes for one alone. Who asks alone
waits for no one. Knows classifiers and threads; nothing of who asks.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mnist_demo.ink.fitting import Digit
from mnist_demo.models.classifier import Answer, Classifier

#: Digits in one pass; more would make those wait who ask next, and save little.
MAX_DIGITS = 16


@dataclass
class _Question:
    digit: Digit
    names: Sequence[str]
    answers: dict[str, Answer] = field(default_factory=dict)
    problem: Exception | None = None
    is_done: bool = False


class Batches:
    """Classifies together what is asked at the same time. Safe to use from any thread."""

    def __init__(self, classifier: Classifier) -> None:
        """Ask this classifier."""
        self._classifier = classifier
        self._questions: list[_Question] = []
        self._turn = threading.Lock()  # who has it answers for all who wait

    def classify(self, digit: Digit, names: Sequence[str]) -> dict[str, Answer]:
        """Return each named model's answer on one digit [28, 28], as Classifier.classify does."""
        question = _Question(digit, names)
        self._questions.append(question)
        with self._turn:
            while not question.is_done:  # or it was answered along with another thread's
                batch = self._questions[:MAX_DIGITS]
                del self._questions[: len(batch)]  # and none that has come since
                self._answer(batch)
        if question.problem:
            raise question.problem
        return question.answers

    def _answer(self, batch: Sequence[_Question]) -> None:
        for name in dict.fromkeys(name for question in batch for name in question.names):
            asking = [question for question in batch if name in question.names]
            try:
                self._ask(name, asking)
            except Exception as problem:
                for question in asking:
                    question.problem = problem
        for question in batch:
            question.is_done = True

    def _ask(self, name: str, asking: Sequence[_Question]) -> None:
        started = time.perf_counter()
        rows = self._classifier.probabilities(np.stack([question.digit for question in asking]), name)
        milliseconds = (time.perf_counter() - started) * 1000.0 / len(asking)
        for question, row in zip(asking, rows, strict=True):
            question.answers[name] = self._classifier.answer(name, row, milliseconds)
