"""A Redis server of the tests' own: in memory only, on a free port of loopback."""

import shutil
import socket

from tests.servers.process import NotReady
from tests.servers.server import Server


class Redis(Server):
    """A server with a `url`; started again it is empty."""

    name = "redis"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        program = shutil.which("redis-server")
        if program is None:
            raise NotReady(
                "Redis is missing: sudo apt-get install redis-server, or run the tests by `make test`"
            )
        options = {"bind": "127.0.0.1", "port": str(self.port), "save": "", "appendonly": "no"}
        options |= {"dir": str(self._folder), "daemonize": "no"}
        return [program, *(part for name, value in options.items() for part in (f"--{name}", value))]

    def flush(self) -> None:
        """Forget every key."""
        assert self.ask("FLUSHALL") == "+OK"

    def ask(self, command: str) -> str:
        """One inline command and the first line of its answer, as Redis writes it."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(f"{command}\r\n".encode())
            return connection.recv(4096).decode().splitlines()[0]

    def answers(self) -> bool:
        try:
            return self.ask("PING") == "+PONG"
        except OSError:
            return False
