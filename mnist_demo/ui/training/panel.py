"""The Training tab's components, and how a view is put on them. Knows gradio; no events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import gradio as gr
import pandas as pd

from mnist_demo.ui import scripts
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.training import form, plots, reference, results, views
from mnist_demo.ui.training.handlers import View
from mnist_demo.ui.training.plots import Plots, Row


@dataclass(frozen=True)
class Panel:
    """The components that events come from and go to."""

    form: gr.HTML
    status: gr.HTML
    loss: gr.LinePlot
    accuracy: gr.LinePlot
    reading: gr.HTML
    epochs: gr.HTML
    results: gr.HTML
    runs: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """What a view is put on, in the order of `updates`."""
        return [
            self.status,
            self.loss,
            self.accuracy,
            self.reading,
            self.epochs,
            self.results,
            self.runs,
        ]


def build(limits: Limits, functions: Mapping[str, Callable[..., Any]]) -> Panel:
    """Lay the tab out inside the one that is open; `functions` are check, steer and download."""
    with gr.Row(elem_id="training"):
        with gr.Column(elem_id="training-set-up", scale=0, min_width=280):
            set_up = _html(
                None,
                html_template=form.markup(),
                js_on_load=scripts.loading("training/form.js"),
                server_functions=[functions["check"], functions["steer"]],
                facts=form.facts(limits),
            )
        with gr.Column(elem_id="training-live", scale=1, min_width=280):
            status = _html(
                views.idle() if limits.training else views.closed(),
                js_on_load=scripts.loading("training/status.js"),
            )
            with gr.Row(elem_id="training-plots"):
                loss = _plot("Loss", "loss", elem_id="loss-plot")
                accuracy = _plot("Accuracy", "accuracy", elem_id="accuracy-plot")
            runs = _html(views.runs([]), js_on_load=scripts.loading("training/runs.js"))
            with gr.Row(elem_id="training-detail"):
                reading = _html(views.reading(None))
                epochs = _html(views.epochs([]))
            left = _html(
                results.results(None),
                js_on_load=scripts.loading("training/results.js"),
                server_functions=[functions["download"]],
            )
            _html(reference.markup())
    return Panel(set_up, status, loss, accuracy, reading, epochs, left, runs)


def updates(view: View | None) -> list[Any]:
    """Return what a view makes of each of the panel's outputs."""
    if view is None:
        return [gr.skip()] * 7
    return [
        view.status,
        _drawn(view.plots, "loss"),
        _drawn(view.plots, "accuracy"),
        *(
            gr.skip() if part is None else part
            for part in (view.reading, view.epochs, view.results, view.runs)
        ),
    ]


def _html(value: str | None, js_on_load: str | None = None, **settings: Any) -> gr.HTML:
    return gr.HTML(value, js_on_load=js_on_load, apply_default_css=False, **settings)


def _plot(title: str, quantity: str, elem_id: str) -> gr.LinePlot:
    return gr.LinePlot(
        **_settings(plots.EMPTY, quantity),
        x="epoch",
        y=quantity,
        color="series",
        color_map=plots.COLORS,
        colors_in_legend=[],
        x_title="Epoch",
        y_title=title,
        x_axis_format="~r",
        y_axis_format=None if quantity == "loss" else ".0%",
        height=316,
        show_label=False,
        container=False,
        buttons=[],
        elem_id=elem_id,
    )


def _drawn(drawn: Plots | None, quantity: str) -> Any:
    return gr.skip() if drawn is None else gr.LinePlot(**_settings(drawn, quantity))


def _settings(drawn: Plots, quantity: str) -> dict[str, Any]:
    return {
        "value": _table(drawn.loss if quantity == "loss" else drawn.accuracy, quantity),
        "x_lim": [0, drawn.epochs],
        "y_lim": [0, drawn.loss_limit if quantity == "loss" else 1],
    }


def _table(rows: list[Row], quantity: str) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["epoch", quantity, "series"])


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")
