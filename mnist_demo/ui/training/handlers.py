"""What the Training tab's functions do, as plain functions of the services and of what a visitor sent.

Knows requests, sessions and runs. Knows nothing of gradio: no component, no event, no route.
"""

import base64
import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from mnist_demo.events import Evaluated
from mnist_demo.recipes import Recipe
from mnist_demo.training import settings
from mnist_demo.training.jobs import Job
from mnist_demo.ui.services import Services
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.sessions import AlreadyTrainingError, Session
from mnist_demo.ui.sessions.token import visitor_of
from mnist_demo.ui.sessions.waiting_list import Ticket, WaitingListFullError
from mnist_demo.ui.training import payloads, plots, results, views
from mnist_demo.ui.training.plots import Plots

_SHOW_EVERY = 0.25  # seconds between two updates of the page
_LOOK_EVERY = 0.2  # seconds between two looks at the line
_SAY_EVERY = 1.0  # seconds after which a place in the line is said again

_NO_VISITOR = "This page has lost its key to the server. Please reload it."

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What the page shows from now on; None leaves a part as it is."""

    status: str
    plots: Plots | None = None
    reading: str | None = None
    epochs: str | None = None
    results: str | None = None
    runs: str | None = None


def train(services: Services, payload: object) -> Iterator[View]:
    """Train what the payload asks for: {"visitor", "settings"}. Yields by the clock what the page shows.

    Whatever is wrong becomes a view with a sentence. Closing the iterator ends the run as stopping it does.
    """
    token = visitor_of(payload)
    if not services.limits.training:
        yield View(views.closed())
        return
    if token is None or not isinstance(payload, dict):
        yield View(views.refused(_NO_VISITOR))
        return
    recipe, wrong = payloads.recipe_of(payload.get("settings"), services.limits)
    if recipe is None:
        told = "; ".join(f"{_label(field)} {reason}" for field, reason in wrong.items())
        yield View(views.refused(f"These settings can’t be run: {told}."))
        return
    session = services.trainer.sessions.find_or_create(token)
    try:
        session.reserve()
    except AlreadyTrainingError as problem:
        yield View(views.refused(str(problem)))
        return
    try:
        ticket = services.trainer.waiting_list.join()
    except WaitingListFullError as problem:
        session.release()
        yield View(views.refused(str(problem)))
        return

    def release() -> None:
        session.release()
        ticket.give_up()

    try:
        yield from _wait(session, ticket)
        if session.stop_requested.is_set():
            yield View(views.refused("You left the queue."))
            release()
            return
    except BaseException:
        release()
        raise
    try:
        yield from _run(services, session, recipe, release)
    except Exception:
        _log.exception("A run failed")
        yield View(views.refused("Something went wrong on the server; the run has ended."))


def _label(field: str) -> str:
    setting = settings.by_name().get(field)
    return setting.label if setting else "Recipe"


def turned_away() -> View:
    """Return what a visitor sees whose wish to train did not get here: Gradio's own queue was full."""
    return View(views.refused("The server is too busy to take it. Please try again in a minute."))


def _wait(session: Session, ticket: Ticket) -> Iterator[View]:
    told, said = 0, 0.0
    while number := ticket.place():
        # by the clock too: whether the page is still there is looked at only when something is said to it
        if number != told or time.monotonic() - said >= _SAY_EVERY:
            told, said = number, time.monotonic()
            yield View(views.waiting(number))
        if session.stop_requested.wait(_LOOK_EVERY):
            return


def _run(services: Services, session: Session, recipe: Recipe, release: Callable[[], None]) -> Iterator[View]:
    trainer = services.trainer
    try:
        job = Job(trainer.workers, recipe, services.limits.run_seconds)
    except BaseException:
        release()  # no process can be had: the place is for the next one to try
        raise
    run = session.begin_run(recipe, job, trainer.example)
    events = job.events()

    def finish() -> None:
        try:
            for _ in _follow(services, session, run, events):
                pass
        finally:
            job.close()
            session.end_run()
            release()

    last: View | None = None
    try:
        yield _view(session, run, is_fresh=True)
        for view in _follow(services, session, run, events):
            if run.has_ended:
                last = view
            else:
                yield view
    except BaseException:
        # Nobody looks any more: the process ends now, and what was learned is scored and kept all the same.
        job.stop()
        threading.Thread(target=finish, daemon=True).start()
        raise
    finish()
    # only now, when the visitor's place is free: the next Start may be pressed as soon as this is seen
    if last:
        yield last


def _follow(services: Services, session: Session, run: Run, events: Iterator[Any]) -> Iterator[View]:
    """Take the job's events as they come; yield by the clock, and at once what should not wait."""
    shown = 0.0
    is_first, is_news = True, False
    for event in events:
        if event is not None:
            run.add(event)
            is_news = True
            if run.result is event:
                services.trainer.sessions.keep_model(session, run.result)
        is_first_point = is_first and isinstance(event, Evaluated)
        is_first = is_first and not is_first_point
        is_due = time.monotonic() - shown >= _SHOW_EVERY
        if is_first_point or run.has_ended or (is_due and (is_news or run.state == "paused")):
            yield _view(session, run, is_fresh=is_first_point)
            shown, is_news = time.monotonic(), False


def _view(session: Session, run: Run, is_fresh: bool = False) -> View:
    return View(
        views.status(run),
        plots.of(session.runs),
        views.reading(run),
        views.epochs(run.curves.epochs, run.recipe.loss),
        results.results(run) if is_fresh or run.has_ended else None,
        views.runs(session.runs),
    )


def restore(services: Services, payload: object) -> View | None:
    """Return what a visitor sees who comes back, or None where there is nothing of theirs."""
    session = services.trainer.sessions.find(visitor_of(payload))
    return _view(session, session.runs[-1], is_fresh=True) if session and session.runs else None


def check(services: Services, payload: object) -> dict[str, Any]:
    """Say what is wrong with a form: {"problems": {field: reason}, "data": Trainer.whereabouts()}.

    Never raises.
    """
    _, wrong = payloads.recipe_of(payload, services.limits)
    return {"problems": wrong, "data": services.trainer.whereabouts()}


def steer(services: Services, payload: object) -> dict[str, Any]:
    """Do what a visitor orders for their run: "pause", "resume" or "stop". Never raises."""
    session = services.trainer.sessions.find(visitor_of(payload))
    order = payload.get("order") if isinstance(payload, dict) else None
    if session is None or order not in ("pause", "resume", "stop"):
        return {"error": "There is no run of yours here."}
    if order == "stop":
        session.stop_run()
    elif order == "pause":
        session.pause_run()
    else:
        session.resume_run()
    return {"done": order}


def download(services: Services, payload: object) -> dict[str, Any]:
    """Return a file of a visitor's run: {"name", "content" in base64} or {"error"}. Never raises.

    Files are made in memory when they are asked for: nothing is written to the host's disk, and nobody but
    the visitor can ask for them.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    asked = payload if isinstance(payload, dict) else {}
    for run in session.runs if session else []:
        if run.number == asked.get("run") and run.has_ended:
            try:
                name, content = run.make_file(str(asked.get("kind")))
            except KeyError:
                break
            return {"name": name, "content": base64.b64encode(content).decode()}
    return {"error": "That is not here any more: the server keeps the newest model of each visitor only."}
