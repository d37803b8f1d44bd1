"""The token that a visitor is known by: random, made by their browser, and the only key to what is theirs."""

from importlib.resources import files
from typing import Annotated

from pydantic import Field

#: The form of a token.
Visitor = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]

#: Browser code that defines visitor() and isKnown(); to be joined before a component's own code.
SCRIPT = files(__package__).joinpath("token.js").read_text(encoding="utf-8")
