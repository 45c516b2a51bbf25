"""One server process of a test: started on loopback, watched until ready, stopped by its id.

Rules
- A server never outlives the tests. The kernel kills it when the test process dies, however that dies
  (`setpriv --pdeathsig`); the ordinary way is `stop()`, which fixtures call even when a test failed.
- A server has a session of its own: Ctrl-C in the terminal reaches pytest only, which then stops its servers
  in order.
- What a server prints goes to a file; when it does not come up, the end of that file is in the error.

The death signal is tied to the thread that starts the process: start servers from the main thread.
"""

import os
import pwd
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


class NotReady(Exception):
    """A server did not come up, or ended at once; the text carries the end of its log."""


class Process:
    """A running child process; `pid` is the server's own id, with no shell or wrapper in between."""

    def __init__(
        self,
        arguments: Sequence[str],
        log: Path,
        *,
        user: str | None = None,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        as_user = []
        if user is not None:
            group = str(pwd.getpwnam(user).pw_gid)
            as_user = [f"--reuid={user}", f"--regid={group}", "--init-groups"]
        self.log = log
        self.stop_signal = stop_signal
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *as_user, "--", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env=self.environment_with(environment or {}),
                start_new_session=True,
            )

    @staticmethod
    def environment_with(more: Mapping[str, str]) -> dict[str, str]:
        """The environment of a server: this one's, without settings of a district that is run by hand."""
        return {name: value for name, value in os.environ.items() if not name.startswith("PINGJI_")} | dict(
            more
        )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def await_ready(self, ready: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Return once `ready()`; raise NotReady when the process ends or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if not self.alive:
                raise NotReady(f"the process ended with {self._popen.returncode}\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise NotReady(f"not ready after {seconds} s\n{self.last_words()}")
            time.sleep(0.01)

    def wait(self, seconds: float) -> int:
        """Let it end by itself; its exit status. Raises subprocess.TimeoutExpired."""
        return self._popen.wait(seconds)

    def stop(self, seconds: float = STOP_SECONDS) -> int:
        """End it in order, or by force when it does not obey; its exit status. Again is harmless."""
        if self.alive:
            below = descendants(self.pid)
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)
                os.kill(self.pid, self.stop_signal)
            try:
                self._popen.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill9()
            for pid in below:  # workers it forgot
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        return self._popen.wait()

    def kill9(self) -> None:
        """The power cut, for it and all that it started: no handler runs, nothing is flushed."""
        if self.alive:
            self.pause()  # so that it starts no other while we count
            below = descendants(self.pid)
            for pid in (self.pid, *below):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._popen.wait()
            for pid in below:
                await_gone(pid)

    def crash(self) -> None:
        """It alone is killed; what it started goes on."""
        os.kill(self.pid, signal.SIGKILL)
        self._popen.wait()

    def pause(self) -> None:
        """Freeze it: its sockets stay open and answer nothing."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def last_words(self, lines: int = 40) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


def descendants(pid: int) -> list[int]:
    """The processes that this one started, and theirs (proc(5): task/children)."""
    children: list[int] = []
    for listing in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            children += [int(child) for child in listing.read_text().split()]
    return children + [below for child in children for below in descendants(child)]


def gone(pid: int) -> bool:
    """Whether it has ended; one that nobody waited for yet (a zombie) holds nothing any more."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def await_gone(pid: int, seconds: float = STOP_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not gone(pid):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {pid} is still there after {seconds} s")
        time.sleep(0.005)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def accepts(port: int) -> bool:
    """Whether somebody listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex(("127.0.0.1", port)) == 0
