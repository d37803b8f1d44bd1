"""The checkpoints that teach a model: what they say together of the images that the model is shown.

Knows checkpoints and how answers are averaged. What a student makes of them is the step's affair.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from mnist_demo import checkpoints
from mnist_demo.checkpoints import Checkpoint
from mnist_demo.data import DATASETS
from mnist_demo.digits import CLASSES
from mnist_demo.evaluation import precise
from mnist_demo.recipes import Recipe

#: Where they are: apart from the models that the page shows.
DIRECTORY = checkpoints.DIRECTORY / "teachers"


class Teachers:
    """Models that answer together: the mean of their logits over all of them and over the views of a digit.

    One model reads a digit that is distorted as strongly as for training less well than the digit itself; the
    mean over four distortions is better than that, and says the same of all four. Of pen drawings only those
    are asked that have learnt from some.
    """

    def __init__(self, teachers: Sequence[Checkpoint], recipe: Recipe, device: torch.device) -> None:
        """Raises ValueError for a teacher of images normalised otherwise, and where none knows drawings."""
        self._recipe, self._device = recipe, device
        self._models: list[tuple[nn.Module, bool]] = []
        for checkpoint in teachers:
            card = checkpoint.card
            if card.normalisation != recipe.normalisation:
                raise ValueError(f"{card.name} can't teach: its images are normalised otherwise.")
            module = checkpoint.module.to(device).to(memory_format=torch.channels_last)
            self._models.append((module, _has_drawings(card.dataset)))
        if _has_drawings(recipe.dataset) and not any(knows_drawings for _, knows_drawings in self._models):
            raise ValueError("No teacher has learnt from pen drawings.")

    @torch.no_grad()
    def __call__(self, images: Tensor, by_pen: Tensor | None) -> Tensor:
        """Normalised images [B, 1, 28, 28] and `Digits.by_pen` → logits [B, 10], alike for a digit's views.

        The views follow one another; B is a multiple of their number.
        """
        total = torch.zeros(len(images), CLASSES, device=self._device)
        count = torch.zeros(len(images), 1, device=self._device)
        for model, knows_drawings in self._models:
            asked = slice(None) if by_pen is None or knows_drawings else ~by_pen
            with precise(self._recipe.precision, self._device):
                total[asked] += model(images[asked]).float()
            count[asked] += 1
        views = (total / count).view(-1, self._recipe.views, CLASSES)
        return views.mean(1).repeat_interleave(self._recipe.views, 0)


def _has_drawings(dataset: str) -> bool:
    return dataset in DATASETS and DATASETS[dataset].pen_images > 0


def teachers_of(recipe: Recipe, device: torch.device) -> Teachers | None:
    """The recipe's teachers on a device, if it has any.

    Raises CheckpointError where one can't be loaded, and ValueError where one can't teach.
    """
    if not recipe.teachers:
        return None
    return Teachers(
        [checkpoints.load(DIRECTORY / f"{name}.json") for name in recipe.teachers], recipe, device
    )
