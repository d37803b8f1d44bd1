"""The link to a recipe's set-up, which the page's `link.js` writes and reads likewise."""

from urllib.parse import quote, urlencode

from mnist_demo.recipes import RECIPES, Recipe
from mnist_demo.training import settings


def link_to(recipe: Recipe) -> str:
    """Return "#train=RECIPE&SETTING=VALUE&…", with the settings that the registry's recipe has otherwise."""
    written, original = values_of(recipe), values_of(RECIPES[recipe.name])
    changed = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in written.items()
        if value != original.get(name)
    }
    return "&".join([f"#train={quote(recipe.name)}", *([urlencode(changed)] if changed else [])])


def values_of(recipe: Recipe) -> dict[str, str | bool]:
    """Return a recipe's settings as the form has them; another model's arguments are not among them."""
    return {
        setting.name: setting.kind.write(setting.value(recipe))
        for setting in settings.SETTINGS
        if not setting.is_argument or recipe.model in setting.models
    }
