"""One line of the journal: what was asked, by whom, when, and what became of it.

Entries of a log form a chain: each carries the SHA-256 over its predecessor's hash and over everything it
says, so a line that was altered, dropped or slipped in later is found by reading the log once
(`server.store.verify`). The hash covers length-prefixed fields: no two different entries share the same
bytes to hash.
"""

import hashlib
import struct

import msgspec

GENESIS: bytes = bytes(32)

_HEADER = struct.Struct(">QqIIII")


class Entry(msgspec.Struct, frozen=True, gc=False):
    seq: int  # dense from 1 per log
    at: int  # epoch milliseconds, database time, never decreasing
    action_id: str  # unique per log
    actor: str  # account id or "system"
    body: bytes  # msgpack [[event type, fields], ...]
    audiences: bytes  # msgpack [[topic, ...], ...], one list per event
    hash: bytes  # sha256 chain, 32 bytes


def chained(
    previous: bytes, seq: int, at: int, action_id: str, actor: str, body: bytes, audiences: bytes
) -> bytes:
    """The hash of an entry that follows the one whose hash is `previous` (`GENESIS` before the first)."""
    name = action_id.encode()
    who = actor.encode()
    header = _HEADER.pack(seq, at, len(name), len(who), len(body), len(audiences))
    return hashlib.sha256(b"".join((previous, header, name, who, body, audiences))).digest()
