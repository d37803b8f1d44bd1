"""The Sketchpad tab as one gradio component: the pad, its tools, what the models see, and their answers.

Knows what the browser is given and which functions it may call. Refuses to know how ink is read: that is in
`handlers`.
"""

from dataclasses import asdict
from importlib.resources import files
from typing import Any

import gradio as gr

from mnist_demo.ink.pictures import MAX_BYTES
from mnist_demo.models.classifier import Classifier
from mnist_demo.ui import scripts
from mnist_demo.ui.pad import handlers
from mnist_demo.ui.server import websocket
from mnist_demo.ui.server.weights import Weights
from mnist_demo.ui.services import Services


def lay_out(services: Services) -> gr.HTML:
    """Lay the tab out inside the gr.Blocks that is open: a pad whose models answer as its visitor draws.

    Nothing in Python updates the component: the browser asks the functions and writes the answers. It is
    no subclass of gr.HTML, because Gradio writes a .pyi file beside the source of each of those.
    """

    def read_ink(payload):  # type: ignore[no-untyped-def]  # gradio looks types up, and strangers send anything
        return handlers.read_ink(services, payload)

    def read_picture(payload):  # type: ignore[no-untyped-def]
        return handlers.read_pad_picture(services, payload)

    def own_models(payload):  # type: ignore[no-untyped-def]
        return handlers.own_models(services, payload)

    def own_program(payload):  # type: ignore[no-untyped-def]
        return handlers.own_program(services, payload)

    return gr.HTML(
        html_template=_text("pad.html"),
        css_template=style(),
        js_on_load=scripts.loading("pad/main.js"),
        apply_default_css=False,
        server_functions=[read_ink, read_picture, own_models, own_program],
        **describe(services.classifier, services.weights),
        socket=websocket.PATH.lstrip("/"),
        max_picture_bytes=MAX_BYTES,
    )


def style() -> str:
    """Return the pad's style sheet."""
    # first, as the pad's own says how much room the pictures have
    return "\n".join([_text("insides/insides.css"), _text("pad.css")])


def describe(classifier: Classifier, weights: Weights) -> dict[str, Any]:
    """Return what the pad shows of the models: those that loaded, and a sentence for each of the others."""
    return {
        "models": [handlers.describe_model(name, card) for name, card in classifier.cards.items()],
        "sources": [asdict(source) for source in weights.sources],
        "exemplars": asdict(weights.exemplars) if weights.exemplars else None,
        "problems": list(classifier.problems),
    }


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
