"""Photos and recordings: files named by their SHA-256, in `blobs_dir/ab/cd/<sha256>`.

A file appears under its name only when it is whole and on the disk: written elsewhere, synced, renamed, and
the folder synced after it. Logs that hold the same content share the file; it goes when the last row has
gone, after an hour of grace for an upload of the same content that is just being finished.
"""

import errno
import os
import re
import time
from pathlib import Path

import msgspec
from sqlalchemy import Connection, delete, select

from server.store.database import Database
from server.store.tables import blobs

GRACE_SECONDS = 3600
_NAME = re.compile(r"[0-9a-f]{64}")


class StorageFull(Exception):
    """No space for files. What was kept stays whole; trying again later may work."""


class BlobRow(msgspec.Struct, frozen=True):
    log: str
    sha256: str
    account: str
    name: str
    type: str
    size: int
    at: int


_ROW = (blobs.c.log, blobs.c.sha256, blobs.c.account, blobs.c.name, blobs.c.type, blobs.c.size, blobs.c.at)
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def is_full(error: OSError) -> bool:
    return error.errno in _NO_SPACE


class Blobs:
    def __init__(self, database: Database, folder: Path) -> None:
        self._database = database
        self._folder = folder

    def path(self, sha256: str) -> Path:
        if not _NAME.fullmatch(sha256):
            raise ValueError("not a SHA-256 in lower-case hexadecimal")
        return self._folder / sha256[:2] / sha256[2:4] / sha256

    def place(self, part: Path, sha256: str) -> None:
        """Make the whole, synced file `part` the blob `sha256`. Blocks."""
        target = self.path(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.utime(part)
        os.replace(part, target)
        for folder in (target.parent, target.parent.parent, self._folder):
            sync_folder(folder)

    async def keep(self, row: BlobRow) -> None:
        """The first name a log gave to a content stays."""
        values = self._database.insert(blobs).values(msgspec.structs.asdict(row))
        await self._database.write(lambda connection: connection.execute(values.on_conflict_do_nothing()))

    async def find(self, log: str, sha256: str) -> BlobRow | None:
        wanted = select(*_ROW).where(blobs.c.log == log, blobs.c.sha256 == sha256)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return None if row is None else BlobRow(*row)

    async def open_blob(self, log: str, sha256: str) -> Path | None:
        """Where the file is, if this log has such a blob."""
        if not _NAME.fullmatch(sha256) or await self.find(log, sha256) is None:
            return None
        path = self.path(sha256)
        return path if path.is_file() else None

    async def forget_log(self, log: str) -> None:
        gone = delete(blobs).where(blobs.c.log == log)
        await self._database.write(lambda connection: connection.execute(gone))

    async def forget_older(self, account: str, before: int) -> None:
        """What an account has put here before a time (epoch ms) is nobody's any more."""
        gone = delete(blobs).where(blobs.c.account == account, blobs.c.at < before)
        await self._database.write(lambda connection: connection.execute(gone))

    async def sweep(self, grace: float = GRACE_SECONDS) -> int:
        """Delete the files of no row; how many."""

        def purge(connection: Connection) -> int:
            gone = 0
            for path in self._folder.glob("??/??/*"):
                row = select(blobs.c.log).where(blobs.c.sha256 == path.name).limit(1)
                if path.stat().st_mtime > time.time() - grace or connection.execute(row).first() is not None:
                    continue
                path.unlink(missing_ok=True)
                gone += 1
            return gone

        return await self._database.read(purge, patience=600)


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
