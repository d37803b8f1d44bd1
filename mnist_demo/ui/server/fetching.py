"""A picture's address -> its bytes, without giving strangers a way into the host's own network.

Gradio's fetching refuses private addresses too, but keeps a file of any size in memory and asks a second
resolver about names that the first one calls private. Here size, time, redirects and addresses are all
bounded. Knows nothing of what the bytes mean.
"""

import asyncio
import ipaddress
import socket

import httpx
import safehttpx

#: How many times an address may point to another one.
_REDIRECTS = 3

#: All of IPv6 that is handed out; the rest is local, reserved, or another way to write an IPv4 address.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")

#: IANA's special-purpose addresses and multicast: private and shared networks, links, protocols, tunnels,
#: examples. Clouds put their metadata at 169.254.169.254, 100.100.100.200 and 192.0.0.192.
_SPECIAL = tuple(
    map(
        ipaddress.ip_network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
            *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
        ),
    )
)


class FetchError(ValueError):
    """Why nothing was fetched, in a sentence for people."""


async def fetch(address: str, most: int, seconds: float) -> bytes:
    """Return what a public http or https address serves: at most `most` bytes, within `seconds`.

    Every host, those of redirects too, is looked up once, all its addresses must be public, and the
    connection goes to exactly the address that was checked. Proxies of the environment are not used, because
    they would look the host up again. Raises FetchError.
    """
    try:
        async with asyncio.timeout(seconds):
            for _ in range(_REDIRECTS + 1):
                found = await _answer(httpx.URL(address), most)
                if isinstance(found, bytes):
                    return found
                address = found
    except TimeoutError:
        raise FetchError(f"That address took longer than {seconds:g} seconds.") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError, OSError):
        raise FetchError("Nothing could be fetched from that address.") from None
    raise FetchError("That address redirects too many times.")


async def _answer(url: httpx.URL, most: int) -> bytes | str:
    """Return the bytes that an address serves, or the address that it points to instead."""
    if url.scheme not in ("http", "https") or not url.host:
        raise FetchError("Only addresses that start with http:// or https:// can be fetched.")
    transport = safehttpx.AsyncSecureTransport(await _public_address(url.host))
    # Compressed answers are not asked for and not unpacked: a small one could unpack to any size.
    plain = {"Accept-Encoding": "identity"}
    async with (
        httpx.AsyncClient(transport=transport, trust_env=False, headers=plain) as client,
        client.stream("GET", url, follow_redirects=False) as response,
    ):
        if response.has_redirect_location:
            return str(url.join(response.headers["Location"]))
        if response.status_code != httpx.codes.OK:
            raise FetchError(f"That address answered with status {response.status_code}, not with a picture.")
        content = bytearray()
        async for part in response.aiter_raw():
            content += part
            if len(content) > most:
                raise FetchError(f"What that address serves is larger than {most / 1e6:g} MB.")
        return bytes(content)


async def _public_address(host: str) -> str:
    """Look a host's name up once, and return its first address if all of them are public."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(str(entry[4][0])) for entry in found]
    except (OSError, ValueError):
        addresses = []
    if not addresses or not all(map(is_public, addresses)):
        raise FetchError("That address is not on the public internet.")
    return str(addresses[0])


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Return whether an address is one of the public internet's, by IANA's lists rather than Python's."""
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _SPECIAL)
