"""The command `exemplars`: chooses the training digits that are shown beside drawings.

Knows which digits they are chosen from; how is known in `models`.
"""

import argparse

from mnist_demo.commands import output
from mnist_demo.data import datasets
from mnist_demo.models import checkpoints, exemplars


def choose(options: argparse.Namespace) -> int:
    """Write the exemplars beside their checkpoint. Raises DataUnavailable and CheckpointError."""
    path = options.checkpoints / f"{exemplars.MODEL}.json"
    checkpoint = checkpoints.load(path)
    corpus = datasets.load_mnist_pen()
    sets = {"MNIST": corpus.train}
    if corpus.pen is not None:
        sets["PenDigits"] = corpus.pen
    packed = exemplars.choose(checkpoint, sets)
    place = exemplars.place_of(path)
    try:
        checkpoints.write_whole(place, packed)
    except OSError as error:
        output.say(f"{place} can't be written: {error.strerror or error}.")
        return 1
    output.write_line({"exemplars": str(place), "model": exemplars.MODEL, "bytes": len(packed)})
    return 0
