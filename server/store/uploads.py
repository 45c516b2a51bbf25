"""Uploads that survive a bad network: a phone asks how much has arrived and sends the rest.

The part file in `blobs_dir/parts` is the truth about the offset: a row written beside it could only
disagree with it. What is appended is locked per file, so that two connections of one phone cannot
interleave; a wrong offset is an error that carries the right one. A part that cannot be written whole is
cut back to where it was. A part that has become a file has wholly arrived: whoever did not hear so asks
again and is told, until the row is purged.
"""

import fcntl
import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec
from sqlalchemy import delete, insert, select

from server.engine.journal import JournalDown
from server.store.blobs import BlobRow, Blobs, StorageFull, is_full
from server.store.database import Database
from server.store.lane import Expired, Lane
from server.store.tables import uploads

T = TypeVar("T")

PATIENCE = 60.0
"""Seconds a file operation may take; hashing a large recording is the longest."""


class UnknownUpload(LookupError):
    pass


class OffsetMismatch(Exception):
    """The next byte wanted is `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"expected offset {offset}")
        self.offset = offset


class UploadTooLong(Exception):
    """More bytes than were announced."""


class DigestMismatch(Exception):
    """The bytes are not those that were announced; the upload is gone."""


class UploadRow(msgspec.Struct, frozen=True):
    id: str
    log: str
    account: str
    name: str
    type: str
    size: int
    sha256: str
    created_at: int
    offset: int = 0


_ROW = (
    uploads.c.id,
    uploads.c.log,
    uploads.c.account,
    uploads.c.name,
    uploads.c.type,
    uploads.c.size,
    uploads.c.sha256,
    uploads.c.created_at,
)


class Uploads:
    def __init__(self, database: Database, blobs: Blobs, folder: Path) -> None:
        self._database = database
        self._blobs = blobs
        self._folder = folder
        self._lane = Lane("store-files", 2)

    async def create(
        self, log: str, account: str, name: str, size: int, type: str, sha256: str, now: int
    ) -> UploadRow:
        self._blobs.path(sha256)  # a name that is no SHA-256 is refused here
        row = UploadRow(uuid.uuid4().hex, log, account, name, type, size, sha256, now)
        values = msgspec.structs.asdict(row)
        del values["offset"]
        await self._files(lambda: self._part(row.id).touch())
        await self._database.write(lambda connection: connection.execute(insert(uploads).values(values)))
        return row

    async def begun(self, log: str, account: str, size: int, type: str, sha256: str) -> UploadRow | None:
        """The newest upload of the same file by the same account, to go on with; None: there is none."""
        wanted = (
            select(*_ROW)
            .where(uploads.c.log == log, uploads.c.account == account, uploads.c.sha256 == sha256)
            .where(uploads.c.size == size, uploads.c.type == type)
            .order_by(uploads.c.created_at.desc(), uploads.c.id)
            .limit(1)
        )
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        return None if row is None else await self._placed(UploadRow(*row))

    async def find(self, id: str) -> UploadRow:
        """With the offset reached so far. Raises UnknownUpload."""
        wanted = select(*_ROW).where(uploads.c.id == id)
        row = await self._database.read(lambda connection: connection.execute(wanted).one_or_none())
        if row is None:
            raise UnknownUpload(id)
        return await self._placed(UploadRow(*row))

    async def _placed(self, row: UploadRow) -> UploadRow:
        return msgspec.structs.replace(row, offset=await self._files(lambda: self._reached(row)))

    async def append(self, id: str, offset: int, data: bytes) -> int:
        """The new offset. Raises OffsetMismatch, UploadTooLong, UnknownUpload, StorageFull."""
        row = await self.find(id)
        if row.offset == row.size:
            raise OffsetMismatch(row.size)
        if offset + len(data) > row.size:
            raise UploadTooLong
        return await self._files(lambda: _append(self._part(id), offset, data))

    async def finish(self, id: str, now: int) -> BlobRow:
        """Make the whole upload a blob. Raises OffsetMismatch while bytes are missing, or DigestMismatch.

        May be repeated, after a crash or a lost answer: a part that was renamed already is finished."""
        row = await self.find(id)
        blob = BlobRow(row.log, row.sha256, row.account, row.name, row.type, row.size, now)

        def place() -> bool:
            part = self._part(id)
            reached = self._reached(row)
            if reached != row.size:
                raise OffsetMismatch(reached)
            try:
                if not _digest_is(part, row.sha256):
                    return False
                self._blobs.place(part, row.sha256)
            except FileNotFoundError:  # renamed: before a crash, or by the first of two who ask
                return self._blobs.path(row.sha256).exists()
            return True

        if not await self._files(place):
            await self.forget(id)
            raise DigestMismatch
        await self._blobs.keep(blob)
        return blob

    async def forget(self, id: str) -> None:
        gone = delete(uploads).where(uploads.c.id == id)
        await self._database.write(lambda connection: connection.execute(gone))
        await self._files(lambda: self._part(id).unlink(missing_ok=True))

    async def purge(self, before: int) -> int:
        """Give up the uploads begun before that time (epoch ms), and part files of that age nobody knows."""
        gone = delete(uploads).where(uploads.c.created_at < before).returning(uploads.c.id)
        ids = await self._database.write(lambda connection: list(connection.execute(gone).scalars()))
        wanted = select(uploads.c.id)
        known = await self._database.read(lambda connection: set(connection.execute(wanted).scalars()))

        def unlink() -> None:
            for part in self._folder.iterdir():
                if part.name in ids or (part.name not in known and part.stat().st_mtime * 1000 < before):
                    part.unlink(missing_ok=True)

        await self._files(unlink)
        return len(ids)

    async def close(self) -> None:
        await self._lane.close()

    def _reached(self, row: UploadRow) -> int:
        # The part is asked once: between two questions another who finishes may rename it.
        try:
            return self._part(row.id).stat().st_size
        except FileNotFoundError:
            return row.size if self._blobs.path(row.sha256).exists() else 0

    def _part(self, id: str) -> Path:
        return self._folder / id

    async def _files(self, work: Callable[[], T]) -> T:
        try:
            return await self._lane.call(work, PATIENCE)
        except Expired as error:
            raise JournalDown("unknown" if error.begun else "stalled", "the file system hangs") from error
        except OSError as error:
            if is_full(error):
                raise StorageFull(str(error)) from error
            raise


def _append(part: Path, offset: int, data: bytes) -> int:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        if size != offset:
            raise OffsetMismatch(size)
        written = 0
        try:
            while written < len(data):
                written += os.write(handle, data[written:])
        except OSError:
            os.ftruncate(handle, offset)
            raise
        return offset + written
    finally:
        os.close(handle)


def _digest_is(part: Path, sha256: str) -> bool:
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return digest == sha256
