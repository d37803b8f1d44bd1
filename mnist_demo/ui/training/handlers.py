"""What the Training tab's functions do, as plain functions of the services and of what a visitor sent.

Knows requests, sessions and runs. Knows nothing of gradio: no component, no event, no route.
"""

import base64
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mnist_demo.digits import CLASSES
from mnist_demo.models.program import ProgramError
from mnist_demo.training import settings
from mnist_demo.training.steering import MAX_RATE
from mnist_demo.training.worker import Failed, Snapshot
from mnist_demo.ui.services import Services
from mnist_demo.ui.sessions import run_thread
from mnist_demo.ui.sessions.runs import Run
from mnist_demo.ui.sessions.session import AlreadyTrainingError, Session
from mnist_demo.ui.sessions.token import MISSING, visitor_of
from mnist_demo.ui.sessions.waiting_list import WaitingListFullError
from mnist_demo.ui.training import payloads, plots, results, views
from mnist_demo.ui.training.report import report_of

_FIND_SECONDS = 30.0  # that a hundred steps may take
_UPDATE_SECONDS = 0.25  # between two updates of the page
_LOOK_SECONDS = 0.05  # between two looks at the run
_GONE = "This run’s weights are no longer on the server: the oldest go first."
_NO_RUN = "There is no such run on the server any more."
_ORDERS = ("pause", "resume", "stop", "use", "put away", "rename", "delete", "rate", "slow", "more")
_MAX_SNAPSHOT_BYTES = 1_000_000  # two of them a second are what a page can take
_REPEAT_SECONDS = 1.0  # after which what is shown already is sent again


@dataclass(frozen=True)
class View:
    """What the page shows from now on; None leaves a part as it is."""

    status: str | None = None
    plots: str | None = None
    prediction: str | None = None
    epochs: str | None = None
    results: str | None = None
    runs: str | None = None


def train(services: Services, payload: object, address: str | None = None) -> Iterator[View]:
    """Train what the payload asks for, {"visitor", "settings"}; yield what the page shows, again and again.

    address: the visitor's, where it is known.

    Anything wrong becomes a view with a sentence. The run goes on whether or not anybody iterates.
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
        run_thread.start(services.trainer, session, recipe, services.limits, address)
    except (AlreadyTrainingError, WaitingListFullError) as problem:
        yield View(views.refused(str(problem)))
        return
    yield from _watch(session)


def _label(field: str) -> str:
    setting = settings.by_name().get(field)
    return setting.label if setting else "Recipe"


def turned_away() -> View:
    """Return what a visitor sees when Gradio's own queue was too full to pass their request on."""
    return View(views.refused("The server is too busy for another run. Please try again in a minute."))


def _watch(session: Session) -> Iterator[View]:
    """Yield what is new of a visitor's run until it is over. Closing the iterator changes nothing."""
    shown: tuple[object, ...] = ()
    shown_at = 0.0
    while True:
        session.look()
        is_over = not session.is_busy  # before anything else: what is seen then is the last of it
        run = session.current
        if is_over:
            yield _view(session, run, is_fresh=True) if run else View(views.refused(session.refusal))
            return
        news = _news(session, run)
        is_urgent = news[:2] != shown[:2]
        waited = time.monotonic() - shown_at
        # at intervals too: Gradio notices that a page was closed only when something is sent to it
        if is_urgent or (news != shown and waited >= _UPDATE_SECONDS) or waited >= _REPEAT_SECONDS:
            shown, shown_at = news, time.monotonic()
            view = _view(session, run, is_urgent) if run else _waiting(session)
            # the end is shown when the visitor's place is free: Start may be pressed as soon as it is seen
            if view and not (run and run.has_ended):
                yield view
        time.sleep(_LOOK_SECONDS)


def _news(session: Session, run: Run | None) -> tuple[object, ...]:
    """What differs whenever there is something new to show; of urgent news the first two parts differ."""
    if run is None:
        return "waiting", _place(session)
    steered = run.rate, run.is_slow, run.more_epochs
    return run.number, (bool(run.curves.epochs), steered), run.state, run.events


def _place(session: Session) -> int:
    return session.ticket.place() if session.ticket else 0


def _waiting(session: Session) -> View | None:
    """What a visitor in the queue sees; None once it is their turn."""
    place = _place(session)
    return View(views.waiting(place)) if place else None


def _view(session: Session, run: Run, is_fresh: bool = False) -> View:
    return View(
        views.status(run),
        plots.of(session.runs),
        views.prediction(run),
        views.epochs(run.curves.epochs, run.recipe.loss),
        results.results(run, session.models.is_on_pad(run)) if is_fresh or run.has_ended else None,
        views.runs(session.runs),
    )


def restore(services: Services, payload: object) -> View | None:
    """Return what a visitor's run looks like now; None if the server has none of theirs, or nothing new.

    With {"run": number} the results are that run's.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    if session is None:
        return None
    session.look()
    if isinstance(payload, dict) and "run" in payload:
        return _results_of(session, payload["run"])
    is_busy = session.is_busy
    run = session.current
    if run is None:
        if is_busy:
            return _waiting(session)
        if session.refusal:
            return View(views.refused(session.refusal))
        if not session.runs:
            # all were deleted
            return View(
                views.idle(),
                plots.EMPTY,
                views.prediction(None),
                views.epochs([]),
                results.results(None),
                views.runs([]),
            )
        run = session.runs[-1]
    return None if is_busy and run.has_ended else _view(session, run, is_fresh=True)


def _results_of(session: Session, number: object) -> View | None:
    asked = session.run(number)
    if asked is None or not asked.has_ended:
        return None
    # the status stays: a visitor may look at an earlier run while they wait for their next one
    return View(results=results.results(asked, session.models.is_on_pad(asked)))


def check(services: Services, payload: object) -> dict[str, Any]:
    """Say what is wrong with a form, {field: reason}, where the data is and how long an epoch takes.

    {"problems", "data": Trainer.availability(), "epoch_seconds": Trainer.epoch_seconds}. Never raises.
    """
    _, wrong = payloads.recipe_of(payload, services.limits)
    return {
        "problems": wrong,
        "data": services.trainer.availability(),
        "epoch_seconds": dict(services.trainer.epoch_seconds),
    }


def steer(services: Services, payload: object) -> dict[str, Any]:
    """Obey an order about the visitor's run. Never raises.

    "pause", "resume", "stop"; "rate" with {"rate": what the learning rate is multiplied by}; "slow" with
    {"slow": bool}; "more" for one more epoch. Of a {"run": number} that has ended, "use" puts the model on
    the pad and "put away" takes it off; "rename" calls it {"name"}, "delete" forgets it.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    asked = payload if isinstance(payload, dict) else {}
    order = asked.get("order")
    if session is None or order not in _ORDERS:
        return {"error": "You have no run on this server."}
    if order in ("use", "put away", "rename", "delete"):
        return _steer_earlier(session, order, asked)
    if order == "rate":
        rate = _rate_of(asked)
        if rate is None:
            return {"error": f"The learning rate can be up to {MAX_RATE} times as large or as small."}
        session.set_rate(rate)
    elif order == "slow":
        session.set_slow(asked.get("slow") is True)
    elif order == "more":
        if not session.add_epoch(services.limits.epochs):
            return {"error": f"Runs have at most {services.limits.epochs} epochs on this server."}
    elif order == "stop":
        session.stop_run()
    elif order == "pause":
        session.pause_run()
    else:
        session.resume_run()
    return {"done": order}


def _rate_of(asked: dict[str, Any]) -> float | None:
    """What the learning rate is to be multiplied by; None where that is no number within the bounds."""
    rate = asked.get("rate")
    if isinstance(rate, bool) or not isinstance(rate, int | float):
        return None
    return float(rate) if 1 / MAX_RATE <= rate <= MAX_RATE else None


def _steer_earlier(session: Session, order: str, asked: dict[str, Any]) -> dict[str, Any]:
    """Obey an order about any run of the visitor's."""
    number, name = asked.get("run"), asked.get("name")
    run = session.run(number)
    if not isinstance(number, int) or run is None:
        return {"error": _NO_RUN}
    is_done = True
    if order == "use" and not session.models.put_on_pad(run):
        return {"error": _GONE}
    if order == "put away":
        session.models.take_off_pad(run)
    elif order == "delete":
        is_done = session.delete_run(number)
    elif order == "rename":
        is_done = isinstance(name, str) and session.rename_run(number, name)
    return {"done": order} if is_done else {"error": _NO_RUN}


def find_rate(services: Services, payload: object) -> dict[str, Any]:
    """Try learning rates for {"settings"}: {"rates", "losses", "suggestion"}, or {"error"}. Never raises.

    Takes a place to train for as long as it lasts, and doesn't wait for one. The suggestion may be None.
    """
    if not services.limits.training or visitor_of(payload) is None or not isinstance(payload, dict):
        return {"error": MISSING}
    recipe, _ = payloads.recipe_of(payload.get("settings"), services.limits)
    if recipe is None:
        return {"error": "These settings can’t be run."}
    try:
        ticket = services.trainer.waiting_list.join()
    except WaitingListFullError as problem:
        return {"error": str(problem)}
    try:
        if ticket.place():
            return {"error": "The server is training already. Please try again when it has finished."}
        found = services.trainer.workers.find_rate(recipe, _FIND_SECONDS)
    finally:
        ticket.give_up()
    if isinstance(found, Failed):
        return {"error": found.reason}
    return {
        "rates": [float(f"{rate:.4g}") for rate in found.rates],
        "losses": [float(f"{loss:.4g}") for loss in found.losses],
        "suggestion": found.suggestion,
    }


def mistakes(services: Services, payload: object) -> dict[str, Any]:
    """Return what one cell of a run's confusion matrix stands for, {"markup"}, or {"error"}. Never raises.

    payload: {"visitor", "run", "label", "answer"}.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    asked = payload if isinstance(payload, dict) else {}
    number, label, answer = asked.get("run"), asked.get("label"), asked.get("answer")
    run = session.run(number) if session else None
    if run is None or run.result is None:
        return {"error": _NO_RUN}
    if isinstance(label, int) and isinstance(answer, int) and {label, answer} <= set(range(CLASSES)):
        return {"markup": results.mistakes(run.result, label, answer)}
    return {"error": "There is no such cell."}


def snapshot(services: Services, payload: object) -> dict[str, Any]:
    """Return the model of the visitor's run for their page to look inside, and have a newer one made.

    {"run", "color", "place": epochs so far, "program": base64, "dead": of each ReLU [dead units, units]}; {}
    while there is none, or none but that of {"run", "place"}; {"too_large": bytes} where that is too much to
    be sent again and again. Never raises.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    run = session.current if session else None
    if session is None or run is None:
        return {}
    session.take_snapshot()
    newest = _trained(session, run) if run.has_ended else run.snapshot
    if newest is None or not newest.program:
        return {}
    if len(newest.program) > _MAX_SNAPSHOT_BYTES:
        return {"too_large": len(newest.program)}
    if isinstance(payload, dict) and (payload.get("run"), payload.get("place")) == (run.number, newest.place):
        return {}
    return {
        "run": run.number,
        "color": run.color,
        "place": newest.place,
        "program": base64.b64encode(newest.program).decode(),
        "dead": newest.dead,
    }


def _trained(session: Session, run: Run) -> Snapshot | None:
    """Return what a run that has ended came to, if that is still on the pad."""
    try:
        packed = session.models.pack(session.models.name_of(run))
    except ProgramError:
        return None
    return Snapshot(run.last.epoch, packed, []) if packed and run.last else None


def download(services: Services, payload: object) -> dict[str, Any]:
    """Return a file of a visitor's run, {"name", "content" in base64}, or {"error"}. Never raises.

    Files are made in memory on request: nothing is written to the host's disk, and only the visitor can get
    them.
    """
    session = services.trainer.sessions.find(visitor_of(payload))
    asked = payload if isinstance(payload, dict) else {}
    run = session.run(asked.get("run")) if session else None
    if run is None or not run.has_ended:
        return {"error": _GONE}
    kind = str(asked.get("kind"))
    try:
        name, content = report_of(run) if kind == "report" else run.make_file(kind)
    except KeyError:
        return {"error": _GONE}
    return {"name": name, "content": base64.b64encode(content).decode()}
