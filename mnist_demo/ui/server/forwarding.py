"""Who asks: visitors' addresses, told by the proxies in front, if these are to be believed.

An ASGI middleware. What a stranger says of itself, its address or the page's host, is taken away; a proxy in
a private network is believed unless the host says otherwise. Knows addresses and headers; nothing of limits.
"""

import ipaddress

from starlette.datastructures import Address
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

#: Loopback and private networks, where proxies are.
_PRIVATE = ["127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"]
_NETWORKS = [ipaddress.ip_network(each) for each in _PRIVATE]

_TOLD = frozenset(
    {
        b"forwarded",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-prefix",
        b"x-forwarded-proto",
        b"x-gradio-server",
        b"x-real-ip",
    }
)

#: IPv6 gives a subscriber a network of so many bits.
_SUBSCRIBER_BITS = 64


class Forwarding:
    """Puts the visitor's address and the page's own into the scope, as far as they are known."""

    def __init__(self, app: ASGIApp, believes_proxies: bool) -> None:
        """Stand in front of another ASGI application; believe proxies in private networks, or nobody."""
        self._app = app
        # uvicorn has more precise types than starlette for the same
        self._behind_proxy: ASGIApp = ProxyHeadersMiddleware(app, _PRIVATE)  # type: ignore[assignment, arg-type]
        self._believes_proxies = believes_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one connection on."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        client = scope.get("client")
        if self._believes_proxies and client and _is_private(client[0]):
            await self._behind_proxy(scope, receive, send)
            return
        headers = [header for header in scope["headers"] if header[0] not in _TOLD]
        await self._app({**scope, "headers": headers}, receive, send)


def address_of(client: Address | None) -> str | None:
    """Return the address that a visitor shares with nobody but their network; None where it isn't known.

    Of IPv6 it is the subscriber's network. In a private network it may be that of a proxy, which stands for
    everyone behind it.
    """
    host = client.host if client else ""
    if _is_private(host):
        return None
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    if address.version == 6:
        return str(ipaddress.ip_network((int(address), _SUBSCRIBER_BITS), strict=False))
    return host


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in _NETWORKS)
