"""The shipped model that teaches another: its logits on the images that its student sees.

Knows checkpoints. How a student learns from the logits is known by `step` and `losses`.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from mnist_demo.models import checkpoints
from mnist_demo.models.evaluation import BATCH, autocast
from mnist_demo.models.fusion import fuse_batch_norms
from mnist_demo.recipes import Recipe

#: Normalized images [B, 1, 28, 28] → logits [B, 10].
Teacher = Callable[[Tensor], Tensor]


def load_teacher(recipe: Recipe, device: torch.device) -> Teacher | None:
    """Return the recipe's teacher on a device, or None if it has none.

    The teacher sees the same images as the student, distorted in the same way.

    Source: Beyer et al., *Knowledge Distillation: A Good Teacher Is Patient and Consistent*, 2022.

    Raises CheckpointError if it can't be loaded, and ValueError if it expects another normalization.
    """
    if not recipe.teacher:
        return None
    checkpoint = checkpoints.load(checkpoints.DIRECTORY / f"{recipe.teacher}.json")
    if checkpoint.card.recipe.normalization != recipe.normalization:
        raise ValueError(f"{recipe.teacher} can't be the teacher here: it expects another normalization.")
    module = fuse_batch_norms(checkpoint.module).to(device).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def teacher(images: Tensor) -> Tensor:
        with autocast(recipe.precision, device):
            parts = images.tensor_split(math.ceil(len(images) / BATCH))
            return torch.cat([module(part).float() for part in parts])

    return teacher
