"""The environment's GRADIO_SERVER_NAME and GRADIO_SERVER_PORT -> a socket that listens, or one sentence.

Knows addresses and ports, and nothing of what is served on them.
"""

import socket
from collections.abc import Mapping
from os import environ

#: Ports that are tried, counting up from the first, as Gradio does.
_FIRST_PORT, _PORTS = 7860, 100


class ListenError(OSError):
    """Why no connections can be accepted, in a sentence for people."""


def listen(environment: Mapping[str, str] = environ) -> socket.socket:
    """Open a socket at GRADIO_SERVER_NAME (127.0.0.1), on the first free port from GRADIO_SERVER_PORT (7860).

    GRADIO_NUM_PORTS says how many ports are tried. Raises ListenError.
    """
    name = (
        environment.get("GRADIO_SERVER_NAME", "").strip().removeprefix("[").removesuffix("]") or "127.0.0.1"
    )
    first = _number(environment, "GRADIO_SERVER_PORT", _FIRST_PORT, 65535)
    ports = range(first, min(first + _number(environment, "GRADIO_NUM_PORTS", _PORTS, 65535), 65536))
    try:
        family, *_, address = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError):
        raise ListenError(
            f"GRADIO_SERVER_NAME is {name!r}, which isn't an address of this machine."
        ) from None
    problem = OSError()
    for port in ports:
        try:
            return socket.create_server((address[0], port), family=family)
        except OSError as error:
            problem = error
    where = f"port {first}" if len(ports) == 1 else f"any port from {first} to {ports[-1]}"
    raise ListenError(
        f"The server can't listen on {where} of {name} ({problem.strerror}). "
        "Set GRADIO_SERVER_NAME or GRADIO_SERVER_PORT to another one."
    )


def address_of(listener: socket.socket) -> str:
    """Return the address under which this machine's browsers reach a socket that listens."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _number(environment: Mapping[str, str], name: str, default: int, largest: int) -> int:
    text = environment.get(name, "").strip() or str(default)
    if not text.isdecimal() or not 1 <= int(text) <= largest:
        raise ListenError(f"{name} must be a whole number from 1 to {largest}, not {text!r}.")
    return int(text)
