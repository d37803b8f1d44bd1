"""What is on the page and where: the header and the tabs. Knows nothing of what is in a tab."""

from importlib.resources import files

import gradio as gr

from mnist_demo.ui import scripts
from mnist_demo.ui.pad import pad
from mnist_demo.ui.services import Services
from mnist_demo.ui.training import tab


def lay_out(services: Services) -> None:
    """Lay the page out inside the gr.Blocks that is open. Each tab connects its own events."""
    _header()
    with gr.Tabs(elem_id="page-tabs"):
        with gr.Tab("Sketchpad", id="sketchpad"):
            pad.lay_out(services)
        with gr.Tab("Training", id="training"):
            tab.lay_out(services)


def _header() -> gr.HTML:
    """Lay out the title, the link to the API and the theme switch."""
    return gr.HTML(
        html_template=files(__package__).joinpath("header.html").read_text(encoding="utf-8"),
        js_on_load=scripts.loading("header.js"),
        apply_default_css=False,
        elem_id="page-header",
    )
