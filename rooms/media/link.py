"""The local socket gateways talk on: framing, requests in, answers and tellings out.

Several gateways may be connected; each gets every telling. A gateway that goes away changes nothing for
the rooms; one that sends what cannot be read is disconnected, one that does not read what it is told is
too (it asks again and is told the whole). Without any gateway for `LONELY` seconds the worker ends.
"""

import asyncio
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import msgspec

from rooms.control import LONGEST, AnyRequest, Reply, Told

LONELY = 120.0
UNREAD = 16 * 1024 * 1024  # bytes a gateway may leave unread

_read = msgspec.msgpack.Decoder(AnyRequest).decode
_write = msgspec.msgpack.Encoder().encode

Serve = Callable[[AnyRequest], Reply]


def frame(message: object) -> bytes:
    body = _write(message)
    return len(body).to_bytes(4, "big") + body


class Link:
    """The listening socket. `serve` answers each request; `lonely`: nobody was there too long."""

    def __init__(self, path: Path, serve: Serve, lonely: Callable[[], None]) -> None:
        self._path = path
        self._serve = serve
        self._lonely = lonely
        self._gateways: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._alone: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Listen. A socket file nobody listens on is replaced; a live one is an error."""
        if self._path.exists() and stat.S_ISSOCK(self._path.stat().st_mode):
            if await _alive(self._path):
                raise OSError(f"another worker listens on {self._path}")
            self._path.unlink()
        before = os.umask(0o177)
        try:
            self._server = await asyncio.start_unix_server(self._gateway, self._path)
        finally:
            os.umask(before)
        self._wait()

    @property
    def gateways(self) -> int:
        """How many are connected."""
        return len(self._gateways)

    async def close(self) -> None:
        if self._alone is not None:
            self._alone.cancel()
        if self._server is not None:
            self._server.close()
        for writer in list(self._gateways):
            writer.close()
        with suppress(FileNotFoundError):
            self._path.unlink()

    def tell(self, told: Told) -> None:
        if not self._gateways:
            return
        data = frame(told)
        for writer in list(self._gateways):
            if writer.is_closing():  # gone since the loop's last turn; writing to it would raise
                continue
            if writer.transport.get_write_buffer_size() > UNREAD:
                writer.transport.abort()
            else:
                writer.write(data)

    async def _gateway(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._gateways.add(writer)
        if self._alone is not None:
            self._alone.cancel()
            self._alone = None
        try:
            while True:
                size = int.from_bytes(await reader.readexactly(4), "big")
                if size > LONGEST:
                    return
                try:
                    request = _read(await reader.readexactly(size))
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    return
                writer.write(frame(self._serve(request)))
                await writer.drain()
        except (OSError, EOFError):
            pass
        finally:
            self._gateways.discard(writer)
            writer.close()
            if not self._gateways:
                self._wait()

    def _wait(self) -> None:
        self._alone = asyncio.get_running_loop().call_later(LONELY, self._lonely)


async def _alive(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    return True
