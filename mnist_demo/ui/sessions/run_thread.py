"""A visitor's run from its place in the queue to its end, on a thread of its own.

It belongs to its visitor and not to a connection: pages may be closed, reloaded or without network, and who
comes back sees it. It ends by itself, when its visitor stops it, at the host's limits, or when nobody has
looked at it for a while. Knows sessions, jobs and limits; nothing of how a run looks.
"""

import logging
import threading

from mnist_demo.recipes import Recipe
from mnist_demo.training.jobs import Job
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.sessions.session import Session
from mnist_demo.ui.sessions.trainer import Trainer
from mnist_demo.ui.sessions.waiting_list import Ticket

_POLL_SECONDS = 0.1  # between two looks at the waiting list

_log = logging.getLogger(__name__)


def start(
    trainer: Trainer, session: Session, recipe: Recipe, limits: Limits, address: str | None = None
) -> None:
    """Start a run, or the wait for a place; the session tells from now on where it stands.

    address: the visitor's, where it is known. Raises AlreadyTrainingError and WaitingListFullError.
    """
    session.reserve()
    try:
        ticket = trainer.waiting_list.join(address)
    except BaseException:
        session.release()
        raise
    session.ticket = ticket
    go = (trainer, session, recipe, limits, ticket)
    threading.Thread(target=_go, args=go, daemon=True, name="run").start()


def _go(trainer: Trainer, session: Session, recipe: Recipe, limits: Limits, ticket: Ticket) -> None:
    refusal = ""
    try:
        refusal = _wait(session, limits, ticket)
        if not refusal:
            _run(trainer, session, recipe, limits)
    except Exception:
        _log.exception("A run failed")
        refusal = "Something went wrong on the server, and your run has ended."
    finally:
        session.end_run(refusal)
        ticket.give_up()
        # last: Start may be pressed again as soon as this is seen
        session.release()


def _wait(session: Session, limits: Limits, ticket: Ticket) -> str:
    """Wait for a place to train; return why it was given up, in a sentence, or ""."""
    while ticket.place():
        if session.unseen_seconds > limits.abandoned_seconds:
            return f"{_nobody_looked(limits)}, so your place in the queue went to the next visitor."
        if session.stop_requested.wait(_POLL_SECONDS):
            break
    return "You left the queue." if session.stop_requested.is_set() else ""


def _run(trainer: Trainer, session: Session, recipe: Recipe, limits: Limits) -> None:
    job = Job(trainer.workers, recipe, limits.run_seconds)
    try:
        run = session.begin_run(recipe, job, trainer.example)
        for event in job.events():
            if event is not None:
                run.add(event)
                if run.result is event:
                    trainer.sessions.keep_model(session, run)
            if session.unseen_seconds > limits.abandoned_seconds and run.state != "scoring":
                job.stop(f"{_nobody_looked(limits)}, so it ended.")
    finally:
        job.close()


def _nobody_looked(limits: Limits) -> str:
    return f"Nobody looked for {limits.abandoned_seconds} seconds"
