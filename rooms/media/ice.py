"""ICE-lite (RFC 8445 §2.5): the worker only answers binding requests, and believes those it can verify.

Pure: bytes and an address in, bytes out. A request that is not for us, malformed, or without the right
MESSAGE-INTEGRITY changes nothing. The peer's address is that of its newest valid check with USE-CANDIDATE
(or of its first valid check), so a client behind a NAT that changed its mind is followed by itself.
"""

import hmac
import secrets
import socket
from dataclasses import dataclass
from struct import pack
from typing import Protocol
from zlib import crc32

from aioice import stun

LONGEST = 1_200  # bytes of a check worth parsing
COOKIE = b"\x21\x12\xa4\x42"


@dataclass(frozen=True)
class Credentials:
    ufrag: str
    pwd: str


def credentials() -> Credentials:
    """Fresh ones: 48 bits to be found by, 144 bits to be believed."""
    return Credentials(secrets.token_hex(6), secrets.token_urlsafe(18).replace("-", "+").replace("_", "/"))


class Checked(Protocol):
    """One end whose checks are answered."""

    here: Credentials
    remote_ufrag: str


@dataclass(frozen=True)
class Check:
    """A binding request, parsed but not yet believed."""

    message: stun.Message
    local: str
    remote: str
    nominated: bool


def read(data: bytes) -> Check | None:
    """The check in a datagram; None: nothing to answer."""
    if len(data) > LONGEST:
        return None
    try:
        message = stun.parse_message(data)
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, ArithmeticError):
        return None
    except Exception as error:  # struct.error is no ValueError
        if type(error).__name__ != "error":
            raise
        return None
    if message.message_class != stun.Class.REQUEST or message.message_method != stun.Method.BINDING:
        return None
    username = message.attributes.get("USERNAME")
    if not isinstance(username, str):
        return None
    local, colon, remote = username.partition(":")
    if not colon:
        return None
    return Check(message, local, remote, "USE-CANDIDATE" in message.attributes)


def answer(check: Check, end: Checked, address: tuple[str, int]) -> bytes | None:
    """The response to a check that is believed; None when it is not."""
    key = end.here.pwd.encode()
    if check.remote != end.remote_ufrag or not check.message.check_message_integrity(key):
        return None
    return response(check.message.transaction_id, address, key)


def response(transaction: bytes, address: tuple[str, int], key: bytes) -> bytes:
    """A binding response (RFC 8489 section 6.3.1), written at once: hundreds ask all the time."""
    host, port = address[0].partition("%")[0], address[1]
    six = ":" in host
    packed = socket.inet_pton(socket.AF_INET6, host) if six else socket.inet_aton(host)
    mask = COOKIE + transaction
    hidden = bytes(one ^ other for one, other in zip(packed, mask, strict=False))
    mapped = pack(">HHBBH", 0x0020, 4 + len(packed), 0, 2 if six else 1, port ^ 0x2112) + hidden
    # Each check covers what is before it, with the length up to its own end.
    body = mask + mapped
    integrity = hmac.digest(key, pack(">HH", 0x0101, len(mapped) + 24) + body, "sha1")
    body += pack(">HH", 0x0008, 20) + integrity
    head = pack(">HH", 0x0101, len(mapped) + 32)
    return head + body + pack(">HHI", 0x8028, 4, crc32(head + body) ^ 0x5354554E)
