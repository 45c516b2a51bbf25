"""Calls webhooks: one POST, signed, no redirect followed, nothing of the answer read but its status.

The signature is HMAC-SHA256 over `<seconds>.<body>` with the webhook's secret, in the header
`Pingji-Signature: t=<seconds>,v1=<hex>`; the seconds are those of the attempt, so that a receiver can refuse
an old message that somebody repeats. The scheme is Stripe's, which many receivers know.
"""

import asyncio
import errno
import hashlib
import hmac
import socket
import ssl
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from server.domain.refusal import Code, Rejected

ADDRESS_AT_MOST = 500
AGENT = "Pingji-Webhooks/1"


class Outcome(msgspec.Struct, frozen=True):
    """`error` is empty when it was answered with 2xx."""

    status: int | None
    error: str


class Caller:
    """One per node; `close` it."""

    def __init__(self, timeout: float) -> None:
        self._timeout = aiohttp.ClientTimeout(total=timeout)
        self._session: aiohttp.ClientSession | None = None

    async def call(self, url: str, secret: str, event: str, delivery: str, body: bytes, now: int) -> Outcome:
        """Never raises but when it is cancelled. `now` is epoch ms."""
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": AGENT,
            "Pingji-Event": event,
            "Pingji-Delivery": delivery,
            "Pingji-Signature": signature(secret, body, now // 1000),
        }
        try:
            async with self._opened().post(url, data=body, headers=headers, allow_redirects=False) as answer:
                if 200 <= answer.status < 300:
                    return Outcome(answer.status, "")
                return Outcome(answer.status, f"answered {answer.status}")
        except TimeoutError:
            return Outcome(None, "no answer in time")
        except (aiohttp.ClientError, ssl.SSLError, OSError, ValueError) as trouble:
            return Outcome(None, f"{type(trouble).__name__}: {trouble}"[:300])

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # its transports close in the next turn of the loop

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # no proxy or netrc of the environment; a connection each: what was read half is not used again
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                trust_env=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                connector=aiohttp.TCPConnector(force_close=True, resolver=_Resolver()),
            )
        return self._session


class _Resolver(ThreadedResolver):
    """A name may lead to any host of the intranet, but not to what a cloud tells its machines alone."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        if any(ip_address(each["host"].partition("%")[0]).is_link_local for each in found):
            raise OSError(errno.EACCES, f"{host} is link-local")
        return found


def signature(secret: str, body: bytes, seconds: int) -> str:
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


def checked(url: str) -> str:
    """An address that may be called. Raises Rejected(BAD_ADDRESS)."""
    why = ""
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            why = "neither http nor https"
        elif not parts.hostname or parts.port == 0:
            why = "no host"
        elif parts.username is not None or parts.password is not None:
            why = "a password in it"
        elif parts.hostname.startswith("169.254.") or parts.hostname.startswith("fe80:"):
            why = "link-local"
        elif len(url) > ADDRESS_AT_MOST or any(character <= " " for character in url):
            why = "too long, or a space in it"
    except ValueError as bad:
        why = str(bad)
    if why:
        raise Rejected(Code.BAD_ADDRESS, why=why)
    return url
