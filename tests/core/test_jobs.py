"""Runs in real processes: events arrive, pause holds, stop and death end it and keep what was learned."""

import dataclasses
import os
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from mnist_demo.digits import UNIT
from mnist_demo.events import Evaluated, Finished, Progress
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.evaluation import probabilities_of
from mnist_demo.models.modules import build
from mnist_demo.models.program import unpack
from mnist_demo.recipes import Recipe
from mnist_demo.training.jobs import Failed, Job, Reading, Result, Stopped
from mnist_demo.training.worker import Snapshot, Steered
from mnist_demo.training.workers import Workers

SHORT = Recipe(
    name="short",
    model="logistic",
    dataset="uci-digits",
    validation_size=300,
    normalization=UNIT,
    epochs=3,
    batch_size=50,
    learning_rate=0.1,
)
ENDLESS = dataclasses.replace(SHORT, epochs=10_000_000)

#: A digit: a bar down the middle.
ONE = np.zeros((28, 28), np.float32)
ONE[4:24, 13:15] = 1


@pytest.fixture(scope="module")
def workers():
    made = Workers(threads=1)
    made.warm_up()
    yield made
    made.close()


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def status_of(pid: int) -> dict[str, str]:
    """What Linux says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: text.strip() for name, text in (line.split(":", 1) for line in lines)}


#: What a run sends while it goes on: epochs of few images are over before the clock reports.
UNDER_WAY = (Progress, Evaluated)


def until(events, kind, condition=lambda event: True):
    """The next event of a kind, within two minutes: before the first one torch has to be loaded."""
    deadline = time.monotonic() + 120
    for event in events:
        if isinstance(event, kind) and condition(event):
            return event
        assert time.monotonic() < deadline, f"no {kind}"
    raise AssertionError(f"the run ended without {kind}")


def test_a_run_from_start_to_result(workers):
    job = Job(workers, SHORT, max_seconds=300)
    pid = job.pid
    assert pid != os.getpid()
    events = [event for event in job.events() if event]
    scores = [event for event in events if isinstance(event, Evaluated)]
    assert [event.epoch for event in scores] == [0, 1, 2, 3]
    assert isinstance(events[-2], Finished)
    result = events[-1]
    assert isinstance(result, Result)
    assert result.card.test_accuracy > 0.8
    assert result.card.epochs == 3
    assert sum(map(sum, result.confusion)) == 297
    right = sum(result.confusion[label][label] for label in range(10))
    assert right / 297 == pytest.approx(result.card.test_accuracy)
    assert all(mistake.answer != mistake.label for mistake in result.mistakes)
    chances = [mistake.probability for mistake in result.mistakes]
    assert chances == sorted(chances, reverse=True)
    checkpoints.assemble(result.card, checkpoints.unpack(result.packed))
    assert gone(pid)


def test_changes_take_effect_within_a_second_and_are_on_the_card(workers):
    job = Job(workers, ENDLESS, max_seconds=300)
    events = job.events()
    until(events, UNDER_WAY)
    asked = time.monotonic()
    job.set_rate(0.25)
    job.add_epoch()
    rate = until(events, Steered)
    more = until(events, Steered)
    assert time.monotonic() - asked < 1
    assert (rate.change, more.change) == ("learning rate × 0.25", "one more epoch")
    assert 0 <= rate.place <= more.place
    assert until(events, UNDER_WAY).epochs == ENDLESS.epochs + 1
    until(events, Evaluated, lambda event: event.epoch > more.place)
    job.stop()
    result = until(events, Result)
    assert result.card.steered == [rate.words, more.words]
    assert result.card.recipe.learning_rate == ENDLESS.learning_rate


def test_a_snapshot_is_the_averaged_model_of_its_moment_and_comes_when_it_is_asked_for(workers):
    images = np.random.default_rng(0).random((4, 28, 28), np.float32)
    job = Job(workers, dataclasses.replace(SHORT, averaging=0.9, epochs=40), max_seconds=300)
    weights, compared, snapshots = {}, 0, 0
    for event in job.events():
        if isinstance(event, Evaluated):
            weights[event.epoch] = checkpoints.unpack(job._last[1])
            if event.epoch == 5:
                assert not snapshots, "none was asked for"
            if event.epoch in (5, 10, 15, 20):
                for _ in range(5):  # several wishes are one
                    job.take_snapshot()
        elif isinstance(event, Snapshot):
            snapshots += 1
            header, program = unpack(event.program)
            assert header["temperature"] == 1
            if event.place in weights:
                module = build("logistic")
                module.load_state_dict(weights[event.place])
                expected = module(torch.from_numpy(images).unsqueeze(1)).detach().numpy()
                np.testing.assert_allclose(program.logits(images), expected, atol=1e-5)
                compared += 1
    assert 1 <= snapshots <= 4
    assert compared


def test_pause_holds_the_step_and_resume_goes_on(workers):
    job = Job(workers, ENDLESS, max_seconds=300)
    events = job.events()
    until(events, UNDER_WAY)
    job.pause()
    # whatever was under way when it paused arrives; then nothing does for a second
    quiet, deadline = 0, time.monotonic() + 60
    while quiet < 5:
        quiet = quiet + 1 if next(events) is None else 0
        assert time.monotonic() < deadline
    job.resume()
    until(events, UNDER_WAY)
    events.close()
    assert gone(job.pid)


def test_the_watched_digit_is_read_while_the_model_learns(workers):
    job = Job(workers, SHORT, max_seconds=300)
    job.watch(ONE)
    readings = [event.probabilities for event in job.events() if isinstance(event, Reading)]
    assert len(readings) >= 4
    assert all(sum(row) == pytest.approx(1) for row in readings)
    assert max(readings[-1]) > max(readings[0])


@pytest.mark.parametrize("stops", [False, True], ids=["finished", "stopped"])
def test_readings_are_those_of_the_averaged_weights_and_at_last_those_of_the_pad(workers, stops):
    recipe = dataclasses.replace(ENDLESS if stops else SHORT, averaging=0.99)
    job = Job(workers, recipe, max_seconds=300)
    job.watch(ONE)
    compared, weights, final = 0, None, None
    for event in job.events():
        if isinstance(event, Evaluated):
            weights = checkpoints.unpack(job._last[1])
            if stops and event.epoch == 3:
                job.stop()
        elif isinstance(event, Reading):
            if weights is not None:  # else it follows a report within an epoch
                module = build("logistic")
                module.load_state_dict(weights)
                expected = probabilities_of(module, ONE[None], UNIT, temperature=1.0)[0]
                assert event.probabilities == pytest.approx(expected, abs=1e-6)
                compared += 1
            final, weights = event, None
        elif isinstance(event, Finished | Stopped):
            weights = None
        elif isinstance(event, Result):
            result = event
    assert compared >= 3

    module = checkpoints.assemble(result.card, checkpoints.unpack(result.packed))
    pad = Classifier({"yours": Checkpoint(result.card, module)})
    assert final.probabilities == pytest.approx(pad.probabilities(ONE[None], "yours")[0], abs=1e-6)
    assert not 0.9 < result.card.temperature < 1.1, "the temperature makes a difference"


def test_stop_ends_the_process_at_once_and_scores_the_last_epoch(workers):
    job = Job(workers, ENDLESS, max_seconds=300)
    events = job.events()
    until(events, Evaluated, lambda event: event.epoch == 2)
    pid, asked = job.pid, time.monotonic()
    job.stop()
    stopped = until(events, Stopped)
    assert time.monotonic() - asked < 1.5
    assert gone(pid)
    assert stopped.epochs >= 2
    result = until(events, Result)
    assert result.card.epochs == stopped.epochs
    assert list(events) == []


def test_stop_before_an_epoch_is_complete_keeps_nothing_and_says_so(workers):
    job = Job(workers, dataclasses.replace(ENDLESS, model="cnn", batch_size=1), max_seconds=300)
    events = job.events()
    until(events, UNDER_WAY)
    job.stop()
    assert until(events, Stopped).epochs == 0
    assert "No epoch was completed" in until(events, Failed).reason


def test_a_process_that_is_killed_leaves_its_last_epoch(workers):
    job = Job(workers, ENDLESS, max_seconds=300)
    events = job.events()
    until(events, Evaluated, lambda event: event.epoch == 1)
    os.kill(job.pid, signal.SIGKILL)
    stopped = until(events, Stopped)
    assert "ended unexpectedly" in stopped.reason
    assert until(events, Result).card.epochs == stopped.epochs >= 1


def test_the_host_s_clock_ends_a_run_even_while_it_is_paused(workers):
    job = Job(workers, ENDLESS, max_seconds=2.0)
    events = job.events()
    until(events, Evaluated, lambda event: event.epoch == 1)
    job.pause()
    assert "2 seconds" in until(events, Stopped).reason
    assert isinstance(until(events, Result), Result)


def test_closing_the_events_or_the_job_ends_the_process(workers):
    for close in ("events", "job"):
        job = Job(workers, ENDLESS, max_seconds=300)
        events = job.events()
        until(events, UNDER_WAY)
        pid, asked = job.pid, time.monotonic()
        events.close() if close == "events" else job.close()
        assert gone(pid)
        assert time.monotonic() - asked < 1.5


def test_a_process_is_closed_by_several_threads_at_once(workers):
    for _ in range(3):
        job, problems = Job(workers, ENDLESS, max_seconds=300), []

        def close(job=job, problems=problems):
            try:
                job.close()
            except OSError as problem:
                problems.append(problem)

        threads = [threading.Thread(target=close) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems
        assert gone(job.pid)


def test_what_cannot_be_trained_is_reported(workers):
    job = Job(workers, dataclasses.replace(SHORT, validation_size=5000), max_seconds=300)
    assert "can't be held out" in until(job.events(), Failed).reason


def test_a_missing_teacher_is_named(workers):
    job = Job(workers, dataclasses.replace(SHORT, teacher="nobody"), max_seconds=300)
    assert "nobody" in until(job.events(), Failed).reason


def test_a_loss_that_diverges_is_reported_and_keeps_what_was_finite(workers):
    job = Job(workers, dataclasses.replace(SHORT, learning_rate=1e38), max_seconds=300)
    events = job.events()
    assert until(events, Finished).diverged
    until(events, (Result, Failed))


@pytest.mark.skipif(
    sys.platform != "linux", reason="workers are forked from a process of their own on Linux only"
)
def test_the_process_that_forks_workers_may_die(workers):
    job = Job(workers, ENDLESS, max_seconds=300)
    events = job.events()
    until(events, UNDER_WAY)
    forking = status_of(job.pid)["PPid"]
    assert forking != str(os.getpid())
    os.kill(int(forking), signal.SIGKILL)
    passed = until(events, Evaluated).epoch
    until(events, Evaluated, lambda event: event.epoch > passed + 20)
    job.close()
    deadline = time.monotonic() + 60
    while not gone(job.pid) and status_of(job.pid)["State"][0] != "Z":  # ended, if nobody has buried it
        assert time.monotonic() < deadline
    until(Job(workers, SHORT, max_seconds=300).events(), Result)


def test_a_warm_process_that_died_is_not_handed_out():
    made = Workers(threads=1)
    made.warm_up()
    dead = made._spare.pid
    os.kill(dead, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while made._spare.is_alive:
        assert time.monotonic() < deadline
    taken = made.take()
    assert taken.pid != dead
    assert taken.is_alive
    taken.close()
    made.close()


def test_closed_workers_keep_none_warm():
    made = Workers(threads=1)
    made.warm_up()
    spare = made.take()
    made.close()
    made.warm_up()
    assert made._spare is None
    spare.close()
    assert gone(spare.pid)
