"""The Training tab's functions, without a browser: runs in real processes, for visitors who must not meet."""

import base64
import io
import json
import threading
import time
import uuid
from contextlib import contextmanager

import numpy as np
import pytest
import safetensors.torch
import torch

from mnist_demo.events import Finished
from mnist_demo.models import checkpoints, modules
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.program import unpack
from mnist_demo.recipes import RECIPES
from mnist_demo.training.worker import Failed, Reading, Result
from mnist_demo.ui import theme
from mnist_demo.ui.pad.handlers import own_models, read_ink
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.services import Services
from mnist_demo.ui.sessions import sessions
from mnist_demo.ui.sessions.session import MAX_RUNS, Session
from mnist_demo.ui.training import handlers, results, views
from tests.conftest import fresh_card
from tests.core.test_jobs import gone
from tests.ui.markup import Page

QUICK = {"recipe": "logistic", "dataset": "uci-digits", "validation_size": 300, "batch_size": 50, "epochs": 3}
ENDLESS = {**QUICK, "epochs": 1_000_000}
PATIENCE = 120  # seconds: before the first run torch has to be loaded, on a busy machine


def made(**limits):
    classifier = Classifier(
        {"logistic": Checkpoint(fresh_card("logistic"), modules.build("logistic").eval())}
    )
    return Services.of(classifier, Limits(**{"epochs": 1_000_000, **limits}))


@pytest.fixture(scope="module")
def services():
    services = made(runs_waiting=1)
    services.trainer.workers.warm_up()
    yield services
    services.trainer.close()


@pytest.fixture
def token():
    return str(uuid.uuid4())


def ask(token, settings=QUICK):
    return {"visitor": token, "settings": settings}


def status(view):
    """The status that a view shows, as an element."""
    return Page(view.status).one("section")


def state(view):
    return status(view).get("data-state")


def until(views, wanted, epoch=0):
    """The next view whose run is in this state, at or after this epoch."""
    deadline = time.monotonic() + PATIENCE
    for view in views:
        shown = status(view)
        if shown.get("data-state") == wanted and int(shown.get("data-epoch") or 0) >= epoch:
            return view
        assert time.monotonic() < deadline, f"never {wanted}, but {shown.text()}"
    raise AssertionError(f"it ended without {wanted}")


def caption(view):
    """What a view says of the digit that is read."""
    return Page(view.prediction).one("section").all("p")[-1].text()


def gone_within(pid, seconds):
    deadline = time.monotonic() + seconds
    while not gone(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def came_back(services, token):
    """What a page sees that asks again and again."""
    while True:
        if view := handlers.restore(services, {"visitor": token}):
            yield view
        time.sleep(0.05)


@contextmanager
def running(services, token, wanted="running"):
    """An endless run's views; it is stopped in the end."""
    views = handlers.train(services, ask(token, ENDLESS))
    until(views, wanted)
    yield views
    handlers.steer(services, {"visitor": token, "order": "stop"})
    until(came_back(services, token), "stopped")


def worker_of(services, token):
    return services.trainer.sessions.find(token)._job.pid


def drawing(token, models="all"):
    strokes = [{"points": [0.3, 0.2, 0.7, 0.2, 0.45, 0.85], "width": 0.06}]
    return {"ink": 1, "models": models, "strokes": strokes, "visitor": token}


def test_a_run_from_start_to_downloads(services, token, tmp_path):
    shown = list(handlers.train(services, ask(token)))
    assert state(shown[0]) == "starting"
    last = shown[-1]
    assert state(last) == "finished"
    epochs = [row.get("data-epoch") for row in Page(last.epochs).one("tbody").all("tr")]
    assert epochs == ["3", "2", "1", "0"]
    assert len(Page(last.results).one("figure").all("td")) == 100
    assert Page(last.results).one("dl").get("data-test-accuracy")
    (run,) = Page(last.runs).all("li")
    assert run.one("input", type="text").get("value") == "Run 1"
    assert "Logistic regression (changed)" in run.text()
    (curves,) = json.loads(last.plots)
    assert len({point["loss"] for point in curves["training"]}) > 2
    assert [point["epoch"] for point in curves["validation"]] == [0, 1, 2, 3]
    assert (curves["name"], curves["model"], curves["epochs"]) == ("Run 1", "logistic", 3)
    assert curves["images"] == curves["steps"] * 50 > 1000
    files = {}
    for kind in ("weights", "card", "state", "settings", "curves", "script", "notebook"):
        answer = handlers.download(services, {"visitor": token, "run": 1, "kind": kind})
        files[answer["name"].partition(".")[2]] = base64.b64decode(answer["content"])
        (tmp_path / answer["name"]).write_bytes(base64.b64decode(answer["content"]))
    loaded = checkpoints.load(tmp_path / "run-1-logistic-changed.safetensors")
    card, weights = loaded.card, loaded.module.state_dict()
    state_dict = torch.load(io.BytesIO(files["pth"]), weights_only=True)
    assert all(torch.equal(state_dict[name], weights[name]) for name in weights)
    compile(files["py"], "script", "exec")
    assert b"EPOCHS = 3" in files["py"]
    assert json.loads(files["ipynb"])["nbformat"] == 4
    record = json.loads(files["settings.json"])
    assert record["settings"]["epochs"] == 3
    assert record["recipe"] == "logistic, changed"
    assert record["changes"].startswith("UCI digits, 300 validation images, 3 epochs, batch 50")
    assert record["test_accuracy"] == pytest.approx(card.test_accuracy)
    assert len(files["csv"].splitlines()) == 1 + len(record["training"]) + len(record["validation"])


def on_pad(services, token):
    return own_models(services, {"visitor": token})["models"]


def test_the_model_joins_the_pad_of_its_visitor_alone(services, token):
    stranger = str(uuid.uuid4())
    list(handlers.train(services, ask(token)))
    (own,) = on_pad(services, token)
    assert (own["title"], own["color"]) == ("Yours: Run 1", "run-1")
    name = own["name"]
    assert set(read_ink(services, drawing(token))["answers"]) == {"logistic", name}
    (answer,) = read_ink(services, drawing(token, name))["answers"].values()
    assert sum(answer["probabilities"]) == pytest.approx(1)
    assert set(read_ink(services, drawing(stranger))["answers"]) == {"logistic"}
    assert "no longer on the pad" in read_ink(services, drawing(stranger, name))["error"]
    assert on_pad(services, stranger) == []
    assert "error" in handlers.download(services, {"visitor": stranger, "run": 1, "kind": "weights"})
    assert handlers.restore(services, {"visitor": stranger}) is None
    assert state(handlers.restore(services, {"visitor": token})) == "finished"


def test_earlier_runs_stay_whole_and_any_of_them_goes_onto_the_pad(services, token):
    for epochs in (1, 2):
        shown = list(handlers.train(services, ask(token, {**QUICK, "epochs": epochs})))
    assert "Run 2 on" in Page(shown[-1].results).all("h2")[0].text()
    assert "On the sketchpad, as" in shown[-1].results
    first = handlers.restore(services, {"visitor": token, "run": 1})
    assert "Run 1 on" in Page(first.results).all("h2")[0].text()
    assert len(Page(first.results).one("figure").all("td")) == 100
    assert "Take it off" in first.results
    answer = handlers.download(services, {"visitor": token, "run": 1, "kind": "weights"})
    assert base64.b64decode(answer["content"])
    for number in (3, "1", None, [1]):
        for order in ("use", "put away"):
            assert "error" in handlers.steer(services, {"visitor": token, "order": order, "run": number})
        assert handlers.restore(services, {"visitor": token, "run": number}) is None


def test_two_own_models_are_on_the_pad_and_the_one_put_there_first_makes_room(services, token):
    def titles():
        return [model["title"].removeprefix("Yours: ") for model in on_pad(services, token)]

    def order(what, number, **more):
        return handlers.steer(services, {"visitor": token, "order": what, "run": number, **more})

    for epochs in (1, 2, 3):
        list(handlers.train(services, ask(token, {**QUICK, "epochs": epochs})))
    assert titles() == ["Run 2", "Run 3"]
    answers = read_ink(services, drawing(token))["answers"]
    assert set(answers) == {"logistic", *(model["name"] for model in on_pad(services, token))}
    assert len({tuple(answer["probabilities"]) for answer in answers.values()}) == 3
    assert order("use", 1) == {"done": "use"}
    assert titles() == ["Run 3", "Run 1"]
    assert "Put it on the sketchpad" in handlers.restore(services, {"visitor": token, "run": 2}).results
    assert order("put away", 3) == {"done": "put away"}
    assert order("put away", 3) == {"done": "put away"}
    assert titles() == ["Run 1"]
    assert order("use", 2) == {"done": "use"}
    assert order("rename", 1, name="one epoch") == {"done": "rename"}
    assert titles() == ["one epoch", "Run 2"]
    assert len({model["color"] for model in on_pad(services, token)}) == 2


def test_a_cell_of_the_matrix_shows_the_digits_behind_it(services, token):
    list(handlers.train(services, ask(token, QUICK)))
    result = services.trainer.sessions.find(token).runs[0].result
    label, answer = result.mistakes[0].label, result.mistakes[0].answer
    cell = {"visitor": token, "run": 1, "label": label, "answer": answer}
    shown = Page(handlers.mistakes(services, cell)["markup"])
    count = result.confusion[label][answer]
    assert shown.one("h2").text().startswith(f"{count} × {label} read as {answer}")
    assert len(shown.all("img")) == min(count, 8)
    assert {each.text() for each in shown.all("small")} == {f"is a {label}"}
    for wrong in (
        {"run": 2},
        {"run": None},
        {"label": 10},
        {"label": -1},
        {"answer": "1"},
        {"answer": []},
        {"visitor": "x"},
    ):
        assert list(handlers.mistakes(services, {**cell, **wrong})) == ["error"]
    assert list(handlers.mistakes(services, None)) == ["error"]


def test_a_run_is_renamed_and_deleted_with_its_model(services, token):
    for epochs in (1, 2):
        list(handlers.train(services, ask(token, {**QUICK, "epochs": epochs})))
    order = {"visitor": token, "order": "rename", "run": 1}
    assert handlers.steer(services, {**order, "name": "  a   <b>first</b> " + "x" * 99}) == {"done": "rename"}
    view = handlers.restore(services, {"visitor": token, "run": 1})
    assert Page(view.results).all("h2")[0].text().startswith("a <b>first</b> xxxx")
    session = services.trainer.sessions.find(token)
    assert len(session.runs[0].name) == 40
    assert handlers.steer(services, {**order, "name": " "}) == {"done": "rename"}
    assert session.runs[0].name == "Run 1"
    for wrong in ({"name": 3}, {"name": None}, {"run": 9, "name": "x"}, {"run": "1", "name": "x"}):
        assert "error" in handlers.steer(services, {**order, **wrong})

    order = {"visitor": token, "order": "delete"}
    assert session.models.is_on_pad(session.runs[1])
    assert handlers.steer(services, {**order, "run": 2}) == {"done": "delete"}
    assert "error" in handlers.steer(services, {**order, "run": 2})
    assert list(session.models.on_pad.values()) == session.runs
    assert session.models.count == 1
    view = handlers.restore(services, {"visitor": token})
    assert [run.number for run in session.runs] == [1]
    assert Page(view.results).all("h2")[0].text().startswith("Run 1 on")
    assert handlers.steer(services, {**order, "run": 1}) == {"done": "delete"}
    view = handlers.restore(services, {"visitor": token})
    assert state(view) == "idle"
    assert session.models.count == 0
    assert on_pad(services, token) == []


def test_a_run_under_way_is_not_deleted(services, token):
    with running(services, token):
        assert "error" in handlers.steer(services, {"visitor": token, "order": "delete", "run": 1})


def test_a_run_whose_job_has_not_let_go_is_not_deleted():
    session = Session()
    run = session.begin_run(RECIPES["logistic"], Stoppable(), np.zeros((28, 28), np.float32))
    run.add(Failed("There is no data."))
    assert not session.delete_run(1)
    session.stop_run()  # which needs the run that the job is for
    session.end_run()
    assert session.delete_run(1)


def test_a_run_repeated_exactly_is_told_from_the_first(services, token):
    for _ in range(2):
        list(handlers.train(services, ask(token)))
    session = services.trainer.sessions.find(token)
    assert session.runs[0].result.card == session.runs[1].result.card, "nothing but the number differs"
    for away, other in ((1, 0), (0, 1)):
        for order, run in (("use", 1), ("use", 2), ("put away", away + 1)):
            assert "done" in handlers.steer(services, {"visitor": token, "order": order, "run": run})
        assert not session.models.is_on_pad(session.runs[away])
        assert session.models.is_on_pad(session.runs[other])


def test_results_of_an_earlier_run_do_not_end_the_wait_for_the_next(services, token):
    until(handlers.train(services, ask(token)), "finished")
    with running(services, str(uuid.uuid4())):
        waiting = handlers.train(services, ask(token))
        assert state(next(waiting)) == "waiting"
        shown = handlers.restore(services, {"visitor": token, "run": 1})
        assert "Run 1 on" in Page(shown.results).all("h2")[0].text()
        assert shown.status is None
        handlers.steer(services, {"visitor": token, "order": "stop"})
        until(waiting, "refused")
    assert handlers.restore(services, {"visitor": token, "run": 1}).status is None, "the refusal stays"


def test_who_sees_the_end_of_a_run_may_start_the_next(services, token):
    until(handlers.train(services, ask(token)), "finished")
    assert state(list(handlers.train(services, ask(token)))[-1]) == "finished"
    views = handlers.train(services, ask(token, ENDLESS))
    until(views, "running", 3)
    handlers.steer(services, {"visitor": token, "order": "stop"})
    until(views, "stopped")
    assert state(list(handlers.train(services, ask(token)))[-1]) == "finished"


def test_the_drawing_is_read_by_the_model_in_training(services, token):
    with running(services, token) as views:
        assert caption(until(views, "running")).startswith("Your pad is blank")
        read_ink(services, drawing(token))
        while not caption(view := until(views, "running")).startswith("Your drawing"):
            assert status(view).get("data-epoch") != "9"


def test_stop_ends_the_process_and_keeps_the_last_epoch(services, token):
    views = handlers.train(services, ask(token, ENDLESS))
    until(views, "running", 3)
    pid = worker_of(services, token)
    handlers.steer(services, {"visitor": token, "order": "stop"})
    asked = threading.Thread(target=lambda: list(views))
    asked.start()
    assert gone_within(pid, 1.5)
    asked.join(PATIENCE)
    view = handlers.restore(services, {"visitor": token})
    assert state(view) == "stopped"
    assert "You stopped it." in status(view).text()
    assert [model["parameters"] for model in on_pad(services, token)] == [7850]


def test_a_run_goes_on_when_its_page_is_closed_and_whoever_comes_back_sees_it_whole(services, token):
    views = handlers.train(services, ask(token, ENDLESS))
    until(views, "running", 3)
    pid = worker_of(services, token)
    views.close()
    time.sleep(1)
    assert not gone(pid)
    back = handlers.restore(services, {"visitor": token})
    assert state(back) == "running"
    assert int(status(back).get("data-epoch")) > 3
    (curves,) = json.loads(back.plots)
    assert curves["training"][0]["epoch"] == 0, "the curves are whole"
    assert handlers.restore(services, {"visitor": str(uuid.uuid4())}) is None, "nobody else sees it"
    handlers.steer(services, {"visitor": token, "order": "stop"})
    assert "You stopped it." in status(until(came_back(services, token), "stopped")).text()


def test_the_model_in_training_is_shown_from_inside_to_its_visitor_alone(services, token):
    views = handlers.train(services, ask(token, ENDLESS))
    until(views, "running", 2)
    asked = {"visitor": token}
    deadline = time.monotonic() + PATIENCE
    while not (first := handlers.snapshot(services, asked)):
        assert time.monotonic() < deadline
        next(views)
    assert (first["run"], first["color"]) == (1, "run-1")
    assert first["dead"] == [], "it has no units that could be"
    _, program = unpack(base64.b64decode(first["program"]))
    assert program.logits(np.zeros((1, 28, 28), np.float32)).shape == (1, 10)
    for stranger in ({"visitor": str(uuid.uuid4())}, {"visitor": "me"}, {}, None, [], "x"):
        assert handlers.snapshot(services, stranger) == {}
    known = {**asked, "run": 1, "place": first["place"]}
    while not (later := handlers.snapshot(services, known)):
        next(views)
    assert later["place"] > first["place"]
    assert later["program"] != first["program"]
    handlers.steer(services, {**asked, "order": "stop"})
    list(views)
    run = services.trainer.sessions.find(token).runs[0]
    assert run.snapshot is None, "it takes memory no longer"
    last = handlers.snapshot(services, asked)
    assert last["place"] == run.last.epoch
    header, _ = unpack(base64.b64decode(last["program"]))
    assert header["temperature"] == run.result.card.temperature
    assert handlers.snapshot(services, {**asked, "run": 1, "place": last["place"]}) == {}
    handlers.steer(services, {**asked, "order": "put away", "run": 1})
    assert handlers.snapshot(services, asked) == {}


def test_a_model_too_large_to_be_sent_again_and_again_is_not(services, token, monkeypatch):
    monkeypatch.setattr(handlers, "_MAX_SNAPSHOT_BYTES", 10_000)
    list(handlers.train(services, ask(token)))
    assert 4 * 7850 < handlers.snapshot(services, {"visitor": token})["too_large"] < 4 * 7850 + 1000


def test_a_learning_rate_is_found_and_its_place_is_free_again(services, token):
    found = handlers.find_rate(services, ask(token))
    assert found["suggestion"] > 0
    assert len(found["rates"]) == len(found["losses"]) > 20
    assert services.trainer.waiting_list.lengths == (0, 0)
    views = list(handlers.train(services, ask(token, {**QUICK, "learning_rate": found["suggestion"]})))
    assert state(views[-1]) == "finished"


def test_no_learning_rate_is_looked_for_while_others_train_nor_for_what_is_no_recipe(services, token):
    for payload in (
        None,
        [],
        "x",
        {},
        {"settings": QUICK},
        ask(token, {"recipe": "nothing"}),
        {"visitor": token},
    ):
        assert "error" in handlers.find_rate(services, payload)
    with running(services, token):
        answer = handlers.find_rate(services, ask(str(uuid.uuid4())))
        assert "already" in answer["error"]
    assert services.trainer.waiting_list.lengths == (0, 0)


def test_looking_for_a_learning_rate_ends_in_time_and_says_so(services, token, monkeypatch):
    monkeypatch.setattr(handlers, "_FIND_SECONDS", 0.0)
    assert "more than 0 seconds" in handlers.find_rate(services, ask(token))["error"]


def test_a_server_that_stops_ends_runs_at_once_and_scores_nothing(token):
    services = made()
    try:
        views = handlers.train(services, ask(token, ENDLESS))
        until(views, "running", 3)
        pid = worker_of(services, token)
    finally:
        services.trainer.close()
    assert gone_within(pid, 1)
    session = services.trainer.sessions.find(token)
    deadline = time.monotonic() + 2
    while session.is_busy:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert session.runs[0].result is None


def test_a_run_that_nobody_looks_at_ends_and_says_so(token):
    services = made(abandoned_seconds=2)
    try:
        views = handlers.train(services, ask(token, ENDLESS))
        until(views, "running", 3)
        for _ in range(3):  # it goes on as long as somebody looks
            time.sleep(1)
            assert state(handlers.restore(services, {"visitor": token})) == "running"
        pid = worker_of(services, token)
        views.close()
        assert gone_within(pid, 6)
        seen = until(came_back(services, token), "stopped")
        assert "Nobody looked for 2 seconds, so it ended." in status(seen).text()
        assert [model["parameters"] for model in on_pad(services, token)] == [7850]
    finally:
        services.trainer.close()


def test_a_place_in_the_queue_that_nobody_looks_at_is_given_up(token):
    services = made(abandoned_seconds=2)
    second = str(uuid.uuid4())
    try:
        first = handlers.train(services, ask(token, ENDLESS))
        until(first, "running")
        waiting = handlers.train(services, ask(second))
        assert "number 1" in status(next(waiting)).text()
        waiting.close()
        for _ in range(5):
            time.sleep(1)
            next(first)
        back = handlers.restore(services, {"visitor": second})
        assert "so your place in the queue went to the next visitor" in status(back).text()
    finally:
        services.trainer.close()


def test_pause_holds_the_run_and_resume_goes_on(services, token):
    with running(services, token) as views:
        handlers.steer(services, {"visitor": token, "order": "pause"})
        until(views, "paused")
        # what the process had reported before it heard of it comes first
        held = [next(views) for _ in range(5)][2:]
        assert len({view.status for view in held}) == 1
        assert {state(view) for view in held} == {"paused"}
        handlers.steer(services, {"visitor": token, "order": "resume"})
        assert until(views, "running").status != held[-1].status
        later = until(views, "running", 3)
        assert len(json.loads(later.plots)[0]["training"]) > len(json.loads(held[-1].plots)[0]["training"])


def test_a_run_can_be_changed_while_it_goes_on_and_says_what_was_changed(services, token):
    with running(services, token) as views:
        for order in ({"order": "rate", "rate": 0.5}, {"order": "slow", "slow": True}):
            assert handlers.steer(services, {"visitor": token, **order}) == {"done": order["order"]}
        slow = next(view for view in views if status(view).get("data-slow") == "true")
        assert status(slow).get("data-rate") == "0.5"
        session = services.trainer.sessions.find(token)
        while not session.current.steered:
            next(views)
        assert session.current.steered[0].change == "learning rate × 0.5"
        (curves,) = json.loads(next(view for view in views if view.plots).plots)
        assert curves["marks"] == [round(session.current.steered[0].place, 4)]
        for rate in (0, -1, 65, 1e9, "2", None, float("nan"), True):
            answer = handlers.steer(services, {"visitor": token, "order": "rate", "rate": rate})
            assert "error" in answer
        asked = session.current.epochs
        most = services.limits.epochs
        for _ in range(max(0, most - asked)):
            assert handlers.steer(services, {"visitor": token, "order": "more"}) == {"done": "more"}
        assert "error" in handlers.steer(services, {"visitor": token, "order": "more"})
        handlers.steer(services, {"visitor": token, "order": "slow", "slow": False})
    record = json.loads(session.runs[-1].make_file("settings")[1])
    assert record["changed while it ran"][0].startswith("learning rate × 0.5 from epoch ")
    assert "it was changed while it ran (learning rate" in session.runs[-1].make_file("script")[1].decode()


def test_the_second_visitor_sees_their_place_and_the_third_that_the_list_is_full(services, token):
    second, third = str(uuid.uuid4()), str(uuid.uuid4())
    with running(services, token) as first:
        waiting = handlers.train(services, ask(second))
        assert "You are number 1 in the queue" in status(next(waiting)).text()
        (full,) = handlers.train(services, ask(third))
        assert "The queue is full" in status(full).text()
        (twice,) = handlers.train(services, ask(token))
        assert "Your last run is still going" in status(twice).text()
        handlers.steer(services, {"visitor": third, "order": "stop"})
        assert state(next(first)) == "running", "a visitor stops nothing but their own run"
    until(waiting, "finished")


def test_a_place_on_the_list_is_sent_at_intervals_so_that_a_closed_page_is_noticed(services, token):
    second = str(uuid.uuid4())
    with running(services, token):
        waiting = handlers.train(services, ask(second))
        said = [next(waiting).status for _ in range(3)]
        assert len(set(said)) == 1
        assert "number 1" in said[0]
        waiting.close()
        assert "number 1" in status(handlers.restore(services, {"visitor": second})).text()
        handlers.steer(services, {"visitor": second, "order": "stop"})
        assert "You left the queue" in status(until(came_back(services, second), "refused")).text()


def test_a_process_that_can_not_be_had_leaves_the_place_free(services, token, monkeypatch, caplog):
    def refuse(*_):
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patched:
        patched.setattr(services.trainer.workers, "take", refuse)
        view = list(handlers.train(services, ask(token)))[-1]
    assert "Something went wrong on the server" in status(view).text()
    assert "Too many open files" in caplog.text
    assert state(list(handlers.train(services, ask(token)))[-1]) == "finished"


def test_who_leaves_the_queue_makes_room(services, token):
    second = str(uuid.uuid4())
    with running(services, token):
        waiting = handlers.train(services, ask(second))
        next(waiting)
        handlers.steer(services, {"visitor": second, "order": "stop"})
        assert "You left the queue" in status(next(waiting)).text()
        assert list(waiting) == []
        again = handlers.train(services, ask(second))
        assert "number 1" in status(next(again)).text()
        handlers.steer(services, {"visitor": second, "order": "stop"})
        until(again, "refused")


def test_a_loss_that_is_not_finite_is_reported_and_the_last_weights_are_kept(services, token):
    wild = {**QUICK, "loss": "mse", "learning_rate": 90, "optimizer": "sgd", "epochs": 50}
    last = list(handlers.train(services, ask(token, wild)))[-1]
    assert "stopped being" in status(last).text()
    assert state(last) in ("failed", "stopped")


def test_data_that_can_not_be_had_is_reported(token, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DEMO_DATA", str(tmp_path))
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for name in ("train-images", "t10k-images"):
        (raw / f"{name}-idx3-ubyte").write_bytes(b"truncated")
        (raw / f"{name.replace('images', 'labels')}-idx1-ubyte").write_bytes(b"truncated")
    services = made()
    settings = {"recipe": "logistic", "dataset": "mnist", "pen_share": 1, "epochs": 1}
    try:
        last = list(handlers.train(services, ask(token, settings)))[-1]
    finally:
        services.trainer.close()
    assert state(last) == "failed"
    assert "is not MNIST’s file" in status(last).text() or "MNIST's file as published" in status(last).text()


@pytest.mark.parametrize(
    "payload", [None, [], "x", {}, {"visitor": "me", "settings": QUICK}, {"settings": QUICK}]
)
def test_anything_but_a_visitor_s_token_is_refused(services, payload):
    (view,) = handlers.train(services, payload)
    assert state(view) == "refused"
    assert "error" in handlers.steer(services, payload)
    assert "error" in handlers.download(services, payload)
    assert handlers.restore(services, payload) is None
    assert own_models(services, payload) == {"models": []}


@pytest.mark.parametrize("settings", [None, {}, {**QUICK, "epochs": "<b>"}, {**QUICK, "<b>": 1}])
def test_settings_that_can_not_be_run_are_refused_with_the_reason(services, token, settings):
    (view,) = handlers.train(services, ask(token, settings))
    assert "can’t be run" in status(view).text()
    assert not status(view).all("b")
    assert services.trainer.sessions.find(token) is None


def test_training_that_is_switched_off_is_refused(token):
    (view,) = handlers.train(made(training=False), ask(token))
    assert "switched off" in status(view).text()


class Idle:
    """A job that does nothing."""

    watch = lambda self, digit: None  # noqa: E731


class Stoppable(Idle):
    """A job that notes that it was stopped."""

    is_stopped = False
    stop = lambda self: setattr(self, "is_stopped", True)  # noqa: E731


def trained(visitors, token):
    card = fresh_card("logistic")
    session = visitors.find_or_create(token)
    run = session.begin_run(RECIPES["logistic-sgd"], Idle(), np.zeros((28, 28), np.float32))
    packed = safetensors.torch.save(modules.build("logistic").state_dict())
    run.add(Result(card, packed, [[0] * 10] * 10, []))
    visitors.keep_model(session, run)
    return session


def test_visitors_and_their_models_are_bounded_the_idle_ones_go_first():
    known = sessions.Sessions(max_sessions=3, max_models=2)
    first, second, third = (trained(known, token) for token in "abc")
    assert [each.models.count for each in (first, second, third)] == [0, 1, 1]
    assert [len(each.models.on_pad) for each in (first, second, third)] == [0, 1, 1]
    second.reserve()
    for token in "defg":
        known.find_or_create(token)
    assert known.find("b") is second, "a visitor with a run going is never forgotten"
    assert known.find("a") is None


def test_the_oldest_weights_go_first_and_that_is_said():
    known = sessions.Sessions(max_sessions=3, max_models=3)
    mine, other = (known.find_or_create(token) for token in "ab")
    for session in (other, mine, mine, mine):
        run = session.begin_run(RECIPES["logistic-sgd"], Idle(), np.zeros((28, 28), np.float32))
        packed = safetensors.torch.save(modules.build("logistic").state_dict())
        run.add(Result(fresh_card("logistic"), packed, [[0] * 10] * 10, []))
        known.keep_model(session, run)
    assert [bool(run.result.packed) for run in other.runs] == [False], "who was here longest ago"
    assert not other.models.on_pad
    assert [bool(run.result.packed) for run in mine.runs] == [True, True, True]
    run = mine.begin_run(RECIPES["logistic-sgd"], Idle(), np.zeros((28, 28), np.float32))
    run.add(Result(fresh_card("logistic"), packed, [[0] * 10] * 10, []))
    known.keep_model(mine, run)
    assert [bool(run.result.packed) for run in mine.runs] == [False, True, True, True]
    assert not mine.models.put_on_pad(mine.runs[0])
    assert mine.models.put_on_pad(mine.runs[1])
    assert "no longer on the server" in results.results(mine.runs[0])


def test_a_complete_run_that_is_being_scored_is_not_stopped_any_more():
    session, job = Session(), Stoppable()
    run = session.begin_run(RECIPES["logistic-sgd"], job, np.zeros((28, 28), np.float32))
    run.add(Finished(3, 1.0))
    session.stop_run()
    assert (run.state, job.is_stopped) == ("scoring", False)
    run.state = "running"
    session.stop_run()
    assert job.is_stopped


def test_a_blank_pad_gives_the_example_back():
    session = Session()

    class Watching:
        watch = lambda self, digit: setattr(self, "digit", digit)  # noqa: E731

    job, example, drawn = Watching(), np.zeros((28, 28), np.float32), np.ones((28, 28), np.float32)
    run = session.begin_run(None, job, example)
    session.show_digit(drawn)
    assert job.digit is drawn
    assert run.is_example, "a picture is shown beside its own reading, not beside that of the one before"
    run.add(Reading(drawn.copy(), [0.1] * 10))
    assert not run.is_example
    session.show_digit(None)
    assert job.digit is example
    run.add(Reading(example.copy(), [0.1] * 10))
    assert run.is_example


def test_kept_runs_never_share_a_color():
    session = Session()
    for _ in range(9):
        for name in ("mlp-30", "mlp-64-64", "logistic"):
            session.begin_run(RECIPES[name], Idle(), np.zeros((28, 28), np.float32))
            colors = [views.color_of(run) for run in session.runs]
            assert len(set(colors)) == len(colors) <= MAX_RUNS
            assert {run.color for run in session.runs} <= set(theme.RUNS)
