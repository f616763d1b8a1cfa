"""One HTTP POST to an address somebody else chose, without letting them reach into our own network.

The name is resolved once, every address it has must be public, and the connection goes to an address that was checked:
a name that answers differently a moment later (DNS rebinding) gains nothing. No redirects, no proxies, no cookies.
"""

from __future__ import annotations

import asyncio
import functools
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpx

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 15.0
ADDRESSES = 3
ERROR_CHARACTERS = 500

NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a POST: an HTTP status, or an error in words. `retry_after` is in seconds."""

    status: int | None
    error: str = ""
    retry_after: float | None = None

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class AddressRefused(Exception):
    """The name leads into a network that is not public."""


async def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Outcome:
    """POST `body` and say what came of it; never raises for what the other side does, ends within TOTAL_SECONDS."""
    try:
        async with asyncio.timeout(TOTAL_SECONDS):
            return await _post(httpx.URL(url), body, headers, allow_private=allow_private)
    except TimeoutError:
        return Outcome(None, f"There was no answer within {TOTAL_SECONDS:.0f} seconds.")
    except AddressRefused as refusal:
        return Outcome(None, str(refusal))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
        return Outcome(None, f"{type(error).__name__}: {error}"[:ERROR_CHARACTERS])


def is_public(address: str) -> bool:
    """Is this IP address one of the public internet? What is wrapped into IPv6 is judged by what is inside."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    inside = _inside(found) if isinstance(found, IPv6Address) else None
    if inside is not None:
        return is_public(str(inside))
    site_local = isinstance(found, IPv6Address) and found.is_site_local
    return found.is_global and not (found.is_multicast or found.is_reserved or site_local)


def _inside(address: IPv6Address) -> IPv4Address | None:
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


async def _post(url: httpx.URL, body: bytes, headers: Mapping[str, str], *, allow_private: bool) -> Outcome:
    name = url.raw_host.decode("ascii")
    addresses = await _resolve(name, url.port or (443 if url.scheme == "https" else 80))
    closed = [address for address in addresses if not is_public(address)]
    if closed and not allow_private:
        raise AddressRefused(f"{name} is {closed[0]}, which is not a public address.")
    async with _client() as client:
        for address in addresses[:-1]:
            try:
                return await _send(client, url, address, body, headers)
            except httpx.ConnectError:
                continue
        return await _send(client, url, addresses[-1], body, headers)


async def _resolve(name: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))[:ADDRESSES]


def _client() -> httpx.AsyncClient:
    # No connection is kept: names that share an address must not share a connection.
    return httpx.AsyncClient(
        verify=_tls(),
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
        limits=httpx.Limits(max_keepalive_connections=0),
    )


@functools.cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


async def _send(
    client: httpx.AsyncClient, url: httpx.URL, address: str, body: bytes, headers: Mapping[str, str]
) -> Outcome:
    request = client.build_request(
        "POST",
        url.copy_with(host=address),
        content=body,
        headers={**headers, "Host": url.netloc.decode("ascii")},
        # The certificate must be the name's, though the connection goes to a number.
        extensions={"sni_hostname": url.raw_host.decode("ascii")},
    )
    # The body of the answer is nobody's business and is not read.
    answer = await client.send(request, stream=True)
    await answer.aclose()
    error = "" if answer.is_success else f"The answer was {answer.status_code} {answer.reason_phrase}".strip() + "."
    return Outcome(answer.status_code, error[:ERROR_CHARACTERS], _retry_after(answer.headers.get("Retry-After")))


def _retry_after(value: str | None) -> float | None:
    """Seconds, from a number of seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max(0.0, (at - datetime.now(UTC)).total_seconds())
