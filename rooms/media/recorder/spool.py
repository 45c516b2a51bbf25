"""The spool: what the worker's tap said, with its arrival, appended and never changed.

    file   = MAGIC record*
    record = length u32 · arrival u64 (microseconds since the epoch) · kind u8 · slot u8 · body
    (big-endian; length counts what follows it)

A file that was cut in the middle of a record, as by a power failure, is read up to the record before.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from struct import Struct
from typing import NamedTuple

MAGIC = b"PJSPOOL1"
_HEAD = Struct(">IQBB")
_LONGEST = 65_536


class Record(NamedTuple):
    arrival: int  # microseconds since the epoch
    kind: int  # of the tap's datagram: see rooms.tap
    slot: int
    body: bytes


class Spool:
    """A spool being written. One file per run of the recorder, so that none is ever opened again."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, also when the file exists."""
        self._file = path.open("xb")
        self._file.write(MAGIC)
        self.bytes = len(MAGIC)

    def append(self, arrival: int, kind: int, slot: int, body: bytes) -> None:
        """Buffered: `keep` makes it last. Raises OSError (a full disk)."""
        self._file.write(_HEAD.pack(10 + len(body), arrival, kind, slot) + body)
        self.bytes += _HEAD.size + len(body)

    def keep(self) -> None:
        """What was appended survives a power failure. Raises OSError."""
        self._file.flush()
        os.fdatasync(self._file.fileno())

    def close(self) -> None:
        self.keep()
        self._file.close()


def read(path: Path, slot: int = -1) -> Iterator[Record]:
    """The whole records of a spool, or those of one slot; nothing of a file that is no spool."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            return
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            length, arrival, kind, of_slot = _HEAD.unpack(head)
            if not 10 <= length <= _LONGEST:
                return
            if slot not in (-1, of_slot):
                file.seek(length - 10, os.SEEK_CUR)
                continue
            body = file.read(length - 10)
            if len(body) < length - 10:
                return
            yield Record(arrival, kind, of_slot, body)
