"""A PostgreSQL server of the tests' own, with a fresh database for each test.

The cluster lives in a temporary folder and goes with it. `fsync` is off: it protects against a machine that
loses power, not against a process that is killed, and the tests only kill processes. `synchronous_commit`
stays on, as in a district. Run by root, the server runs as the user `postgres`: it refuses to be root.
"""

import getpass
import os
import shutil
import subprocess
from pathlib import Path
from signal import SIGINT
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.servers.process import NotReady
from tests.servers.server import Server

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "256MB",
    "log_min_messages": "warning",
}


class Postgres(Server):
    """A server with as many databases as asked for. `pause` freezes the process that accepts connections."""

    name = "postgres"
    stop_signal = SIGINT  # "fast": ends sessions, does not wait for them

    def __init__(self) -> None:
        self._programs = programs()
        super().__init__()
        self._user = "postgres" if os.geteuid() == 0 else None
        self._owner = self._user or getpass.getuser()

    def command(self) -> list[str]:
        settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
        data = str(self._folder / "data")
        return [str(self._programs / "postgres"), "-D", data, "-p", str(self.port), *settings]

    def create(self) -> str:
        """A new empty database; its URL."""
        name = f"t{uuid4().hex[:12]}"
        self.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 STRATEGY wal_log").format(sql.Identifier(name))
        )
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        name = url.rsplit("/", 1)[1]
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://{self._owner}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url(), autocommit=True, connect_timeout=10) as connection:
            connection.execute(statement)

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def prepare(self) -> None:
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        command = [str(self._programs / "initdb"), "-D", str(self._folder / "data"), "-U", self._owner]
        command += ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        if self._user is not None:
            command = ["runuser", "-u", self._user, "--", *command]
        made = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=self._folder, stdin=subprocess.DEVNULL
        )
        if made.returncode != 0:
            raise NotReady(f"initdb failed\n{made.stdout}{made.stderr}")


def programs() -> Path:
    """The folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not found:
        raise NotReady(
            "PostgreSQL is missing: sudo apt-get install postgresql, or run the tests by `make test`"
        )
    return found[-1].parent
