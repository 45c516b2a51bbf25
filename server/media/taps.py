"""The processes at the workers' taps: a camera or a recorder each, started, attached, kept, ended.

Rules
- What is wanted follows from the rooms: a participant "cam:…" of a room wants a camera process there, a room
  that is being recorded wants a recorder. Nobody else starts or ends one.
- A tap is attached when its process listens, and again whenever the room's worker has become another one.
- Only who reaches a worker on this host may tap it, and only one node: the holder of the tap's lock. When it
  ends, another takes over.
- A camera ends with its node. A recorder does not: media goes on without a gateway, and so does its writing;
  the next node finds it where it listens.
"""

import asyncio
import contextlib
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import msgspec

from rooms import control as c
from rooms.tap import END, datagram
from server.media.locks import locked
from server.media.plane import Plane
from server.media.process import prepare

log = logging.getLogger(__name__)

CAMERA, RECORDER = "cam:", "rec:"
CAMERA_COMMAND = (sys.executable, "-m", "rooms.media.camera")
RECORDER_COMMAND = (sys.executable, "-m", "rooms.media.recorder")
LOOK = 0.2
PAUSE = 2.0  # seconds before a process that ended by itself is started again
END_WITHIN = 5.0

Key = tuple[str, str]  # room, participant


class Address(msgspec.Struct, frozen=True):
    """Where a camera's pictures come from; `address` may hold a password."""

    kind: str
    address: str


class _Status(msgspec.Struct):
    """A line of a camera process; see rooms/media/camera."""

    state: str
    why: str = ""


class Taps:
    """`start`, then `close`.

    `spools`: the folder of all spools, by log and recording. `address_of`: a camera's of a log; None when it
    is registered no more.
    """

    def __init__(
        self,
        plane: Plane,
        folder: Path,
        spools: Path,
        address_of: Callable[[str, str], Address | None],
    ) -> None:
        self._plane = plane
        self._folder = folder
        self._spools = spools
        self._address_of = address_of
        self._tasks: dict[Key, asyncio.Task[None]] = {}
        self._attached: dict[Key, str] = {}  # to which worker process
        self._looking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        plane.on_tap_lost, plane.on_room = self._lost, self._changed.set

    def start(self) -> None:
        self._looking = asyncio.create_task(self._look(), name="taps")

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        if self._looking is not None:
            tasks.append(self._looking)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def finished(self, log_name: str, recording: str) -> bool:
        """No recorder writes this one any more, and none will: asked before its file is made."""
        room_of = {participant: room for room, participant in self._wanted()}
        if f"{RECORDER}{recording}" in room_of:
            return False
        waiting = [t for (room, p), t in self._tasks.items() if p == f"{RECORDER}{recording}"]
        return not waiting and not _listens(self._path_of(log_name, f"{RECORDER}{recording}"))

    # ── what is wanted ────────────────────────────────────────────────────────────────────────────

    def _wanted(self) -> Iterator[Key]:
        local = {worker.address for worker in self._plane.workers if worker.process is not None}
        for name, carried in self._plane.rooms.items():
            if carried.worker and carried.worker not in local:
                continue  # "" is between two workers
            for participant in carried.room.people:
                if participant.startswith(CAMERA):
                    yield name, participant
            if carried.room.recording:
                yield name, f"{RECORDER}{carried.room.recording}"

    async def _look(self) -> None:
        try:
            prepare(self._folder)
        except OSError as trouble:
            log.error("no cameras, no recordings: %s", trouble)
            return
        while True:
            wanted = set(self._wanted())
            for key in [key for key in self._tasks if key not in wanted]:
                self._tasks[key].cancel()
            for key in [key for key, task in self._tasks.items() if task.done()]:
                del self._tasks[key]
                self._attached.pop(key, None)
            for key in wanted - self._tasks.keys():
                self._tasks[key] = asyncio.create_task(self._keep(key), name=f"tap {key}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), LOOK)
            self._changed.clear()

    def _lost(self, room: str, participant: str) -> None:
        self._attached.pop((room, participant), None)

    # ── one of them ───────────────────────────────────────────────────────────────────────────────

    async def _keep(self, key: Key) -> None:
        room, participant = key
        path = self._path_of(room.partition("/")[0], participant, room)
        with contextlib.ExitStack() as held:
            while not locked(held, path.with_suffix(".lock")):  # noqa: ASYNC110 - another process has it
                await asyncio.sleep(1)
            while True:
                try:
                    if participant.startswith(CAMERA):
                        await self._camera(key, path)
                    else:
                        await self._recorder(key, path)
                except OSError as trouble:
                    log.warning("tap %s: %s", participant, trouble)
                self._attached.pop(key, None)
                await asyncio.sleep(PAUSE)

    async def _camera(self, key: Key, path: Path) -> None:
        room, participant = key
        found = self._address_of(room.partition("/")[0], participant.removeprefix(CAMERA))
        if found is None:
            return
        process = await asyncio.create_subprocess_exec(
            *CAMERA_COMMAND,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        assert process.stdin is not None
        try:
            job = {"kind": found.kind, "address": found.address, "listen": str(path)}
            process.stdin.write(msgspec.json.encode(job) + b"\n")
            attaching = asyncio.create_task(self._attach(key, path))
            try:
                await self._relay(key, process)
            finally:
                attaching.cancel()
        finally:
            with contextlib.suppress(OSError):
                process.stdin.close()
            await _ended(process)

    async def _relay(self, key: Key, process: asyncio.subprocess.Process) -> None:
        """What the camera says of itself, to whoever looks at it; until it ends."""
        assert process.stdout is not None
        async for line in process.stdout:
            try:
                status = msgspec.json.decode(line, type=_Status)
            except msgspec.DecodeError:
                continue
            told = c.Playing(room=key[0], participant=key[1], state=status.state, why=status.why)
            self._plane.say(told)

    async def _recorder(self, key: Key, path: Path) -> None:
        """Its own, or the one a node before this has left behind."""
        room, participant = key
        log_name = room.partition("/")[0]
        into = self._spools / log_name / participant.removeprefix(RECORDER)
        process: asyncio.subprocess.Process | None = None
        if not _listens(path):
            into.mkdir(parents=True, exist_ok=True)
            with (into / "recorder.log").open("ab") as output:
                process = await asyncio.create_subprocess_exec(
                    *RECORDER_COMMAND,
                    "--into",
                    str(into),
                    "--listen",
                    str(path),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
        attaching = asyncio.create_task(self._attach(key, path))
        try:
            while process.returncode is None if process is not None else _listens(path):  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
        except asyncio.CancelledError:
            if key not in set(self._wanted()):  # it is over; else only this node is
                _say_end(path)
                if process is not None:
                    await _ended(process)
            raise
        finally:
            attaching.cancel()

    async def _attach(self, key: Key, path: Path) -> None:
        """Whenever the room's worker does not have this tap, for ever."""
        room, participant = key
        while True:
            await asyncio.sleep(LOOK / 4)
            carried = self._plane.rooms.get(room)
            worker = self._plane.worker_of(carried) if carried is not None and carried.sent else ""
            if not worker or self._attached.get(key) == worker or not _listens(path):
                continue
            answered: asyncio.Future[c.Reply | None] = asyncio.get_running_loop().create_future()
            asked = self._plane.ask(
                room, c.Attach(id=0, room=room, participant=participant, path=str(path)), answered.set_result
            )
            if asked and isinstance(await answered, c.Attached):
                self._attached[key] = worker
            else:
                await asyncio.sleep(1)

    def _path_of(self, log_name: str, participant: str, room: str = "") -> Path:
        """A camera has one in each room; a recording is in one room only."""
        place = log_name if participant.startswith(RECORDER) else room
        digest = sha256(f"{place}\0{participant}".encode()).hexdigest()
        return self._folder / f"t{digest[:10]}"  # see LONGEST_NAME


def _listens(path: Path) -> bool:
    """Whether a process is behind a datagram socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
        return True


def _say_end(path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender, contextlib.suppress(OSError):
        sender.settimeout(1.0)
        sender.sendto(datagram(END), str(path))


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for a process that was told to end; it is ended when it does not."""
    try:
        async with asyncio.timeout(END_WITHIN):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
