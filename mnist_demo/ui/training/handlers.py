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
from mnist_demo.ui.sessions.token import MISSING, visitor_of
from mnist_demo.ui.sessions.waiting_list import Ticket, WaitingListFullError
from mnist_demo.ui.training import payloads, plots, results, views
from mnist_demo.ui.training.plots import Plots

_UPDATE_SECONDS = 0.25  # between two updates of the page
_POLL_SECONDS = 0.2  # between two looks at the waiting list
_REPEAT_SECONDS = 1.0  # after which a visitor's place on it is sent again

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What the page shows from now on; None leaves a part as it is."""

    status: str
    plots: Plots | None = None
    prediction: str | None = None
    epochs: str | None = None
    results: str | None = None
    runs: str | None = None


def train(services: Services, payload: object) -> Iterator[View]:
    """Train what the payload asks for, {"visitor", "settings"}; yield what the page shows, again and again.

    Anything wrong becomes a view with a sentence. Closing the iterator stops the run.
    """
    token = visitor_of(payload)
    if not services.limits.training:
        yield View(views.switched_off())
        return
    if token is None or not isinstance(payload, dict):
        yield View(views.refused(MISSING))
        return
    recipe, wrong = payloads.recipe_of(payload.get("settings"), services.limits)
    if recipe is None:
        reasons = "; ".join(f"{_label(field)} {reason}" for field, reason in wrong.items())
        yield View(views.refused(f"These settings can’t be run: {reasons}."))
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
        yield View(views.refused("Something went wrong on the server, and your run has ended."))


def _label(field: str) -> str:
    setting = settings.by_name().get(field)
    return setting.label if setting else "Recipe"


def turned_away() -> View:
    """Return what a visitor sees when Gradio's own queue was too full to pass their request on."""
    return View(views.refused("The server is too busy for another run. Please try again in a minute."))


def _wait(session: Session, ticket: Ticket) -> Iterator[View]:
    shown, shown_at = 0, 0.0
    while number := ticket.place():
        # at intervals too: Gradio notices that a page was closed only when something is sent to it
        if number != shown or time.monotonic() - shown_at >= _REPEAT_SECONDS:
            shown, shown_at = number, time.monotonic()
            yield View(views.waiting(number))
        if session.stop_requested.wait(_POLL_SECONDS):
            return


def _run(services: Services, session: Session, recipe: Recipe, release: Callable[[], None]) -> Iterator[View]:
    trainer = services.trainer
    try:
        job = Job(trainer.workers, recipe, services.limits.run_seconds)
    except BaseException:
        release()  # no process can be started: let the next visitor try
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
        # The page was closed: end the process now, but score and keep what it learned all the same.
        job.stop()
        threading.Thread(target=finish, daemon=True).start()
        raise
    finish()
    # not before the visitor's place is free: Start may be pressed again as soon as this is seen
    if last:
        yield last


def _follow(services: Services, session: Session, run: Run, events: Iterator[Any]) -> Iterator[View]:
    """Record the job's events; yield views at intervals, the first point and the end at once."""
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
        is_due = time.monotonic() - shown >= _UPDATE_SECONDS
        if is_first_point or run.has_ended or (is_due and (is_news or run.state == "paused")):
            yield _view(session, run, is_fresh=is_first_point)
            shown, is_news = time.monotonic(), False


def _view(session: Session, run: Run, is_fresh: bool = False) -> View:
    return View(
        views.status(run),
        plots.of(session.runs),
        views.prediction(run),
        views.epochs(run.curves.epochs, run.recipe.loss),
        results.results(run) if is_fresh or run.has_ended else None,
        views.runs(session.runs),
    )


def restore(services: Services, payload: object) -> View | None:
    """Return what a returning visitor sees; None if the server has no run of theirs."""
    session = services.trainer.sessions.find(visitor_of(payload))
    return _view(session, session.runs[-1], is_fresh=True) if session and session.runs else None


def check(services: Services, payload: object) -> dict[str, Any]:
    """Say what is wrong with a form: {"problems": {field: reason}, "data": Trainer.availability()}.

    Never raises.
    """
    _, wrong = payloads.recipe_of(payload, services.limits)
    return {"problems": wrong, "data": services.trainer.availability()}


def steer(services: Services, payload: object) -> dict[str, Any]:
    """Obey a visitor's order for their run: "pause", "resume" or "stop". Never raises."""
    session = services.trainer.sessions.find(visitor_of(payload))
    order = payload.get("order") if isinstance(payload, dict) else None
    if session is None or order not in ("pause", "resume", "stop"):
        return {"error": "You have no run on this server."}
    if order == "stop":
        session.stop_run()
    elif order == "pause":
        session.pause_run()
    else:
        session.resume_run()
    return {"done": order}


def download(services: Services, payload: object) -> dict[str, Any]:
    """Return a file of a visitor's run, {"name", "content" in base64}, or {"error"}. Never raises.

    Files are made in memory on request: nothing is written to the host's disk, and only the visitor can get
    them.
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
    return {
        "error": "This file is no longer on the server, which keeps only the newest model of each visitor."
    }
