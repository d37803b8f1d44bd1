"""How long browsers may keep an answer. Knows headers; nothing of what is answered."""

from collections.abc import Mapping
from types import MappingProxyType

#: For an address that names its contents, so that what is found there never changes.
FOREVER: Mapping[str, str] = MappingProxyType(
    {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
)
