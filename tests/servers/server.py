"""What the tests' PostgreSQL and Redis share: a folder that goes with them, a free port to start again on."""

import shutil
import tempfile
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Self

from tests.servers.process import NotReady, Process, free_port

ATTEMPTS = 3


class Server:
    """A server on loopback with `port` and `pid`. A context manager; a subclass says what it runs."""

    name = "server"
    stop_signal: Signals = SIGTERM

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix=f"pingji-{self.name}-"))
        self._process: Process | None = None
        self._user: str | None = None
        self.port = 0

    def command(self) -> list[str]:
        """What to run, for `self.port`. Raises NotReady when it is not installed."""
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def prepare(self) -> None:
        """Before the first start."""

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def pid(self) -> int:
        return self._running.pid

    def start(self) -> None:
        """Start, or start again on the same port and what is left of the data."""
        again = self.port != 0
        for attempt in range(ATTEMPTS):
            self.port = self.port if again else free_port()
            self._process = Process(
                self.command(),
                self._folder / "log",
                user=self._user,
                directory=self._folder,
                stop_signal=self.stop_signal,
            )
            try:
                self._process.await_ready(self.answers)
                return
            except NotReady:
                self._process.stop()
                if again or attempt == ATTEMPTS - 1:
                    raise  # otherwise somebody took the port meanwhile: try another

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill9(self) -> None:
        """Kill it and all that it started."""
        self._running.kill9()

    def pause(self) -> None:
        """Deaf, not dead: connections stay open; the process itself answers nothing."""
        self._running.pause()

    def resume(self) -> None:
        self._running.resume()

    @property
    def _running(self) -> Process:
        assert self._process is not None, "not started"
        return self._process
