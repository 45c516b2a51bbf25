"""A Redis server of the tests' own: in memory only, on a free port of loopback."""

import shutil
import socket
import tempfile
from pathlib import Path

from tests.servers.process import NotReady, Process, free_port

ATTEMPTS = 3


class Redis:
    """A server with `url`, `port`, `pid`. Use as a context manager."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pingji-redis-"))
        self._process: Process | None = None
        self.port = 0

    def __enter__(self) -> "Redis":
        try:
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
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        assert self._process is not None, "not started"
        return self._process.pid

    def start(self) -> None:
        """Start, or start again, empty, on the same port."""
        program = shutil.which("redis-server")
        if program is None:
            raise NotReady(
                "Redis is missing: sudo apt-get install redis-server, or run the tests by `make test`"
            )
        again = self.port != 0
        for attempt in range(ATTEMPTS):
            self.port = self.port if again else free_port()
            options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "appendonly": "no"}
            options |= {"dir": str(self._folder), "daemonize": "no"}
            arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
            self._process = Process([program, *arguments], self._folder / "log")
            try:
                self._process.await_ready(self._answers)
                return
            except NotReady:
                self._process.stop()
                if again or attempt == ATTEMPTS - 1:
                    raise  # otherwise somebody took the port meanwhile: try another

    def stop(self) -> None:
        if self._process is not None:
            self._process.stop()

    def kill9(self) -> None:
        assert self._process is not None, "not started"
        self._process.kill9()

    def pause(self) -> None:
        """Deaf, not dead: connections stay open and nothing is answered."""
        assert self._process is not None, "not started"
        self._process.pause()

    def resume(self) -> None:
        assert self._process is not None, "not started"
        self._process.resume()

    def flush(self) -> None:
        """Forget every key."""
        assert self.ask("FLUSHALL") == "+OK"

    def ask(self, command: str) -> str:
        """One inline command and the first line of its answer, as Redis writes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(4096).decode().splitlines()[0]

    def _answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False
