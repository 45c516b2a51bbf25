"""ICE-lite (RFC 8445 §2.5): the worker only answers binding requests, and believes those it can verify.

Pure: bytes and an address in, bytes out. A request that is not for us, malformed, or without the right
MESSAGE-INTEGRITY changes nothing. The peer's address is that of its newest valid check with USE-CANDIDATE
(or of its first valid check), so a client behind a NAT that changed its mind is followed by itself.
"""

import secrets
from dataclasses import dataclass
from typing import Protocol

from aioice import stun

LONGEST = 1_200  # bytes of a check worth parsing


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
    response = stun.Message(
        stun.Method.BINDING,
        stun.Class.RESPONSE,
        check.message.transaction_id,
        {"XOR-MAPPED-ADDRESS": address},
    )
    response.add_message_integrity(key)
    response.add_fingerprint()  # RFC 8445 §7.1: as in every message of a check
    return bytes(response)
