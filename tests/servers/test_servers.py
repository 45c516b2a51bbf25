"""The servers of the tests come up, survive what tests do to them, and leave nothing behind."""

import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import psycopg
import pytest

from tests.servers.postgres import Postgres
from tests.servers.process import NotReady, Process, accepts, await_gone, gone
from tests.servers.redis import Redis

ROOT = Path(__file__).resolve().parents[2]


def sleeper(log: Path, program: str = "import signal; print('ready', flush=True); signal.pause()") -> Process:
    """A process that says it is ready and waits."""
    process = Process([sys.executable, "-c", program], log)
    process.await_ready(lambda: b"ready" in log.read_bytes())
    return process


def test_a_process_is_stopped_by_its_own_id(tmp_path: Path) -> None:
    process = sleeper(tmp_path / "log")
    assert Path(f"/proc/{process.pid}/cmdline").read_bytes().startswith(sys.executable.encode())
    assert process.stop() == -signal.SIGTERM
    assert not process.alive


def test_a_process_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    program = "import signal; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); signal.pause()"
    process = sleeper(tmp_path / "log", program)
    assert process.stop(seconds=0.1) == -signal.SIGKILL


def test_a_paused_process_can_be_stopped(tmp_path: Path) -> None:
    process = sleeper(tmp_path / "log")
    process.pause()
    assert process.stop() == -signal.SIGTERM


def test_a_killed_process_takes_along_what_it_started(tmp_path: Path) -> None:
    child = "import signal; signal.pause()"
    program = f"""
import signal, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {child!r}], start_new_session=True)
print("ready", child.pid, flush=True)
signal.pause()"""
    process = sleeper(tmp_path / "log", program)
    worker = int((tmp_path / "log").read_text().split()[1])
    process.kill9()
    assert gone(worker)


def test_a_process_that_ends_at_once_tells_why(tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", "raise SystemExit('no such district')"], tmp_path / "log")
    with pytest.raises(NotReady, match="no such district"):
        process.await_ready(lambda: False)


def test_a_server_dies_with_the_test_run_even_when_that_is_killed(tmp_path: Path) -> None:
    run = textwrap.dedent(f"""
        import pathlib, signal
        from tests.servers.test_servers import sleeper
        print(sleeper(pathlib.Path({str(tmp_path / "log")!r})).pid, flush=True)
        signal.pause()
    """)
    parent = subprocess.Popen([sys.executable, "-c", run], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        parent.kill()
    await_gone(server)
    assert gone(server)


def test_every_test_gets_a_database_of_its_own(postgres: Postgres, postgres_url: str) -> None:
    other = postgres.create()
    with psycopg.connect(postgres_url) as one, psycopg.connect(other) as two:
        one.execute("CREATE TABLE here (x int)")
        tables = two.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'here'").fetchone()
    postgres.drop(other)
    assert tables == (0,)


def test_a_commit_outlives_a_killed_database_server(own_postgres: Postgres) -> None:
    url = own_postgres.create()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (x int)")
        connection.execute("INSERT INTO kept VALUES (7)")
        connection.commit()
        own_postgres.kill9()
    own_postgres.start()
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT x FROM kept").fetchall() == [(7,)]


def test_redis_is_empty_for_every_test(redis_server: Redis, redis_url: str) -> None:
    assert redis_url == redis_server.url
    assert redis_server.ask("DBSIZE") == ":0"


def test_a_killed_redis_comes_back_on_its_port(own_redis: Redis) -> None:
    port = own_redis.port
    own_redis.kill9()
    assert not accepts(port)
    own_redis.start()
    assert own_redis.port == port
    assert own_redis.ask("PING") == "+PONG"
