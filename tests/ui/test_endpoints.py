"""/predict and /models, as gradio's client and as plain HTTP see them."""

import os
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from mnist_demo.models.modules import MODELS
from tests.ui.material import BAD, BLANK, GOOD


@pytest.fixture
def file(tmp_path):
    def write(content: bytes):
        path = tmp_path / "picture.bin"
        path.write_bytes(content)
        return handle_file(path)

    return write


def refusal(client: Client, *arguments: object) -> str:
    with pytest.raises(AppError) as refused:
        client.predict(*arguments, api_name="/predict")
    message = str(refused.value)
    assert message.endswith(".")
    assert "Traceback" not in message
    return message


@pytest.mark.parametrize("name", GOOD)
def test_a_picture_of_any_kind_is_read_by_every_model(client, file, name):
    answer = client.predict(file(GOOD[name]), "all", api_name="/predict")
    assert list(answer) == ["predictions"]
    assert list(answer["predictions"]) == list(MODELS)
    for probabilities in answer["predictions"].values():
        assert len(probabilities) == 10
        assert sum(probabilities) == pytest.approx(1)


def test_all_models_are_asked_unless_one_is_named(client, file):
    picture = file(GOOD["gray"])
    assert list(client.predict(image=picture, api_name="/predict")["predictions"]) == list(MODELS)
    assert list(client.predict(image=picture, model="cnn", api_name="/predict")["predictions"]) == ["cnn"]


@pytest.mark.parametrize("name", BLANK)
def test_a_picture_without_ink_is_blank(client, file, name):
    assert client.predict(file(BLANK[name]), "all", api_name="/predict") == {"blank": True}


@pytest.mark.parametrize("name", sorted(set(BAD) - {"too many bytes"}))
def test_anything_but_a_picture_gets_a_sentence(client, file, name):
    refusal(client, file(BAD[name]), "all")


def test_an_empty_file_gets_a_sentence(client, file):
    assert "empty" in refusal(client, file(b""), "all")


def test_a_file_over_the_cap_is_refused_before_gradio_sees_it(browser):
    answer = browser.http.post("gradio_api/upload", files={"files": ("large.png", BAD["too many bytes"])})
    assert answer.status_code == 413


@pytest.mark.parametrize("model", ["gpt", "", None, 7, ["cnn"]])
def test_an_unknown_model_gets_a_sentence_with_the_known_ones(client, file, model):
    assert "cnn" in refusal(client, file(GOOD["gray"]), model)


@pytest.mark.parametrize("picture", [None, 7, "picture.png", [], {}, {"path": None}, {"path": ""}])
def test_anything_but_a_file_gets_a_sentence(client, picture):
    assert "Send a picture" in refusal(client, picture, "all")


@pytest.mark.parametrize("marked", [{}, {"meta": {"_type": "gradio.FileData"}}])
@pytest.mark.parametrize("path", ["/etc/passwd", "checkpoints/logistic.json", "../app.py"])
def test_files_of_the_server_are_not_read(browser, path, marked):
    answer = browser.http.post("gradio_api/run/predict", json={"data": [{"path": path, **marked}, "all"]})
    assert answer.status_code >= 400
    assert "predictions" not in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:{port}/static/img/logo.svg",
        "http://localhost:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://2130706433:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://192.168.0.1/",
        "http://100.100.100.200/",
        "http://[fd00::1]/",
        "http:///picture.png",
        "https://picture.invalid/",
    ],
)
def test_addresses_inside_the_network_are_not_fetched(client, app, address):
    picture = {"path": address.format(port=app.server_port), "meta": {"_type": "gradio.FileData"}}
    message = refusal(client, picture, "all")
    assert "address" in message


def test_the_models_are_listed_with_their_figures(client):
    lines = client.predict(api_name="/models")
    assert [line["model"] for line in lines] == list(MODELS)
    for line in lines:
        assert set(line) == {"model", "parameters", "checkpoint", "test_accuracy"}
        assert line["parameters"] > 0
        assert 0 < line["test_accuracy"] < 1


def test_the_client_sees_two_documented_endpoints(client):
    endpoints = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(endpoints) == {"/predict", "/models"}
    names = [
        (part["parameter_name"], part["python_type"]["type"]) for part in endpoints["/predict"]["parameters"]
    ]
    assert names == [("image", "filepath"), ("model", "str")]
    assert all(endpoint["description"] for endpoint in endpoints.values())


def test_files_that_were_sent_are_deleted_when_they_are_old(app, client, file, monkeypatch):
    from gradio.route_utils import delete_files_created_by_app

    client.predict(file(GOOD["gray"]), "all", api_name="/predict")
    kept = {path for files in app.temp_file_sets for path in files}
    assert any(Path(path).exists() for path in kept)
    assert app.delete_cache == (600, 600)
    delete_files_created_by_app(app, age=None)
    assert not any(os.path.exists(path) for path in kept)
