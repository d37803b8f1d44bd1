"""Where the data sets are, as the set-up form is told: on disk, to be fetched, or out of reach."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from mnist_demo.data import datasets
from mnist_demo.models import modules
from mnist_demo.models.checkpoints import Checkpoint
from mnist_demo.models.classifier import Classifier
from mnist_demo.ui.server.limits import Limits
from mnist_demo.ui.services import Services
from mnist_demo.ui.sessions import trainer
from mnist_demo.ui.training import form, handlers
from tests.conftest import fresh_card
from tests.ui.markup import Page

NOWHERE = "http://127.0.0.1:9/nothing"


@pytest.fixture
def address(tmp_path):
    """The address of a file that is served."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "file").write_bytes(b"data")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as http:
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{http.server_port}/file"
        http.shutdown()
        thread.join()


@pytest.fixture
def services():
    classifier = Classifier(
        {"logistic": Checkpoint(fresh_card("logistic"), modules.build("logistic").eval())}
    )
    services = Services.of(classifier, Limits())
    yield services
    services.trainer.close()


def look(services, monkeypatch, **sources):
    """Whether each download is on disk, and its addresses; gives what the form is told afterwards."""
    sources = {"unipen": (True, [])} | sources
    replaced = {
        name: SimpleNamespace(is_here=lambda here=here: here, mirrors=lambda mirrors=mirrors: mirrors)
        for name, (here, mirrors) in sources.items()
    }
    monkeypatch.setattr(trainer, "DOWNLOADS", replaced)
    services.trainer._ask_servers()
    return handlers.check(services, {"recipe": "mlp"})["data"]


def test_before_anything_is_known_nothing_is_claimed(services, monkeypatch, tmp_path):
    monkeypatch.setenv("MNIST_DEMO_DATA", str(tmp_path))
    told = handlers.check(services, {"recipe": "mlp"})["data"]
    assert told == {
        "mnist": "unknown",
        "mnist-pen": "unknown",
        "mnist-pen-unipen": "unknown",
        "uci-digits": "here",
    }


def test_pen_strokes_can_be_away_while_mnist_is_here(services, monkeypatch):
    told = look(services, monkeypatch, mnist=(True, []), pendigits=(False, [NOWHERE]))
    assert told == {"mnist": "here", "mnist-pen": "away", "mnist-pen-unipen": "away", "uci-digits": "here"}


def test_both_parts_have_to_be_had(services, monkeypatch, address):
    told = look(services, monkeypatch, mnist=(False, [NOWHERE, address]), pendigits=(True, []))
    assert told == {
        "mnist": "reachable",
        "mnist-pen": "reachable",
        "mnist-pen-unipen": "reachable",
        "uci-digits": "here",
    }
    told = look(services, monkeypatch, mnist=(False, [NOWHERE]), pendigits=(False, [address]))
    assert told == {"mnist": "away", "mnist-pen": "away", "mnist-pen-unipen": "away", "uci-digits": "here"}


def test_unipen_is_a_part_of_its_own(services, monkeypatch, address):
    told = look(services, monkeypatch, mnist=(True, []), pendigits=(True, []), unipen=(False, [address]))
    assert told["mnist-pen"] == "here"
    assert told["mnist-pen-unipen"] == "reachable"


def test_who_did_not_answer_is_asked_again_after_a_while(services, monkeypatch, address):
    monkeypatch.setattr(services.trainer.workers, "warm_up", lambda: None)
    assert look(services, monkeypatch, mnist=(False, [NOWHERE]), pendigits=(True, []))["mnist"] == "away"
    asked = threading.Event()
    monkeypatch.setattr(services.trainer, "_ask_servers", asked.set)
    services.trainer.prepare()
    assert not asked.wait(0.3)
    monkeypatch.setattr(
        trainer.time, "monotonic", lambda now=trainer.time.monotonic: now() + trainer._RETRY_SECONDS
    )
    services.trainer.prepare()
    assert asked.wait(10)


def test_the_menu_has_every_data_set_and_the_script_their_sizes():
    (menu,) = Page(form.markup()).all("select", name="dataset")
    options = {option.get("value"): option.text() for option in menu.all("option")}
    assert options == {name: dataset.title for name, dataset in datasets.DATASETS.items()}
    assert options["mnist-pen"] == "MNIST + pen"
    assert form.facts(Limits())["sizes"]["mnist-pen"] == 60_000
