"""From the spools of a recording to a file in the house.

Rules
- What is to be made follows from the log: a recording that has stopped and is not kept yet. A node that dies
  in the middle makes it again after its start; the spools go only when the log knows the file.
- The file is made by a process of its own, with low priority: an hour of recording takes seconds.
- One node makes it: the one that has the spools, and of several with one folder the holder of the lock. A
  recording that nobody has the spools of is said to be lost, so that nobody waits for it.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from rooms.consultation.actions import KeepRecording
from rooms.consultation.state import Kept, RecordingFile
from server.domain.message import SYSTEM
from server.domain.refusal import Rejected
from server.engine.engine import Engine
from server.engine.journal import JournalDown
from server.media.locks import locked
from server.media.taps import Taps
from server.store.blobs import BlobRow, is_full
from server.store.store import Store

log = logging.getLogger(__name__)

COMMAND = (sys.executable, "-m", "rooms.media.recorder.mux")
NOTHING = 3  # the maker's exit code when the spools hold nothing to play
LOOK = 1.0
LOST_AFTER_MS = 10 * 60_000  # nobody has its spools
AGAIN = 30.0  # seconds after a failure, as of a full disk
TYPE = "video/webm"


class _Made(msgspec.Struct):
    duration_ms: int
    bytes: int


class Recordings:
    """`start`, then `close`."""

    def __init__(self, store: Store, engines: Mapping[str, Engine], taps: Taps, folder: Path) -> None:
        self._store = store
        self._engines = engines
        self._taps = taps
        self._folder = folder  # of the spools, by log and recording
        self._task: asyncio.Task[None] | None = None
        self._wait_until: dict[tuple[str, str], float] = {}

    def start(self) -> None:
        self._task = asyncio.create_task(self._look(), name="recordings")

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            for log_name, engine in list(self._engines.items()):
                for file in [f for f in engine.world.state.recordings.values() if f.state is Kept.MAKING]:
                    key = (log_name, file.id)
                    if loop.time() < self._wait_until.get(key, 0.0):
                        continue
                    try:
                        await self._make(log_name, engine, file)
                    except (OSError, JournalDown, Rejected) as trouble:
                        full = isinstance(trouble, OSError) and is_full(trouble)
                        log.warning("recording %s waits: %s", file.id, "no space" if full else trouble)
                        self._wait_until[key] = loop.time() + AGAIN
            await asyncio.sleep(LOOK)

    async def _make(self, log_name: str, engine: Engine, file: RecordingFile) -> None:
        """Raises OSError, JournalDown, Rejected."""
        if not await self._taps.finished(log_name, file.id):
            return
        into = self._folder / log_name / file.id
        spools = sorted(into.glob("*.spool"))
        if not spools:
            if engine.now() - file.stopped_at > LOST_AFTER_MS:
                await self._keep(engine, file, None, _Made(0, 0))
            return
        with contextlib.ExitStack() as held:
            if not locked(held, into / "making.lock"):
                return
            part = into / "film.part"
            made = await _made(part, spools)
            sha256 = None
            if made is not None:
                sha256 = await asyncio.to_thread(_digest, part)
                row = BlobRow(
                    log=log_name,
                    sha256=sha256,
                    account=SYSTEM,
                    name=f"{file.id}.webm",
                    type=TYPE,
                    size=made.bytes,
                    at=file.stopped_at,
                )
                await asyncio.to_thread(self._store.blobs.place, part, sha256)
                await self._store.blobs.keep(row)
            await self._keep(engine, file, sha256, made or _Made(0, 0))
            await asyncio.to_thread(shutil.rmtree, into, True)

    async def _keep(self, engine: Engine, file: RecordingFile, sha256: str | None, made: _Made) -> None:
        action = KeepRecording(
            recording=file.id, sha256=sha256, duration_ms=made.duration_ms, bytes=made.bytes
        )
        await engine.ask(f"keep.{hashlib.sha256(file.id.encode()).hexdigest()[:24]}", None, action)


async def _made(part: Path, spools: list[Path]) -> _Made | None:
    """The film in `part`; None: there is nothing to play. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND,
        str(part),
        *map(str, spools),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        preexec_fn=_gently,
    )
    try:
        told, trouble = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode == NOTHING:
        return None
    if process.returncode:
        raise OSError(f"the maker ended with {process.returncode}: {trouble[-300:].decode(errors='replace')}")
    return msgspec.json.decode(told.splitlines()[-1], type=_Made)


def _gently() -> None:
    os.nice(10)


def _digest(path: Path) -> str:
    """Of the file, which is on the disk afterwards."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
