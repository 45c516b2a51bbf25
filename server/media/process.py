"""A media worker as a process: started in a session of its own, so that it outlives its gateway.

Rules
- A place has a socket and a lock file. The worker holds the lock (an inherited descriptor) as long as it
  lives, whoever started it: several gateways may keep one folder, and never start two workers for a place.
- Who holds the lock may be ended by the id written in it: it is that process and no later one.
- What a worker prints goes to a file beside its socket; the file is begun anew when it has grown.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import gettempdir

import msgspec

from rooms.tap import worker_end
from server.media.locks import take

COMMAND = (sys.executable, "-m", "rooms.media")
PATH_AT_MOST = 107  # bytes of a socket's path, as the kernel takes it
LONGEST_NAME = worker_end("t0123456789")  # the worker's end of a tap
LOG_AT_MOST = 8 * 1024 * 1024


class Launch(msgspec.Struct, frozen=True):
    """How workers are started."""

    udp_host: str  # "::": IPv6 and IPv4
    port: int  # of the first; 0: each takes a free one
    announce: tuple[str, ...]  # with a port: the first worker's, as others reach it
    command: Sequence[str] = COMMAND

    def arguments(self, socket: Path, place: int) -> list[str]:
        port = self.port + place if self.port else 0
        host = f"[{self.udp_host}]" if ":" in self.udp_host else self.udp_host
        udp = f"{host}:{port}"
        announce = [_of_place(each, place) for each in self.announce]
        return [*self.command, "--socket", str(socket), "--udp", udp, "--announce", *announce]


def _of_place(address: str, place: int) -> str:
    """Ports count up with the workers, also where a router maps them. IPv6 has brackets when there is one."""
    host, colon, port = address.rpartition(":")
    return f"{host}:{int(port) + place}" if colon and (":" not in host or host.endswith("]")) else address


def folder_for(var: Path) -> Path:
    """Where the sockets are: `var`/media, or a short path when that is too long for a socket."""
    folder = (var / "media").resolve()
    if len(os.fsencode(folder / LONGEST_NAME)) > PATH_AT_MOST:
        folder = Path(gettempdir()) / f"pingji-{os.getuid()}-{sha256(os.fsencode(folder)).hexdigest()[:12]}"
    return folder


def prepare(folder: Path) -> None:
    """Raises PermissionError when somebody else has made it: a worker obeys whoever reaches its socket."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(1, "belongs to somebody else", str(folder))
    folder.chmod(0o700)


class Process:
    """The process of a place."""

    def __init__(self, folder: Path, place: int) -> None:
        self.socket = folder / f"w{place}.sock"
        self._lock = folder / f"w{place}.lock"
        self._log = folder / f"w{place}.log"
        self._place = place
        self._child: subprocess.Popen[bytes] | None = None

    def start(self, launch: Launch) -> bool:
        """False when one lives already, or is just being started by somebody else."""
        self.reap()
        lock = os.open(self._lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not take(lock):
                return False
            with suppress(FileNotFoundError):
                self.socket.unlink()
            if self._log.exists() and self._log.stat().st_size > LOG_AT_MOST:
                self._log.unlink()
            with self._log.open("ab") as output:
                self._child = subprocess.Popen(
                    launch.arguments(self.socket, self._place),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    pass_fds=(lock,),
                )
            os.ftruncate(lock, 0)
            os.pwrite(lock, str(self._child.pid).encode(), 0)
        finally:
            os.close(lock)
        return True

    def alive(self) -> bool:
        """Whether anybody holds the lock."""
        self.reap()
        return self._holding(lambda pid: None)

    def end(self, number: signal.Signals) -> None:
        """Signal whoever holds the lock; nobody: nothing."""

        def signalled(pid: int) -> None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
                os.kill(pid, number)

        self._holding(signalled)

    def reap(self) -> None:
        """Take note of a child that has ended."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None

    def last_words(self) -> str:
        try:
            return self._log.read_bytes()[-600:].decode(errors="replace").strip()
        except OSError:
            return ""

    def _holding(self, with_pid: Callable[[int], None]) -> bool:
        try:
            lock = os.open(self._lock, os.O_RDWR | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            if take(lock):
                return False
            written = os.pread(lock, 20, 0)
            if written.isdigit():
                with_pid(int(written))
            return True
        finally:
            os.close(lock)
