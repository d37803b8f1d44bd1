"""A picture's address -> its bytes, without becoming a stranger's hand inside the host's network.

Gradio's own fetching refuses private addresses too, but holds a file of any size in memory; here size, time,
redirects and addresses are all bounded. Knows nothing of what the bytes mean.
"""

import asyncio
import ipaddress

import httpx
import safehttpx

#: How many times an address may point to another one.
_REDIRECTS = 3


class FetchError(ValueError):
    """Why nothing was fetched, in a sentence for people."""


async def fetch(address: str, most: int, seconds: float) -> bytes:
    """Return what a public http or https address serves: at most `most` bytes, within `seconds`.

    Every host, the redirects' too, is resolved once, must be a public address of the internet, and the
    connection goes to exactly that address, so that no second look-up can turn it around. Proxies of the
    environment are not used, because they would do the look-up. Raises FetchError.
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
    raise FetchError("That address points to another one too many times.")


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
    try:
        address = await safehttpx.async_validate_url(host)
    except (ValueError, OSError):
        raise FetchError("That address is not one on the public internet.") from None
    # safehttpx lets the shared range of carriers and clouds pass.
    if not ipaddress.ip_address(address).is_global:
        raise FetchError("That address is not one on the public internet.")
    return str(address)
