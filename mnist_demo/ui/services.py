"""What the page is given to work with: made once at the start and shared by all visitors."""

from dataclasses import dataclass

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.server.concurrency import Gate
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.trainer import Desk


@dataclass(frozen=True, slots=True)
class Services:
    """The models, the limits of this host, the gate that holds readers to them, the desk for training."""

    classifier: Classifier
    limits: Limits
    gate: Gate
    desk: Desk

    @classmethod
    def of(cls, classifier: Classifier, limits: Limits | None = None) -> "Services":
        """Put the services together around a classifier, with the default limits unless others are given."""
        limits = limits or Limits()
        gate = Gate(limits.readers, limits.waiting, limits.waiting_milliseconds / 1000)
        return cls(classifier, limits, gate, Desk(limits))
