"""The set-up form: its markup, and what its script has to know. Both are made from the table of settings."""

from typing import Any

from mnist_demo.data.datasets import DATASETS
from mnist_demo.models.modules import MODELS
from mnist_demo.quick_starts import QUICK_STARTS
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.recipes import RECIPES
from mnist_demo.training import settings
from mnist_demo.training.losses import LOSSES
from mnist_demo.training.steering import MAX_RATE
from mnist_demo.ui import templates
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.training import links


def markup() -> str:
    """Render the form; its script fills it in."""
    return templates.render(
        "training/form.html",
        starts=[(start, RECIPES[start.recipe]) for start in QUICK_STARTS],
        notes=RECIPE_NOTES,
        groups=settings.GROUPS,
        folded="Advanced",
        settings=settings.SETTINGS,
    )


def facts(limits: Limits) -> dict[str, Any]:
    """Return what the form's script has to know, with values as the form shows them."""
    return {
        "starts": {
            start.recipe: {
                str(epochs): accuracy
                for epochs, accuracy in start.accuracy.items()
                if epochs <= limits.epochs
            }
            for start in QUICK_STARTS
        },
        "recipes": {name: links.values_of(recipe) for name, recipe in RECIPES.items()},
        "arguments": {
            name: [setting.name for setting in settings.SETTINGS if name in setting.models] for name in MODELS
        },
        "defaults": {name: _defaults(name) for name in MODELS},
        "needs": {
            setting.name: {
                "setting": setting.needs.setting,
                "choices": list(setting.needs.choices),
                "otherwise": setting.kind.write(setting.default("")),
            }
            for setting in settings.SETTINGS
            if setting.needs
        },
        "fits": {name: loss.fits for name, loss in LOSSES.items()},
        "sizes": {name: dataset.training_images for name, dataset in DATASETS.items()},
        "caps": {"epochs": limits.epochs, "batch_size": limits.batch_size},
        "max_rate": MAX_RATE,
        "training": limits.training,
    }


def _defaults(model: str) -> dict[str, str | bool]:
    return {
        setting.name: setting.kind.write(setting.default(model))
        for setting in settings.SETTINGS
        if model in setting.models
    }
