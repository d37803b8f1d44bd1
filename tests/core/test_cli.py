"""The commands: one JSON object a line, exit status 0, 1 or 2."""

import dataclasses
import json
import logging
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnist_demo import cli
from mnist_demo.data import datasets
from mnist_demo.data.download import DataUnavailable
from mnist_demo.models import checkpoints
from mnist_demo.models import classifier as reading
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.modules import MODELS
from mnist_demo.recipes import RECIPES
from mnist_demo.training.script import script_of
from tests.core.test_loop import bars


@pytest.fixture
def command(fresh_checkpoints, monkeypatch, capsys):
    """Runs a command in this process on fresh models; gives its status, its lines and what it said."""
    untrained = Classifier.load(fresh_checkpoints)
    monkeypatch.setattr(Classifier, "load", lambda: untrained)

    def run(*arguments: object):
        status = cli.main([str(argument) for argument in arguments])
        out, said = capsys.readouterr()
        return status, [json.loads(line) for line in out.splitlines()], said

    return run


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    image = Image.new("L", (280, 280), 255)
    ImageDraw.Draw(image).line([(140, 60), (140, 220)], fill=0, width=20)
    image.save(folder / "b-one.png")
    Image.new("L", (280, 280), 255).save(folder / "c-blank.png")
    (folder / "a-text.txt").write_text("not a picture")
    (folder / "d-truncated.png").write_bytes((folder / "b-one.png").read_bytes()[:80])
    (folder / "e-folder").mkdir()
    return folder


def test_models_are_listed(command):
    status, lines, _ = command("models")
    assert status == 0
    assert [line["model"] for line in lines] == list(MODELS)
    assert all(set(line) == {"model", "parameters", "checkpoint", "test_accuracy"} for line in lines)
    assert lines[0]["parameters"] == 7850


def test_a_model_without_a_checkpoint_is_listed_and_reported(command, fresh_checkpoints, monkeypatch):
    (fresh_checkpoints / "mlp.json").write_text("{")
    broken = Classifier(*checkpoints.load_all(fresh_checkpoints))
    monkeypatch.setattr(Classifier, "load", lambda: broken)
    status, lines, said = command("models")
    assert status == 1
    assert {line["model"]: line["checkpoint"] for line in lines}["mlp"] is None
    assert "MLP could not be loaded" in said


def test_recipes_are_listed_with_all_their_fields(command):
    status, lines, _ = command("recipes")
    assert status == 0
    assert [line["name"] for line in lines] == list(RECIPES)
    assert lines[0]["batch_size"] == RECIPES["logistic"].batch_size


def test_a_recipe_is_printed_as_code(capsys):
    assert cli.main(["code", "mlp-30"]) == 0
    assert capsys.readouterr().out == script_of(RECIPES["mlp-30"])
    assert cli.main(["code", "cnn", "--notebook"]) == 0
    assert json.loads(capsys.readouterr().out)["nbformat"] == 4


def test_a_picture_is_read_by_every_model(command, pictures):
    status, [line], _ = command("predict", pictures / "b-one.png")
    assert status == 0
    assert line["image"] == str(pictures / "b-one.png")
    assert list(line["predictions"]) == list(MODELS)
    for probabilities in line["predictions"].values():
        assert len(probabilities) == 10
        assert sum(probabilities) == pytest.approx(1)


def test_a_folder_is_read_in_order_and_what_is_unreadable_is_reported_in_its_line(command, pictures):
    status, lines, _ = command("predict", pictures, "--model", "mlp")
    assert status == 1
    kinds = [next(iter(set(line) - {"image"})) for line in lines]
    assert kinds == ["error", "predictions", "blank", "error", "error"]
    assert list(lines[1]["predictions"]) == ["mlp"]
    assert lines[2]["blank"] is True


def test_many_pictures_are_read_together_as_each_alone(command, pictures, monkeypatch):
    generator = np.random.default_rng(0)
    for index in range(5):
        image = Image.new("L", (100, 100), 255)
        ImageDraw.Draw(image).line([tuple(point) for point in generator.integers(0, 100, (4, 2))], 0, 9)
        image.save(pictures / f"{index}.png")
    monkeypatch.setattr(reading, "_BATCH", 3)
    _, lines, _ = command("predict", pictures)
    assert len(lines) == 10
    for line in lines:
        if Path(line["image"]).is_dir():
            continue
        _, [alone], _ = command("predict", line["image"])
        assert alone.keys() == line.keys()
        for name, probabilities in line.get("predictions", {}).items():
            assert probabilities == pytest.approx(alone["predictions"][name], abs=1e-5)


def test_a_missing_path_is_reported_in_its_line(command, tmp_path):
    status, lines, _ = command("predict", tmp_path / "nowhere.png")
    assert status == 1
    assert lines == [{"image": str(tmp_path / "nowhere.png"), "error": "There is no such file or folder."}]


def test_several_paths_are_read_and_the_missing_one_is_named(command, pictures, tmp_path):
    status, lines, _ = command("predict", tmp_path / "nowhere.png", pictures / "b-one.png", pictures)
    assert status == 1
    assert [Path(line["image"]).name for line in lines[:2]] == ["nowhere.png", "b-one.png"]
    assert len(lines) == 2 + 5


def test_an_empty_folder_gives_no_line(command, tmp_path):
    (tmp_path / "empty").mkdir()
    assert command("predict", tmp_path / "empty")[:2] == (0, [])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["train"],
        ["train", "nothing"],
        ["train", "cnn", "--epochs", "0"],
        ["train", "cnn", "--epochs", "many"],
        ["train", "cnn", "--device", "abacus"],
        ["train", "cnn", "--seed", "-1"],
        ["train", "cnn", "--seed", str(2**64)],
        ["predict"],
        ["predict", ".", "--model", "transformer"],
    ],
)
def test_bad_usage_exits_with_two(command, arguments):
    with pytest.raises(SystemExit) as stopped:
        command(*arguments)
    assert stopped.value.code == 2


@pytest.fixture
def small_mnist(monkeypatch):
    small = datasets.DatasetInfo("Bars", 6_000, lambda: datasets.Corpus(bars(6_000, 0), bars(300, 1)))
    monkeypatch.setattr(datasets, "DATASETS", {"mnist": small, "mnist-pen-unipen": small})


def test_train_writes_a_checkpoint_that_evaluate_scores_the_same(command, small_mnist, tmp_path):
    status, [line], said = command("train", "logistic", "--epochs", 2, "--seed", 3, "--out", tmp_path / "out")
    assert status == 0
    assert set(line) == {
        "recipe",
        "model",
        "epochs",
        "seconds",
        "train_accuracy",
        "val_accuracy",
        "val_loss",
        "test_accuracy",
        "test_loss",
        "checkpoint",
    }
    assert line["epochs"] == 2
    assert "epoch 0/2" in said
    assert "epoch 2/2" in said
    card = checkpoints.read_card(tmp_path / "out" / "logistic.json")
    assert (card.recipe.name, card.recipe.seed) == ("logistic, changed", 3)
    assert card.changed_from == {"name": "logistic", "epochs": 40, "seed": 0}

    status, [scores], _ = command("evaluate", line["checkpoint"])
    assert status == 0
    assert set(scores) == {"checkpoint", "model", "parameters", "test_accuracy", "test_loss", "ece"}
    assert scores["test_accuracy"] == card.test_accuracy == line["test_accuracy"]
    assert scores["test_loss"] == card.test_loss == line["test_loss"]
    assert scores["ece"] == card.expected_calibration_error


def test_train_says_how_well_unseen_writers_are_read_where_they_are_known(command, monkeypatch, tmp_path):
    whole = datasets.Corpus(bars(6_000, 0), bars(300, 1), drawn=bars(50, 2))
    monkeypatch.setattr(
        datasets,
        "DATASETS",
        {"mnist-pen-unipen": datasets.DatasetInfo("MNIST + pen + UNIPEN", 6_000, lambda: whole)},
    )
    status, [line], _ = command("train", "logistic", "--epochs", 1, "--out", tmp_path / "out")
    assert status == 0
    card = checkpoints.read_card(tmp_path / "out" / "logistic.json")
    assert line["drawn_accuracy"] == card.drawn_accuracy > 0.5


def test_train_takes_mnist_as_pictures(command, tmp_path):
    for split, seed in (("training", 0), ("testing", 1)):
        digits = bars(120, seed)
        for index, (image, label) in enumerate(zip(digits.images, digits.labels.tolist(), strict=True)):
            folder = tmp_path / "png" / split / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image.numpy()).save(folder / f"{index}.png")
    arguments = ("train", "mlp-30", "--epochs", 1, "--out", tmp_path / "out", "--data-folder")
    status, [line], _ = command(*arguments, tmp_path / "png")
    assert status == 0
    assert line["recipe"] == "mlp-30"
    assert checkpoints.read_card(tmp_path / "out" / "mlp-30.json").recipe.dataset == "folder"
    status, lines, said = command(*arguments, tmp_path / "nowhere")
    assert (status, lines, said) == (1, [], f"There is no folder {tmp_path / 'nowhere'}.\n")


@pytest.mark.parametrize(
    ("recipe", "held_out", "said"),
    [
        ("cnn-fast", 50, "50 of the 300 training images"),  # 10,000 of MNIST's 60,000
        ("logistic", 25, "25 of the 300 training images"),  # 5,000
        ("mlp-30", 0, "the test images"),
    ],
)
def test_of_a_few_pictures_the_share_of_the_recipe_is_held_out(command, tmp_path, recipe, held_out, said):
    picture = np.zeros((28, 28), np.uint8)
    for split, count in (("Train", 30), ("Test", 3)):
        for label in range(10):
            folder = tmp_path / "few" / split / str(label)
            folder.mkdir(parents=True)
            picture[:, 4 + 2 * label] = 255
            for number in range(count):
                Image.fromarray(picture).save(folder / f"{number}.png")
    out = tmp_path / "out"
    status, lines, notes = command(
        "train", recipe, "--epochs", 1, "--out", out, "--data-folder", tmp_path / "few"
    )
    assert (status, len(lines)) == (0, 1)
    assert f"Training images: 300 from {tmp_path / 'few' / 'Train'}\n" in notes
    assert f"Test images: 30 from {tmp_path / 'few' / 'Test'}\n" in notes
    assert f"Validation images: {said}" in notes
    card = checkpoints.read_card(out / f"{recipe}.json")
    assert card.training_images == 300 - held_out
    assert card.validation_images == (held_out or 30)
    assert card.recipe.validation_size == held_out


def test_a_run_that_diverges_at_once_overwrites_nothing(command, small_mnist, monkeypatch, tmp_path):
    wild = dataclasses.replace(
        RECIPES["logistic"], optimizer="sgd", schedule="constant", learning_rate=math.inf
    )
    monkeypatch.setattr("mnist_demo.commands.train.RECIPES", {"logistic": wild})
    out = tmp_path / "out"
    out.mkdir()
    (out / "logistic.json").write_text("a good one")
    status, lines, said = command("train", "logistic", "--out", out)
    assert (status, lines) == (1, [])
    assert "nothing to keep" in said
    assert [path.name for path in out.iterdir()] == ["logistic.json"]
    assert (out / "logistic.json").read_text() == "a good one"


def test_evaluate_reports_what_it_cannot_load_and_goes_on(command, small_mnist, fresh_checkpoints):
    (fresh_checkpoints / "mlp.safetensors").unlink()
    paths = [fresh_checkpoints / f"{name}.safetensors" for name in ("logistic", "mlp", "cnn")]
    status, lines, _ = command("evaluate", *paths, ".")
    assert status == 1
    assert ["error" in line for line in lines] == [False, True, False, True]


def test_mnist_out_of_reach_is_reported_in_a_sentence(command, monkeypatch, tmp_path):
    def nowhere() -> None:
        raise DataUnavailable("MNIST is not here. Put it there.")

    monkeypatch.setattr(
        datasets,
        "DATASETS",
        {"mnist-pen-unipen": datasets.DatasetInfo("MNIST + pen + UNIPEN", 6_000, nowhere)},
    )
    status, lines, said = command("train", "logistic", "--out", tmp_path)
    assert (status, lines) == (1, [])
    assert said.strip() == "MNIST is not here. Put it there."


COMMANDS = {
    "models": ("models",),
    "recipes": ("recipes",),
    "evaluate": ("evaluate", "nothing.safetensors"),
    "predict": ("predict", "nothing.png"),
    "train": ("train", "logistic", "--epochs", 1, "--out"),
    "help": ("--help",),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_output_that_cannot_be_written_is_reported_in_a_sentence(
    command, small_mnist, name, monkeypatch, tmp_path, capsys
):
    arguments = [*COMMANDS[name], *([tmp_path] if name == "train" else [])]
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert cli.main(list(map(str, arguments))) == 1
        monkeypatch.undo()
    said = capsys.readouterr().err.splitlines()
    assert said[-1] == "Standard output can't be written: No space left on device."
    assert "Traceback" not in "".join(said)


def test_closed_output_is_reported_in_a_sentence(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main(["recipes"]) == 1
    assert capsys.readouterr().err == "Standard output can't be written: it is closed.\n"


def test_a_reader_that_has_enough_ends_the_command_quietly(command, monkeypatch, capsys):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert cli.main(["recipes"]) == 0
        monkeypatch.undo()
    assert capsys.readouterr().err == ""


def test_how_far_a_download_is_goes_to_stderr(command, monkeypatch, tmp_path):
    def slowly() -> None:
        logging.getLogger("mnist_demo.data.download").info("archive.tgz: 10% of 156 MB")
        raise DataUnavailable("It broke off.")

    monkeypatch.setattr(
        datasets,
        "DATASETS",
        {"mnist-pen-unipen": datasets.DatasetInfo("MNIST + pen + UNIPEN", 6_000, slowly)},
    )
    _, lines, said = command("train", "logistic", "--out", tmp_path)
    assert lines == []
    assert said.splitlines() == ["archive.tgz: 10% of 156 MB", "It broke off."]


def test_the_commands_start_without_gradio_torchvision_and_scikit_learn():
    script = (
        "import sys\n"
        "for name in ('gradio', 'torchvision', 'sklearn'): sys.modules[name] = None\n"
        "from mnist_demo.cli import main\n"
        "sys.exit(main(['models']))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert len(done.stdout.splitlines()) == len(MODELS), done.stderr
