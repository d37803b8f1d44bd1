"""The drawing pad as one gradio component: the pad, its tools, what the models see, and their answers.

Knows how its files are joined and what the browser is told about the models. Refuses to know how ink is read:
that is the functions it is given.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Protocol

import gradio as gr

from mnist_demo.ui.sessions import token

_HERE = files(__package__)

#: In the order they are joined: the last one wires what the others define.
_SCRIPTS = (
    "strokes",
    "canvas",
    "pointer",
    "tools",
    "examples",
    "pictures",
    "memory",
    "yours",
    "choice",
    "wire",
    "reader",
    "answers",
    "pad",
)


class ModelCard(Protocol):
    """What the page says about a model."""

    @property
    def title(self) -> str:
        """The model's name for people."""

    @property
    def parameters(self) -> int:
        """How many numbers were learned."""

    @property
    def test_accuracy(self) -> float:
        """Between 0 and 1, on MNIST's test images."""


def sketchpad(
    cards: Mapping[str, ModelCard],
    problems: Sequence[str],
    server_functions: Sequence[Callable[..., Any]],
) -> gr.HTML:
    """Make a pad to draw on, with the answers of `cards`' models to its ink while the pen moves.

    cards: name -> card of each model that loaded, in the order they stand on the page.
    problems: a sentence for each model that did not load.
    server_functions: those named `read_ink`, `read_picture` and `yours`, which the pad's browser code calls.

    Nothing in Python updates the component: the browser asks the functions and writes the answers. It is
    no subclass of gr.HTML, because Gradio writes a .pyi file beside the source of each of those.
    """
    models = [
        {
            "name": name,
            "title": card.title,
            "parameters": card.parameters,
            "test_accuracy": card.test_accuracy,
        }
        for name, card in cards.items()
    ]
    return gr.HTML(
        html_template=_text("pad.html"),
        css_template=_text("pad.css"),
        js_on_load="\n".join([token.SCRIPT, *(_text(f"{name}.js") for name in _SCRIPTS)]),
        apply_default_css=False,
        server_functions=list(server_functions),
        models=models,
        problems=list(problems),
    )


def _text(name: str) -> str:
    return _HERE.joinpath(name).read_text(encoding="utf-8")
