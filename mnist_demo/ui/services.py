"""What all visitors share, made once at the start."""

import contextlib
from dataclasses import dataclass

from mnist_demo.models.classifier import Classifier
from mnist_demo.models.program import ProgramError
from mnist_demo.ui.server.concurrency import ConcurrencyLimit
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.weights import Weights
from mnist_demo.ui.sessions.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Services:
    """The models, the limits, the limit on concurrent readers, the trainer, and the weights for pages."""

    classifier: Classifier
    limits: Limits
    concurrency: ConcurrencyLimit
    trainer: Trainer
    weights: Weights

    @classmethod
    def of(cls, classifier: Classifier, limits: Limits | None = None) -> "Services":
        """Make the services for a classifier; the limits are the defaults unless others are given."""
        limits = limits or Limits()
        concurrency = ConcurrencyLimit(limits.readers, limits.waiting, limits.waiting_milliseconds / 1000)
        return cls(classifier, limits, concurrency, Trainer(limits), _weights(classifier, limits))


def _weights(classifier: Classifier, limits: Limits) -> Weights:
    """Return the models that pages may load; one that is no program is answered for on the server alone."""
    packed: dict[str, bytes] = {}
    for name in classifier.cards if limits.answers == "page" else ():
        with contextlib.suppress(ProgramError):
            packed[name] = classifier.pack(name)
    return Weights(packed)
