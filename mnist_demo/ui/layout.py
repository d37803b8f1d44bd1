"""What is on the page and where: the header, and the tabs with what is in them. Components only.

Knows no events and nothing of how the server answers; build_app wires.
"""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

import gradio as gr

from mnist_demo.classify import Classifier
from mnist_demo.ui.pad.pad import sketchpad


def build(classifier: Classifier, server_functions: Sequence[Callable[..., Any]]) -> None:
    """Lay the page out inside the gr.Blocks that is open; `server_functions` are the pad's, see sketchpad."""
    page_header()
    with gr.Tabs(elem_id="page-tabs"), gr.Tab("Sketchpad", id="sketchpad"):
        sketchpad(classifier.cards, classifier.problems, server_functions)


def page_header() -> gr.HTML:
    """Return the header: title, link to the API, theme switch."""
    return gr.HTML(
        html_template=_text("header.html"),
        js_on_load=_text("header.js"),
        apply_default_css=False,
        elem_id="page-header",
    )


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
