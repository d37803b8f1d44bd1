"""The commands: their arguments and their exit status.

The status is 0, or 1 where any item failed, or 2 for bad usage. Knows arguments; refuses to know what a
command does with them (`commands`).
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mnist_demo.commands import asking, exemplars, output
from mnist_demo.commands.train import train
from mnist_demo.data.download import DataUnavailable
from mnist_demo.models import checkpoints
from mnist_demo.models.checkpoints import CheckpointError
from mnist_demo.models.classifier import ALL
from mnist_demo.recipes import RECIPES
from mnist_demo.training.settings import by_name

if TYPE_CHECKING:
    from _typeshed import SupportsWrite


#: Writes the pad as plain files into a folder and returns the command's line. The text is the page's address,
#: or "". Raises OSError where it can't.
WriteStatic = Callable[[Path, str], dict[str, Any]]


def main(arguments: Sequence[str] | None = None, write_static: WriteStatic | None = None) -> int:
    """Run one command and return its exit status. Raises SystemExit for bad usage and for help.

    There is a command `static` where `write_static` is given.
    """
    try:
        options = _parser(write_static).parse_args(arguments)
        output.show_log()
        return int(options.run(options))
    except (DataUnavailable, CheckpointError) as error:
        output.say(str(error))
        return 1
    except output.OutputError as error:
        output.say(str(error))
        output.discard()
        return 1
    except BrokenPipeError:
        # the reader has what it wanted (`… | head`)
        output.discard()
        return 0
    except KeyboardInterrupt:
        output.say("Stopped.")
        return 130


class _Parser(argparse.ArgumentParser):
    """A parser that prints its help as the commands print their results."""

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:
        """Write the help to standard output. Raises as `_write` does."""
        output.write(self.format_help())


def _parser(write_static: WriteStatic | None) -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m mnist_demo", description="Train and ask the models that read handwritten digits."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("models", help="a line per known model")
    command.set_defaults(run=asking.models)

    command = commands.add_parser("recipes", help="a line per recipe with all its fields")
    command.set_defaults(run=asking.recipes)

    if write_static:
        command = commands.add_parser("static", help="write the pad as plain files, for any file server")
        command.add_argument(
            "folder", type=Path, metavar="OUT", help="a folder that is empty or not there yet"
        )
        command.add_argument(
            "--address",
            type=_web_address,
            help="where the page will be (https://example.org/digits/): links to it then show its picture",
        )
        command.set_defaults(run=lambda options: _static(write_static, options.folder, options.address or ""))

    command = commands.add_parser("train", help="train a recipe and write its checkpoint")
    command.add_argument("recipe", choices=RECIPES, metavar="RECIPE", help=", ".join(RECIPES))
    command.add_argument("--epochs", type=_setting("epochs"), help="instead of the recipe's own")
    command.add_argument("--seed", type=_setting("seed"), help="instead of the recipe's own")
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument(
        "--out", type=Path, default=Path("runs"), help="folder of the checkpoint (default: runs)"
    )
    command.add_argument(
        "--data-folder", type=Path, metavar="DIR", help="digits as pictures of 28×28: train/0 … test/9"
    )
    command.set_defaults(run=train)

    command = commands.add_parser("code", help="print a recipe as a script of torch alone")
    command.add_argument("recipe", choices=RECIPES, metavar="RECIPE", help=", ".join(RECIPES))
    command.add_argument("--notebook", action="store_true", help="as a Jupyter notebook")
    command.set_defaults(run=asking.code)

    command = commands.add_parser(
        "exemplars", help="choose the training digits that are shown beside drawings"
    )
    command.add_argument(
        "checkpoints", nargs="?", type=Path, metavar="DIR", default=checkpoints.DIRECTORY, help="of the CNN"
    )
    command.set_defaults(run=exemplars.choose)

    command = commands.add_parser("evaluate", help="score checkpoints on the test images")
    command.add_argument(
        "checkpoints", nargs="*", type=Path, metavar="CHECKPOINT", help="default: the shipped ones"
    )
    command.set_defaults(run=asking.evaluate)

    command = commands.add_parser("predict", help="read pictures of digits")
    command.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="a picture or a folder of pictures"
    )
    command.add_argument("--model", default=ALL, metavar="NAME", help="a model's name, or all (the default)")
    command.set_defaults(run=asking.predict)
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


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise argparse.ArgumentTypeError(f"{text!r} isn't the address of a page")
    return text.rstrip("/") + "/"


def _static(write: WriteStatic, folder: Path, address: str) -> int:
    try:
        line = write(folder, address)
    except OSError as error:
        output.say(f"The pad can't be written there: {error}")
        return 1
    output.write_line(line)
    return 0
