"""The browser code that makes and keeps a visitor's token, for each component that has to tell it."""

from importlib.resources import files

#: Defines visitor() and isKnown(); to be joined before a component's own code.
SCRIPT = files(__package__).joinpath("visitor.js").read_text(encoding="utf-8")
