"""The token of a visitor: random, made by their browser, and the only key to what is theirs."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

#: What people get to read where a request has no token.
MISSING = "Your session is missing. Please reload the page."

#: The form of a token.
Visitor = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)
    visitor: Visitor


def visitor_of(payload: object) -> str | None:
    """Return the visitor's token in a request, or None if it has none of the right form."""
    try:
        return _Request.model_validate(payload).visitor
    except ValidationError:
        return None
