"""The shipped model that teaches another: what it says of the images that its student is shown.

Knows checkpoints. What a student makes of it is the step's affair.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from mnist_demo.models import checkpoints
from mnist_demo.models.evaluation import BATCH, autocast
from mnist_demo.models.modules import fuse_batch_norms
from mnist_demo.recipes import Recipe

#: Normalized images [B, 1, 28, 28] → logits [B, 10].
Teacher = Callable[[Tensor], Tensor]


def load_teacher(recipe: Recipe, device: torch.device) -> Teacher | None:
    """The recipe's teacher on a device, if it has one.

    It is asked about the very images that the student sees, distorted as they are.

    Source: Beyer et al., *Knowledge Distillation: A Good Teacher Is Patient and Consistent*, 2022.

    Raises CheckpointError where it can't be loaded, and ValueError where its images are normalized otherwise.
    """
    if not recipe.teacher:
        return None
    checkpoint = checkpoints.load(checkpoints.DIRECTORY / f"{recipe.teacher}.json")
    if checkpoint.card.recipe.normalization != recipe.normalization:
        raise ValueError(f"{recipe.teacher} can't teach: its images are normalized otherwise.")
    module = fuse_batch_norms(checkpoint.module).to(device).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def teacher(images: Tensor) -> Tensor:
        with autocast(recipe.precision, device):
            parts = images.tensor_split(math.ceil(len(images) / BATCH))
            return torch.cat([module(part).float() for part in parts])

    return teacher
