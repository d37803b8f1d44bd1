"""Optimizers and learning-rate schedules, by name. Knows recipes; nothing of losses, data and the loop."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LRScheduler, OneCycleLR

from mnist_demo.recipes import Recipe


class PlainSGD(Optimizer):
    """Stochastic gradient descent from scratch: every parameter moves against its gradient, and nothing else.

    Source: the BasicOptim of Howard and Gugger, *Deep Learning for Coders*, chapter 4, as the fourth write-up
    uses it.
    """

    def __init__(self, params: Iterator[nn.Parameter], lr: float) -> None:
        super().__init__(params, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Update every parameter. `closure` is part of the base class's signature and ignored."""
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter -= group["lr"] * parameter.grad


def _groups(module: nn.Module, weight_decay: float) -> list[dict[str, object]]:
    """Parameter groups: weights decay; biases and scales of normalization layers, which are vectors, don't.

    Without decay they are one group, because each group costs a call in every step.
    """
    if not weight_decay:
        return [{"params": list(module.parameters()), "weight_decay": 0.0}]
    weights = [parameter for parameter in module.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in module.parameters() if parameter.ndim <= 1]
    return [{"params": weights, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]


@dataclass(frozen=True)
class OptimizerEntry:
    """An entry of the registry: what people call it, and how it is made for a module and its recipe."""

    title: str
    make: Callable[[nn.Module, Recipe], Optimizer]
    decays: bool = True  # whether weight decay has an effect


# fused: one call for all parameters, which for small models is most of the step
OPTIMIZERS: Mapping[str, OptimizerEntry] = MappingProxyType(
    {
        "sgd": OptimizerEntry(
            "SGD",
            lambda module, recipe: SGD(
                _groups(module, recipe.weight_decay), lr=recipe.learning_rate, fused=True
            ),
        ),
        "momentum": OptimizerEntry(
            "SGD with momentum",
            lambda module, recipe: SGD(
                _groups(module, recipe.weight_decay),
                lr=recipe.learning_rate,
                momentum=0.9,
                nesterov=True,
                fused=True,
            ),
        ),
        "adam": OptimizerEntry(
            "Adam",
            lambda module, recipe: Adam(
                _groups(module, recipe.weight_decay), lr=recipe.learning_rate, fused=True
            ),
        ),
        "adamw": OptimizerEntry(
            "AdamW",
            lambda module, recipe: AdamW(
                _groups(module, recipe.weight_decay), lr=recipe.learning_rate, fused=True
            ),
        ),
        "plain-sgd": OptimizerEntry(
            "SGD from scratch",
            lambda module, recipe: PlainSGD(module.parameters(), lr=recipe.learning_rate),
            decays=False,
        ),
    }
)


@dataclass(frozen=True)
class ScheduleEntry:
    """An entry of the registry: what people call it, and how it is made.

    `make` takes the optimizer, the peak learning rate and the steps of the whole run, one step a batch; None
    leaves the rate as it is.
    """

    title: str
    make: Callable[[Optimizer, float, int], LRScheduler] | None


SCHEDULES: Mapping[str, ScheduleEntry] = MappingProxyType(
    {
        "constant": ScheduleEntry("Constant", None),
        "cosine": ScheduleEntry(
            "Cosine", lambda optimizer, peak, steps: CosineAnnealingLR(optimizer, T_max=steps)
        ),
        "one-cycle": ScheduleEntry(
            "One-cycle",
            lambda optimizer, peak, steps: OneCycleLR(
                optimizer, max_lr=peak, total_steps=steps, pct_start=0.3, cycle_momentum=False
            ),
        ),
    }
)
