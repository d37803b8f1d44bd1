"""How the page looks: paper, ink, typefaces, and one color per model, for light and dark.

Knows colors and Gradio's theme; refuses to know what is on the page. Everything that draws a model (cards,
curves, tables) takes its color from here, and color is never the only sign.
"""

from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any, NamedTuple

import gradio as gr


class Shades(NamedTuple):
    """One color, as it is on light and on dark paper."""

    light: str
    dark: str


#: At least 4.5:1 on the paper of their theme, and told apart with any common color blindness.
MODELS: Mapping[str, Shades] = MappingProxyType(
    {
        "logistic": Shades("#a8480a", "#f5a35c"),
        "mlp": Shades("#0a7263", "#4fd6bf"),
        "cnn": Shades("#302fac", "#a3a8ff"),
        "cnn-tiny": Shades("#731248", "#e85d9a"),
    }
)

#: The runs that a visitor compares, each told apart from the others and from every model.
RUNS: Mapping[str, Shades] = MappingProxyType(
    {
        "run-1": Shades("#992bd3", "#d95af5"),
        "run-2": Shades("#4a5600", "#c4e621"),
        "run-3": Shades("#0b6aa8", "#2aa9f0"),
        "run-4": Shades("#c90069", "#ffa8c0"),
        "run-5": Shades("#6b3410", "#cc7b4b"),
        "run-6": Shades("#3d006f", "#f0d2f7"),
    }
)

#: What else is drawn, by the name of its CSS variable.
PAGE: Mapping[str, Shades] = MappingProxyType(
    {
        "paper": Shades("#f6f4ee", "#15171b"),
        "sheet": Shades("#fffefb", "#1d2026"),
        "ink": Shades("#1b1d23", "#f2eee5"),
        "quiet": Shades("#605c54", "#aaa79f"),
        "faint": Shades("#b9b4a8", "#555961"),
        "line": Shades("#d9d4c8", "#363a43"),
        "hover": Shades("#ebe7dd", "#24272e"),
        "mark-color": Shades("#c9c3b5", "#454a54"),
        "grid": Shades("#00000010", "#ffffff10"),
        # what speaks for an answer, and what against it
        "for": Shades("#c0341d", "#ff8d6b"),
        "against": Shades("#2a5cc4", "#7fb2ff"),
        "trouble": Shades("#9c1b2c", "#7a2733"),
        "on-trouble": Shades("#ffffff", "#ffeceb"),
    }
)


def make_theme() -> gr.themes.Base:
    """Return the theme: Gradio's variables, ours, and the style of the page around the components."""
    # Served by Gradio itself. Its semi-bold file holds no Latin letters, hence bold.
    sans = (
        gr.themes.LocalFont("IBM Plex Sans", weights=(400, 700)),
        "ui-sans-serif",
        "system-ui",
        "sans-serif",
    )
    mono = (gr.themes.LocalFont("IBM Plex Mono", weights=(400, 700)), "ui-monospace", "monospace")
    theme = gr.themes.Base(
        primary_hue=gr.themes.colors.indigo, neutral_hue=gr.themes.colors.stone, font=sans, font_mono=mono
    )
    theme.set(
        body_background_fill=PAGE["paper"].light,
        body_background_fill_dark=PAGE["paper"].dark,
        body_text_color=PAGE["ink"].light,
        body_text_color_dark=PAGE["ink"].dark,
        body_text_color_subdued=PAGE["quiet"].light,
        body_text_color_subdued_dark=PAGE["quiet"].dark,
        block_background_fill=PAGE["sheet"].light,
        block_background_fill_dark=PAGE["sheet"].dark,
        border_color_primary=PAGE["line"].light,
        border_color_primary_dark=PAGE["line"].dark,
    )
    theme.custom_css = "\n".join([style(), _text("training/training.css")])
    return theme


def style() -> str:
    """Return the colors as CSS variables, and the style of the page around the components."""
    return "\n".join([_variables(":root", 0), _variables(".dark", 1), _text("page.css")])


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _variables(selector: str, shade: int) -> str:
    models = {f"model-{name}": shades for name, shades in {**MODELS, **RUNS}.items()}
    colors = {**PAGE, **models}
    return selector + " {" + " ".join(f"--{name}: {shades[shade]};" for name, shades in colors.items()) + "}"


#: What Blocks.launch has to be given for this look.
LAUNCH: Mapping[str, Any] = MappingProxyType({"theme": make_theme()})
