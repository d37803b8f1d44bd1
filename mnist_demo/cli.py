"""The commands. Results go to stdout, one JSON object a line; progress and messages to stderr.

The exit status is 0, or 1 where any item failed, or 2 for bad usage. Knows arguments and output; refuses to
know how models are trained, loaded and asked.
"""

import argparse
import contextlib
import dataclasses
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import torch

from mnist_demo.data import datasets, picture_folder
from mnist_demo.data.download import DataUnavailable
from mnist_demo.events import Evaluated, Finished, Progress
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.classifier import ALL, Classifier
from mnist_demo.models.evaluation import evaluate
from mnist_demo.models.modules import UnknownModel
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.recipes import RECIPES
from mnist_demo.training.loop import initial_model, train
from mnist_demo.training.scoring import score_run
from mnist_demo.training.settings import by_name

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


class OutputError(Exception):
    """Standard output can't be written; the message says why."""


#: Writes the pad as plain files into a folder and returns the command's line. Raises OSError where it can't.
WriteStatic = Callable[[Path], dict[str, Any]]


def main(arguments: Sequence[str] | None = None, write_static: WriteStatic | None = None) -> int:
    """Run one command and return its exit status. Raises SystemExit for bad usage and for help.

    There is a command `static` where `write_static` is given.
    """
    try:
        options = _parser(write_static).parse_args(arguments)
        _show_log()
        return int(options.run(options))
    except (DataUnavailable, CheckpointError) as error:
        _say(str(error))
        return 1
    except OutputError as error:
        _say(str(error))
        _discard_output()
        return 1
    except BrokenPipeError:
        # the reader has what it wanted (`… | head`)
        _discard_output()
        return 0
    except KeyboardInterrupt:
        _say("Stopped.")
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser that prints its help as the commands print their results."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Write the help to standard output. Raises as `_write` does."""
        _write(self.format_help())


def _parser(write_static: WriteStatic | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m mnist_demo", description="Train and ask the models that read handwritten digits."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("models", help="a line per known model")
    command.set_defaults(run=_models)

    command = commands.add_parser("recipes", help="a line per recipe with all its fields")
    command.set_defaults(run=_recipes)

    if write_static:
        command = commands.add_parser("static", help="write the pad as plain files, for any file server")
        command.add_argument(
            "folder", type=Path, metavar="OUT", help="a folder that is empty or not there yet"
        )
        command.set_defaults(run=lambda options: _static(write_static, options.folder))

    command = commands.add_parser("train", help="train a recipe and write its checkpoint")
    command.add_argument("recipe", choices=RECIPES, metavar="RECIPE", help=", ".join(RECIPES))
    command.add_argument("--epochs", type=_setting("epochs"), help="instead of the recipe's own")
    command.add_argument("--seed", type=_setting("seed"), help="instead of the recipe's own")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument(
        "--out", type=Path, default=Path("runs"), help="folder of the checkpoint (default: runs)"
    )
    command.add_argument(
        "--data-folder", type=Path, metavar="DIR", help="MNIST as pictures: training/0 … testing/9"
    )
    command.set_defaults(run=_train)

    command = commands.add_parser("evaluate", help="score checkpoints on the test images")
    command.add_argument(
        "checkpoints", nargs="*", type=Path, metavar="CHECKPOINT", help="default: the shipped ones"
    )
    command.set_defaults(run=_evaluate)

    command = commands.add_parser("predict", help="read pictures of digits")
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a picture or a folder of pictures"
    )
    command.add_argument("--model", default=ALL, metavar="NAME", help="a model's name, or all (the default)")
    command.set_defaults(run=_predict)
    return parser


def _setting(name: str) -> Callable[[str], Any]:
    """What reads an option that changes a setting: it takes the values that the form takes."""
    kind = by_name()[name].kind

    def read(text: str) -> Any:
        try:
            value = kind.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
        if reason := kind.problem(value):
            raise argparse.ArgumentTypeError(reason)
        return value

    return read


def _print(line: dict[str, Any]) -> None:
    _write(json.dumps(line) + "\n")


def _write(text: str) -> None:
    """Write to standard output. Raises OutputError, and BrokenPipeError if the reader has gone."""
    try:
        if sys.stdout is None:
            raise OSError(None, "it is closed")
        print(text, end="", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(f"Standard output can't be written: {error.strerror}.") from error


def _discard_output() -> None:
    """Send what the interpreter would flush at its exit to the null device: it can't be written."""
    if sys.stdout is not None:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _show_log() -> None:
    """Send what the rooms below log while they work, such as a download's progress, to stderr."""
    log = logging.getLogger("mnist_demo")
    log.handlers = [logging.StreamHandler(sys.stderr)]
    log.setLevel(logging.INFO)


def _say(message: str) -> None:
    with contextlib.suppress(OSError):  # a run goes on without its messages
        print(message, file=sys.stderr, flush=True)


def _refuse(message: str) -> NoReturn:
    _say(message)
    raise SystemExit(2)


def _static(write: WriteStatic, folder: Path) -> int:
    try:
        line = write(folder)
    except OSError as error:
        _say(f"The pad can't be written there: {error}")
        return 1
    _print(line)
    return 0


def _models(options: argparse.Namespace) -> int:
    classifier = Classifier.load()
    for line in classifier.models():
        _print(line)
    for problem in classifier.problems:
        _say(problem)
    return 1 if classifier.problems else 0


def _recipes(options: argparse.Namespace) -> int:
    for name, recipe in RECIPES.items():
        note = RECIPE_NOTES[name]
        _print(
            {
                **vars(recipe),
                "arguments": dict(recipe.arguments),
                "normalization": recipe.normalization._asdict(),
                "title": note.title,
                "sentence": note.sentence,
                "source": note.source,
                "reported": {figure.name: figure.reported for figure in note.figures if figure.reported},
                "measured": {figure.name: figure.measured for figure in note.figures if figure.measured},
                "seeds": note.seeds,
            }
        )
    return 0


def _device(name: str) -> torch.device:
    if name == "cuda" and not torch.cuda.is_available():
        _refuse("There is no CUDA device here.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _train(options: argparse.Namespace) -> int:
    changes = {name: value for name in ("epochs", "seed") if (value := getattr(options, name)) is not None}
    recipe = dataclasses.replace(RECIPES[options.recipe], **changes)
    device = _device(options.device)
    if options.data_folder:
        recipe = dataclasses.replace(recipe, dataset="folder")
        corpus = picture_folder.load(options.data_folder)
        try:
            splits = datasets.split(corpus, recipe.validation_size, recipe.pen_share)
        except ValueError as error:
            raise DataUnavailable(str(error)) from error
    else:
        splits = datasets.load_splits(recipe.dataset, recipe.validation_size, recipe.pen_share)
    splits = splits.to(device)
    model = initial_model(recipe).to(device)
    for event in train(model, splits, recipe):
        match event:
            case Progress():
                _say(
                    f"epoch {event.epoch}/{event.epochs}  step {event.step}/{event.steps}  "
                    f"{event.images_per_second:,.0f} images/s  loss {event.loss:.4f}"
                )
            case Evaluated():
                evaluated = event
                _say(
                    f"epoch {event.epoch}/{event.epochs}  train loss {event.train_loss:.4f}, accuracy "
                    f"{event.train_accuracy:.4f}  validation loss {event.validation_loss:.4f}, accuracy "
                    f"{event.validation_accuracy:.4f}  {event.seconds:.1f} s"
                )
            case Finished():
                finished = event
    if evaluated.epoch == 0:
        # a checkpoint that is already there may be a good one
        _say("The loss stopped being finite in the first epoch, so there is nothing to keep.")
        return 1
    card, _ = score_run(recipe, splits, model, evaluated)
    path = checkpoints.save(options.out / f"{recipe.name}.safetensors", card, evaluated.weights)
    _print(
        {
            "recipe": recipe.name,
            "model": recipe.model,
            "epochs": finished.epochs,
            "seconds": round(finished.seconds, 3),
            "train_accuracy": evaluated.train_accuracy,
            "val_accuracy": evaluated.validation_accuracy,
            "val_loss": evaluated.validation_loss,
            "test_accuracy": card.test_accuracy,
            "test_loss": card.test_loss,
            "checkpoint": str(path),
            **({} if card.drawn_accuracy is None else {"drawn_accuracy": card.drawn_accuracy}),
        }
    )
    if finished.diverged:
        failed = finished.epochs + 1
        _say(f"The loss stopped being finite in epoch {failed}; the weights are those of the epoch before.")
        return 1
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    paths = options.checkpoints or sorted(checkpoints.DIRECTORY.glob("*.safetensors"))
    if not paths:
        raise CheckpointError(f"There is no checkpoint in {checkpoints.DIRECTORY}.")
    failed = False
    for path in paths:
        try:
            checkpoint = checkpoints.load(path)
        except CheckpointError as error:
            _print({"checkpoint": str(path), "error": str(error)})
            failed = True
            continue
        card = checkpoint.card
        if card.recipe.dataset not in datasets.DATASETS:
            _print(
                {
                    "checkpoint": str(path),
                    "error": f"Its data set, {card.recipe.dataset!r}, can't be loaded by name.",
                }
            )
            failed = True
            continue
        test = datasets.load_test(card.recipe.dataset)
        scores = evaluate(checkpoint.module, test, card.recipe.normalization, card.temperature)
        _print(
            {
                "checkpoint": str(path),
                "model": card.recipe.model,
                "parameters": card.parameters,
                "test_accuracy": scores.accuracy,
                "test_loss": scores.loss,
                "ece": scores.expected_calibration_error,
            }
        )
    return int(failed)


def _predict(options: argparse.Namespace) -> int:
    missing = [path for path in options.paths if not path.exists()]
    for path in missing:
        _print({"image": str(path), "error": "There is no such file or folder."})
    if len(missing) == len(options.paths):
        return 1
    classifier = Classifier.load()
    for problem in classifier.problems:
        _say(problem)
    try:
        names = classifier.names_of(options.model)
    except UnknownModel as error:
        _refuse(str(error))
    if not names:
        raise CheckpointError("No checkpoint could be loaded, so there is no model to ask.")
    paths: list[Path] = []
    for path in options.paths:
        if path.is_dir():
            paths += sorted(inner for inner in path.iterdir() if not inner.name.startswith("."))
        elif path not in missing:
            paths.append(path)
    failed = bool(missing)
    for line in classifier.predict_files(paths, names):
        failed |= "error" in line
        _print(line)
    return int(failed)
