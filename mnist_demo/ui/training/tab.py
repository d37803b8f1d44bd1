"""The Training tab: its components, where they stand, and which event calls which handler.

Knows gradio. What the handlers do is in `handlers`; how a run looks is in `views`, `plots` and `results`.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from mnist_demo.ui import scripts, templates
from mnist_demo.ui.server.forwarding import address_of
from mnist_demo.ui.services import Services
from mnist_demo.ui.training import form, handlers, plots, reference, results, views
from mnist_demo.ui.training.handlers import View


@dataclass(frozen=True)
class _Components:
    """The components that events come from and go to."""

    form: gr.HTML
    status: gr.HTML
    plots: gr.HTML
    prediction: gr.HTML
    epochs: gr.HTML
    results: gr.HTML
    runs: gr.HTML

    @property
    def outputs(self) -> list[Any]:
        """All that a view can update."""
        return [
            self.status,
            self.plots,
            self.prediction,
            self.epochs,
            self.results,
            self.runs,
        ]


def lay_out(services: Services) -> None:
    """Lay the tab out inside the gr.Blocks that is open, and connect its events."""

    # gradio looks types up, and strangers send anything
    def train(payload, request: gr.Request):  # type: ignore[no-untyped-def]
        for view in handlers.train(services, payload, address_of(request.client)):
            yield _updates(components, view)

    def turned_away():  # type: ignore[no-untyped-def]
        return _updates(components, handlers.turned_away())

    def restore(payload):  # type: ignore[no-untyped-def]
        view = handlers.restore(services, payload)
        return _updates(components, view) if view else gr.skip()

    limits = services.limits
    components = _components(services)
    private: dict[str, Any] = {"show_progress": "hidden", "queue": False, "api_visibility": "private"}
    started = components.form.submit(
        train,
        components.form,
        components.outputs,
        show_progress="hidden",
        # Start is pressed again as soon as a run's end is seen, which may be before Gradio notes it
        trigger_mode="multiple",
        # everyone who may wait gets in, because it is the waiting list that gives them their place; and one
        # more, to learn that the list is full
        concurrency_limit=limits.runs + limits.runs_waiting + 1,
        api_name="train",
        api_visibility="undocumented",
    )
    started.failure(turned_away, None, components.outputs, **private)
    components.form.input(restore, components.form, components.outputs, **private)
    if limits.training:
        gr.on(None, services.trainer.prepare, **private)  # when the page is loaded


def _components(services: Services) -> _Components:
    def check(payload):  # type: ignore[no-untyped-def]
        return handlers.check(services, payload)

    def steer(payload):  # type: ignore[no-untyped-def]
        return handlers.steer(services, payload)

    def find_rate(payload):  # type: ignore[no-untyped-def]
        return handlers.find_rate(services, payload)

    def mistakes(payload):  # type: ignore[no-untyped-def]
        return handlers.mistakes(services, payload)

    def download(payload):  # type: ignore[no-untyped-def]
        return handlers.download(services, payload)

    def snapshot(payload):  # type: ignore[no-untyped-def]
        return handlers.snapshot(services, payload)

    with gr.Row(elem_id="training"):
        with gr.Column(elem_id="training-set-up", scale=0, min_width=280):
            set_up = _html(
                None,
                "form.js",
                html_template=form.markup(),
                server_functions=[check, steer, find_rate],
                facts=form.facts(services.limits),
            )
        with gr.Column(elem_id="training-live", scale=1, min_width=280):
            status = _html(views.idle() if services.limits.training else views.switched_off(), "status.js")
            drawn = _html(
                plots.EMPTY,
                "plots.js",
                html_template=templates.render("training/plots.html"),
                shipped=plots.shipped(services.classifier.cards),
            )
            runs = _html(views.runs([]), "runs.js", server_functions=[steer])
            _html(
                None,
                "live.js",
                html_template=templates.render("training/live.html"),
                css_template=templates.render("pad/insides/insides.css"),
                server_functions=[snapshot],
            )
            with gr.Row(elem_id="training-detail"):
                prediction = _html(views.prediction(None))
                epochs = _html(views.epochs([]))
            result = _html(results.results(None), "results.js", server_functions=[download, mistakes, steer])
            _html(reference.markup())
    return _Components(set_up, status, drawn, prediction, epochs, result, runs)


def _updates(components: _Components, view: View) -> dict[Any, Any]:
    """Return the components that a view updates, with their values."""
    updates = {
        components.status: view.status,
        components.plots: view.plots,
        components.prediction: view.prediction,
        components.epochs: view.epochs,
        components.results: view.results,
        components.runs: view.runs,
    }
    return {component: value for component, value in updates.items() if value is not None}


def _html(value: str | None, script: str | None = None, **settings: Any) -> gr.HTML:
    js_on_load = scripts.loading(f"training/{script}") if script else None
    return gr.HTML(value, js_on_load=js_on_load, apply_default_css=False, **settings)
