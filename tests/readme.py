"""The tables that are made from the code: `python -m tests.readme` writes them, a test compares.

The README has the models, docs/hosting.md the limits.
"""

import re
from dataclasses import fields
from pathlib import Path
from statistics import mean, stdev

from mnist_demo.models.cards import Card
from mnist_demo.models.checkpoints import DIRECTORY, read_card
from mnist_demo.ui.server.limits import PREFIX, WORDS, Limits

README = Path(__file__).parent.parent / "README.md"
HOSTING = README.parent / "docs" / "hosting.md"


def models() -> str:
    """A row per shipped checkpoint, weakest first, from the cards."""
    cards = sorted(map(read_card, DIRECTORY.glob("*.json")), key=lambda card: card.test_accuracy)
    over_seeds = any(map(_over_seeds, cards))  # a column where there is something to say
    rows = [
        f"| model | parameters | MNIST test accuracy |{' over seeds |' if over_seeds else ''} "
        "calibration error | drawn by 26 writers nothing is trained on |",
        f"|---|---:|---:|{'---:|' if over_seeds else ''}---:|---:|",
    ]
    for card in cards:
        accuracy, error = 100 * card.test_accuracy, 100 * card.expected_calibration_error
        drawn = "" if card.drawn_accuracy is None else f"{100 * card.drawn_accuracy:.1f}%"
        seeds = f" {_over_seeds(card)} |" if over_seeds else ""
        rows.append(
            f"| {card.title} | {card.parameters:,} | {accuracy:.2f}% |{seeds} {error:.2f}% | {drawn} |"
        )
    return "\n".join(rows)


def _over_seeds(card: Card) -> str:
    """Test accuracy's mean and standard deviation over seeds, where they have been run."""
    values = (card.over_seeds or {}).get("test_accuracy", [])
    if len(values) < 2:
        return ""
    return f"{100 * mean(values):.2f} ± {100 * stdev(values):.2f}% ({len(values)})"


def limits() -> str:
    """A row per limit, from the comments above the fields of Limits."""
    source = Path(Limits.from_environment.__func__.__code__.co_filename).read_text(encoding="utf-8")
    rows = ["| variable | default | what it limits |", "|---|---:|---|"]
    for field in fields(Limits):
        comment = re.search(rf"((?:    #: .*\n)+)    {field.name}: ", source)
        assert comment, f"{field.name} needs a comment"
        words_of = {value: word for word, value in WORDS.get(field.name, {}).items()}
        default = words_of.get(field.default, field.default or "")
        words = " ".join(line.strip().removeprefix("#: ") for line in comment[1].splitlines())
        rows.append(f"| `{PREFIX}{field.name.upper()}` | {default} | {words} |")
    return "\n".join(rows)


def filled(text: str) -> str:
    """A document's text with its tables as they have to be."""
    for name, table in (("models", models()), ("limits", limits())):
        text = re.sub(
            rf"(<!-- {name}: [^\n]* -->\n).*?(<!-- /{name} -->)",
            lambda match, table=table: f"{match[1]}\n{table}\n\n{match[2]}",
            text,
            flags=re.DOTALL,
        )
    return text


if __name__ == "__main__":
    for document in (README, HOSTING):
        document.write_text(filled(document.read_text(encoding="utf-8")), encoding="utf-8")
