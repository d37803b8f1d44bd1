"""What all visitors share, made once at the start."""

import contextlib
import logging
from dataclasses import dataclass, field

from mnist_demo.models import checkpoints, exemplars
from mnist_demo.models.batching import Batches
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.exemplars import ExemplarsError
from mnist_demo.models.program import ProgramError
from mnist_demo.ui.server.concurrency import ConcurrencyLimit
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.server.metrics import Metrics
from mnist_demo.ui.server.weights import Weights
from mnist_demo.ui.sessions.trainer import Trainer

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """The models, the limits, the concurrent readers, the trainer, the weights for pages, and so on."""

    classifier: Classifier
    limits: Limits
    concurrency: ConcurrencyLimit
    trainer: Trainer
    weights: Weights
    batches: Batches
    metrics: Metrics = field(default_factory=Metrics)

    @classmethod
    def of(cls, classifier: Classifier, limits: Limits | None = None) -> "Services":
        """Make the services for a classifier; the limits are the defaults unless others are given."""
        limits = limits or Limits()
        concurrency = ConcurrencyLimit(limits.readers, limits.waiting, limits.waiting_milliseconds / 1000)
        weights = weights_of(classifier) if limits.answers == "page" else Weights({})
        return cls(classifier, limits, concurrency, Trainer(limits), weights, Batches(classifier))


def weights_of(classifier: Classifier) -> Weights:
    """Return what pages may load; a model that is no program is answered for on the server alone."""
    packed: dict[str, bytes] = {}
    for name in classifier.cards:
        with contextlib.suppress(ProgramError):
            packed[name] = classifier.pack(name)
    if exemplars.MODEL not in packed:
        return Weights(packed)
    try:
        place = exemplars.place_of(checkpoints.DIRECTORY / exemplars.MODEL)
        return Weights(packed, (exemplars.MODEL, exemplars.read(place, classifier.cards[exemplars.MODEL])))
    except ExemplarsError as problem:
        _log.warning("Training digits can't be shown beside drawings: %s", problem)
        return Weights(packed)
