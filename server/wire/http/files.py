"""Attachments and photos: uploaded in resumable chunks, checked, kept by the hash of their bytes."""

from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta

from server.domain.message import SYSTEM, Name, Sha256
from server.domain.refusal import Code, Rejected
from server.store.blobs import BlobRow
from server.store.uploads import DigestMismatch, OffsetMismatch, UnknownUpload, UploadRow, UploadTooLong
from server.wire.answers import json_answer
from server.wire.http.door import Door, body

CHUNK_AT_MOST = 1024 * 1024
# what a command post sends around; nothing that a browser would run
TYPES = frozenset(
    {
        "image/jpeg",
        "image/png",
        "image/webp",
        "image/gif",
        "application/pdf",
        "text/plain",
        "text/csv",
        "audio/mpeg",
        "audio/mp4",
        "audio/webm",
        "audio/ogg",
        "video/mp4",
        "video/webm",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/zip",
    }
)
# the bytes that a type must show, and where; what is not listed shows none
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAGIC: dict[str, tuple[tuple[int, bytes], ...]] = {
    "image/jpeg": ((0, b"\xff\xd8\xff"),),
    "image/png": ((0, b"\x89PNG\r\n\x1a\n"),),
    "image/gif": ((0, b"GIF87a"), (0, b"GIF89a")),
    "image/webp": ((8, b"WEBP"),),
    "audio/mpeg": ((0, b"ID3"), *((0, bytes((0xFF, layer))) for layer in range(0xE2, 0x100))),
    "audio/mp4": ((4, b"ftyp"),),
    "audio/webm": ((0, b"\x1aE\xdf\xa3"),),
    "audio/ogg": ((0, b"OggS"),),
    "video/mp4": ((4, b"ftyp"),),
    "video/webm": ((0, b"\x1aE\xdf\xa3"),),
    "application/pdf": ((0, b"%PDF-"),),
    "application/msword": ((0, OLE), (0, b"{\\rtf")),
    "application/vnd.ms-excel": ((0, OLE),),
    "application/zip": ((0, b"PK"),),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ((0, b"PK"),),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ((0, b"PK"),),
}
INLINE = ("image/", "audio/", "video/", "application/pdf")


class Begin(msgspec.Struct):
    name: Name
    size: Annotated[int, Meta(ge=1)]
    type: Annotated[str, Meta(max_length=100)]
    sha256: Sha256


class Files:
    def __init__(self, door: Door) -> None:
        self._door = door

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/api/uploads", self.begin),
            web.get("/api/uploads/{id}", self.where),
            web.patch("/api/uploads/{id}", self.append),
            web.get("/api/blobs/{sha256}", self.blob),
            web.get("/api/recordings/{id}", self.recording),
        ]

    async def begin(self, request: web.Request) -> web.StreamResponse:
        """An upload: its id, to be followed by chunks from its offset; 0, or where one's own of the same
        file stopped when the page went away.

        A file that this log has is not sent again: who knows its hash may read it, so may name it too."""
        session, account = await self._door.person(request)
        asked = await body(request, Begin)
        if asked.type not in TYPES:
            raise Rejected(Code.BAD_TYPE, type=asked.type)
        if asked.size > self._door.settings.upload_limit:
            raise Rejected(Code.TOO_LARGE, most=self._door.settings.upload_limit)
        known = await self._known(session.log, asked)
        if known is not None:
            return json_answer({"id": None, "offset": known.size, "blob": _attachment(known)})
        uploads = self._door.store.uploads
        begun = await uploads.begun(session.log, account.id, asked.size, asked.type, asked.sha256)
        if begun is not None:
            return json_answer({"id": begun.id, "offset": begun.offset})
        row = await uploads.create(
            session.log,
            account.id,
            asked.name,
            asked.size,
            asked.type,
            asked.sha256,
            await self._door.store.now(),
        )
        return json_answer({"id": row.id, "offset": 0}, status=201)

    async def _known(self, log: str, asked: Begin) -> BlobRow | None:
        """The same file as this log has it, under the name it is sent with now."""
        blobs = self._door.store.blobs
        known = await blobs.find(log, asked.sha256)
        if known is None or (known.size, known.type) != (asked.size, asked.type):
            return None
        there = await blobs.open_blob(log, asked.sha256)
        return None if there is None else msgspec.structs.replace(known, name=asked.name)

    async def where(self, request: web.Request) -> web.StreamResponse:
        row = await self._mine(request)
        return json_answer({"offset": row.offset, "size": row.size})

    async def append(self, request: web.Request) -> web.StreamResponse:
        """The chunk at Upload-Offset; the last one closes the upload and answers with the stored file."""
        row = await self._mine(request)
        try:
            offset = int(request.headers.get("Upload-Offset", ""))
        except ValueError:
            raise Rejected(Code.BAD_OFFSET, offset=row.offset) from None
        data = bytearray()
        async for piece in request.content.iter_chunked(64 * 1024):
            data += piece
            if len(data) > CHUNK_AT_MOST:
                raise Rejected(Code.TOO_LARGE, most=CHUNK_AT_MOST)
        uploads = self._door.store.uploads
        if row.offset == row.size:  # the answer to the last chunk was lost: it is given again
            return await self._finished(row)
        if offset == row.offset == 0 and not _looks_like(row.type, bytes(data[:16])):
            raise Rejected(Code.BAD_TYPE, type=row.type)
        try:
            reached = await uploads.append(row.id, offset, bytes(data))
        except OffsetMismatch as wrong:
            raise Rejected(Code.BAD_OFFSET, offset=wrong.offset) from None
        except UploadTooLong:
            raise Rejected(Code.TOO_LARGE, most=row.size) from None
        if reached < row.size:
            return json_answer({"offset": reached})
        return await self._finished(row)

    async def _finished(self, row: UploadRow) -> web.Response:
        """All of it has arrived: the stored file. Said as often as asked."""
        try:
            blob = await self._door.store.uploads.finish(row.id, await self._door.store.now())
        except DigestMismatch:
            raise Rejected(Code.BAD_HASH) from None
        return json_answer({"offset": row.size, "blob": _attachment(blob)})

    async def blob(self, request: web.Request) -> web.StreamResponse:
        """A stored file, to anybody of the same log who knows its hash from something they may see."""
        session, _ = await self._door.person(request)
        return await self._served(session.log, request.match_info["sha256"], recording=False)

    async def recording(self, request: web.Request) -> web.StreamResponse:
        """The film of a consultation, to who sees it listed. Players can seek: ranges are answered."""
        session, account = await self._door.person(request)
        state = self._door.hosted[session.log].engine.world.state
        file = state.recordings.get(request.match_info["id"])
        if file is None or file.sha256 is None or account.unit not in file.watchers:
            raise Rejected(Code.NOT_FOUND)
        return await self._served(session.log, file.sha256, recording=True)

    async def _served(self, log: str, sha256: str, *, recording: bool) -> web.StreamResponse:
        """Raises Rejected: not here, not any more, or not this way."""
        row = await self._door.store.blobs.find(log, sha256)
        path = await self._door.store.blobs.open_blob(log, sha256)
        if row is None or path is None or (row.account == SYSTEM) != recording:
            raise Rejected(Code.NOT_FOUND)
        inline = row.type.startswith(INLINE)
        headers = {
            "Content-Type": row.type,
            "Content-Disposition": "inline" if inline else "attachment",
            "Cache-Control": "private, max-age=31536000, immutable",
            "ETag": f'"{sha256}"',
        }
        return web.FileResponse(path, headers=headers)

    async def _mine(self, request: web.Request) -> UploadRow:
        session, account = await self._door.person(request)
        try:
            row = await self._door.store.uploads.find(request.match_info["id"])
        except UnknownUpload:
            raise Rejected(Code.NOT_FOUND) from None
        if (row.log, row.account) != (session.log, account.id):
            raise Rejected(Code.NOT_FOUND)
        return row


def _attachment(blob: BlobRow) -> dict[str, str | int]:
    """As actions take it."""
    return {"sha256": blob.sha256, "name": blob.name, "type": blob.type, "size": blob.size}


def _looks_like(type: str, first: bytes) -> bool:
    wanted = MAGIC.get(type)
    return wanted is None or any(first.startswith(shown, at) for at, shown in wanted)
