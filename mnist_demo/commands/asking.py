"""The commands that ask what is there: `models`, `recipes`, `code`, `evaluate` and `predict`.

Each returns its exit status. Knows what a line has; how models are loaded and asked is known in `models`.
"""

import argparse
from pathlib import Path

from mnist_demo.commands import output
from mnist_demo.data import datasets
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.classifier import Classifier
from mnist_demo.models.evaluation import evaluate as evaluate_model
from mnist_demo.models.modules import UnknownModel
from mnist_demo.recipe_notes import RECIPE_NOTES
from mnist_demo.recipes import RECIPES
from mnist_demo.training.script import notebook_of, script_of


def models(options: argparse.Namespace) -> int:
    """Write a line per known model."""
    classifier = Classifier.load()
    for line in classifier.models():
        output.write_line(line)
    for problem in classifier.problems:
        output.say(problem)
    return 1 if classifier.problems else 0


def recipes(options: argparse.Namespace) -> int:
    """Write a line per recipe with all its fields, and what people are told about it."""
    for name, recipe in RECIPES.items():
        note = RECIPE_NOTES[name]
        output.write_line(
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


def code(options: argparse.Namespace) -> int:
    """Write a recipe's code, as a script or a notebook: not a line of JSON, but a file's content."""
    write = notebook_of if options.notebook else script_of
    output.write(write(RECIPES[options.recipe]))
    return 0


def evaluate(options: argparse.Namespace) -> int:
    """Write the scores of each checkpoint on its data set's test images. Raises CheckpointError."""
    paths = options.checkpoints or sorted(checkpoints.DIRECTORY.glob("*.safetensors"))
    if not paths:
        raise CheckpointError(f"There is no checkpoint in {checkpoints.DIRECTORY}.")
    failed = False
    for path in paths:
        try:
            checkpoint = checkpoints.load(path)
        except CheckpointError as error:
            output.write_line({"checkpoint": str(path), "error": str(error)})
            failed = True
            continue
        card = checkpoint.card
        if card.recipe.dataset not in datasets.DATASETS:
            output.write_line(
                {
                    "checkpoint": str(path),
                    "error": f"Its data set, {card.recipe.dataset!r}, can't be loaded by name.",
                }
            )
            failed = True
            continue
        test = datasets.load_test(card.recipe.dataset)
        scores = evaluate_model(checkpoint.module, test, card.recipe.normalization, card.temperature)
        output.write_line(
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


def predict(options: argparse.Namespace) -> int:
    """Write what the models make of each picture. Raises CheckpointError."""
    missing = [path for path in options.paths if not path.exists()]
    for path in missing:
        output.write_line({"image": str(path), "error": "There is no such file or folder."})
    if len(missing) == len(options.paths):
        return 1
    classifier = Classifier.load()
    for problem in classifier.problems:
        output.say(problem)
    try:
        names = classifier.names_of(options.model)
    except UnknownModel as error:
        output.refuse(str(error))
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
        output.write_line(line)
    return int(failed)
