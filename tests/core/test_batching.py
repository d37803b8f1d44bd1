"""What several threads ask at the same time is answered together, each with its own answer."""

import threading

import numpy as np
import pytest

from mnist_demo.models.batching import MAX_DIGITS, Batches
from mnist_demo.models.classifier import Classifier


class Watched(Classifier):
    """A classifier that notes how many digits it is asked about, and waits before the first of them."""

    def hold(self):
        self.sizes, self.go_on = [], threading.Event()
        return self

    def probabilities(self, digits, name):
        self.go_on.wait(10)
        self.sizes.append((name, len(digits)))
        return super().probabilities(digits, name)


@pytest.fixture
def classifier(fresh_checkpoints):
    return Watched.load(fresh_checkpoints).hold()


def ask_at_once(batches, questions):
    """The answers, or the problems, of questions that are asked while an earlier one is under way."""
    answers = [None] * len(questions)

    def ask(index):
        try:
            answers[index] = batches.classify(*questions[index])
        except Exception as problem:
            answers[index] = problem

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(len(questions))]
    for thread in threads:
        thread.start()
    while len(batches._questions) < len(questions) - 1:
        pass  # one is being answered, all others wait
    batches._classifier.go_on.set()
    for thread in threads:
        thread.join(10)
    return answers


def test_each_thread_gets_its_own_answer_from_few_passes(classifier):
    digits = np.random.default_rng(0).random((41, 28, 28), np.float32)
    answers = ask_at_once(Batches(classifier), [(digit, ["logistic"]) for digit in digits])
    assert sorted(size for _, size in classifier.sizes) == [1, 8, MAX_DIGITS, MAX_DIGITS]
    for digit, answer in zip(digits, answers, strict=True):
        alone = classifier.classify(digit, ["logistic"])["logistic"]
        assert answer["logistic"].probabilities == pytest.approx(alone.probabilities, abs=1e-6)
        assert answer["logistic"].milliseconds > 0


def test_each_is_answered_by_the_models_that_it_asked(classifier):
    digit = np.full((28, 28), 0.5, np.float32)
    names = list(classifier.cards)
    questions = [(digit, names), (digit, names[:1]), (digit, []), (digit, names)]
    answers = ask_at_once(Batches(classifier), questions)
    assert [list(answer) for answer in answers] == [names, names[:1], [], names]


def test_a_failure_reaches_those_who_asked_and_the_next_are_answered(classifier):
    digit = np.zeros((28, 28), np.float32)
    batches = Batches(classifier)
    answers = ask_at_once(batches, [(digit, ["logistic"]), (digit, ["nothing"])])
    assert list(answers[0]) == ["logistic"], "a failure must not spread to other questions of the batch"
    assert isinstance(answers[1], KeyError)
    assert list(batches.classify(digit, ["logistic"])) == ["logistic"]
