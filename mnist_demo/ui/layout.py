"""What is on the page and where: the header, and the tabs with what is in them. Components only.

Knows no events and nothing of how the server answers; build_app wires.
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any

import gradio as gr

from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.pad.pad import sketchpad
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.training import panel
from mnist_demo.ui.training.panel import Panel


def build(
    classifier: Classifier,
    limits: Limits,
    pad_functions: Sequence[Callable[..., Any]],
    training_functions: Mapping[str, Callable[..., Any]],
) -> Panel:
    """Lay the page out inside the gr.Blocks that is open; for the functions see sketchpad and panel.build.

    Returns the Training tab's components, which events come from and go to.
    """
    page_header()
    with gr.Tabs(elem_id="page-tabs"):
        with gr.Tab("Sketchpad", id="sketchpad"):
            sketchpad(classifier.cards, classifier.problems, pad_functions)
        with gr.Tab("Training", id="training-tab"):
            return panel.build(limits, training_functions)


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
