"""What all visitors share, made once at the start."""

from dataclasses import dataclass

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.server.concurrency import ConcurrencyLimit
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Services:
    """The models, the limits of this host, the limit on concurrent readers, and the trainer."""

    classifier: Classifier
    limits: Limits
    concurrency: ConcurrencyLimit
    trainer: Trainer

    @classmethod
    def of(cls, classifier: Classifier, limits: Limits | None = None) -> "Services":
        """Make the services for a classifier; the limits are the defaults unless others are given."""
        limits = limits or Limits()
        concurrency = ConcurrencyLimit(limits.readers, limits.waiting, limits.waiting_milliseconds / 1000)
        return cls(classifier, limits, concurrency, Trainer(limits))
