"""The losses that a classifier can be trained with, by name.

Every loss takes logits [N, 10] and labels int64 [N] and gives the mean over the batch.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from torch import Tensor
from torch.nn import functional

Loss = Callable[[Tensor, Tensor, float], Tensor]


def cross_entropy(logits: Tensor, labels: Tensor, smoothing: float) -> Tensor:
    """Softmax cross-entropy in nats; `smoothing` is spread evenly over the classes (Szegedy et al. 2016)."""
    return functional.cross_entropy(logits, labels, label_smoothing=smoothing)


LOSSES: Mapping[str, Loss] = MappingProxyType({"cross-entropy": cross_entropy})
