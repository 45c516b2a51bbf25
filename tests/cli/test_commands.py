"""The command line as an operator meets it: what it says, and how it ends."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from server.cli import pingji as command_line
from server.engine.rebuild import encode_state
from server.world.state import State
from tests.scenarios.client import Station
from tests.scenarios.district import LOG, VILLAGE, issue, sessions
from tests.servers.pingji import ROOT, Pingji
from tests.servers.process import Process, free_port

DISTRICT = {
    "about": {"code": "999", "district": "测试区"},
    "units": [
        {"code": "999", "level": "district", "name": "测试区中心", "parent": None, "lon": 121.0, "lat": 31.0},
        {"code": "999001", "level": "town", "name": "一镇", "parent": "999"},
    ],
    "departments": [{"code": "W", "name": "水务局", "short": "水务"}],
}


class Ran(NamedTuple):
    """How a command ended and what it said."""

    status: int
    out: str
    err: str


def pingji(*arguments: str, environment: dict[str, str] | None = None) -> Ran:
    """As typed by an operator. All but `serve` run in a thread of this process: a new one costs a second."""
    if arguments[0] != "serve":
        with ThreadPoolExecutor(1) as thread:  # a loop may be running in ours
            return thread.submit(_here, arguments).result(120)
    done = subprocess.run(
        [sys.executable, "-m", "server", *arguments],
        cwd=ROOT,
        env=Process.environment_with(environment or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return Ran(done.returncode, done.stdout, done.stderr)


def _here(arguments: tuple[str, ...]) -> Ran:
    result = CliRunner().invoke(command_line, [*arguments], prog_name="pingji")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pingji]:
    """A running server that commands are given beside."""
    with Pingji(tmp_path_factory.mktemp("house") / "node", arguments=("--poll", "0.2")) as server:
        yield server


@pytest.fixture
def stopped(house: Pingji, tmp_path: Path) -> Path:
    """A copy of its data that nobody has open."""
    copy = tmp_path / "var"
    copy.mkdir()
    with (
        closing(sqlite3.connect(house.var / "pingji.db")) as source,
        closing(sqlite3.connect(copy / "pingji.db")) as target,
    ):
        source.backup(target)
    return copy


# ── init ──────────────────────────────────────────────────────────────────────────────────────────


def test_init_makes_a_district_once(tmp_path: Path) -> None:
    made = pingji("init", "--var", str(tmp_path / "var"))
    assert made.status == 0
    assert "上海市金山区 (310116): 287 units, 290 people" in made.out
    again = pingji("init", "--var", str(tmp_path / "var"))
    assert (again.status, again.out) == (0, "上海市金山区 (310116) is there already\n")


def test_an_init_that_was_interrupted_is_finished_by_the_next(tmp_path: Path) -> None:
    pingji("init", "--var", str(tmp_path / "var"))
    with closing(sqlite3.connect(tmp_path / "var" / "pingji.db")) as database, database:
        for statement in ("DELETE FROM journal", "DELETE FROM snapshots", "DELETE FROM credentials"):
            database.execute(statement)
        database.execute("UPDATE heads SET seq = 0, at = 0, hash = zeroblob(32)")
    again = pingji("init", "--var", str(tmp_path / "var"))
    assert (again.status, "287 units" in again.out) == (0, True)
    assert "1 entries, chain unbroken" in pingji("journal", "verify", "--var", str(tmp_path / "var")).out


def test_init_of_a_districts_own_file_prints_the_administrators_password_once(tmp_path: Path) -> None:
    file = tmp_path / "district.json"
    file.write_text(json.dumps(DISTRICT))
    made = pingji("init", "--var", str(tmp_path / "var"), "--district", str(file))
    assert made.status == 0
    assert "测试区 (999): 3 units, 1 people" in made.out
    password = made.out.split("password ")[1].split()[0]
    assert len(password) >= 12
    people = pingji("user", "list", "--var", str(tmp_path / "var"))
    assert people.out.split()[:1] == ["admin"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"about": {}, "units": [], "departments": []}', "\xff"])
def test_init_of_a_file_that_is_no_district_says_what_is_wrong(tmp_path: Path, content: str) -> None:
    file = tmp_path / "district.json"
    file.write_bytes(content.encode("latin-1"))
    refused = pingji("init", "--var", str(tmp_path / "var"), "--district", str(file))
    assert refused.status == 2
    assert f"{file} is not a district file" in refused.err


# ── serve ─────────────────────────────────────────────────────────────────────────────────────────


def test_serve_without_a_district_says_what_to_do(tmp_path: Path) -> None:
    refused = pingji("serve", "--var", str(tmp_path / "var"), "--port", "0")
    assert (refused.status, refused.err) == (3, "pingji: no district yet: run `pingji init` first\n")


def test_serve_on_a_taken_port_says_so(house: Pingji) -> None:
    refused = pingji("serve", "--var", str(house.var), "--port", str(house.port))
    assert refused.status == 3
    assert f"pingji: cannot listen on 127.0.0.1:{house.port}: Address already in use" in refused.err


@pytest.mark.parametrize("port", ["99999", "http"])
def test_serve_on_a_port_that_is_none_is_wrong_usage(tmp_path: Path, port: str) -> None:
    refused = pingji("serve", "--var", str(tmp_path), "--port", port)
    assert refused.status == 2
    assert "--port" in refused.err


def test_serve_on_an_address_that_is_not_ours_says_so(house: Pingji) -> None:
    refused = pingji("serve", "--var", str(house.var), "--host", "192.0.2.1", "--port", "0")
    assert (refused.status, "cannot listen on 192.0.2.1" in refused.err) == (3, True)


def test_a_log_level_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    refused = pingji("serve", "--var", str(tmp_path), "--log-level", "loud")
    assert (refused.status, "--log-level" in refused.err) == (2, True)


@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["init"], ["user", "list"], ["journal", "verify"]]
)
def test_a_database_that_is_not_there_is_told_in_a_sentence(tmp_path: Path, command: list[str]) -> None:
    url = f"postgresql+psycopg://nobody@127.0.0.1:{free_port()}/pingji"
    refused = pingji(*command, "--var", str(tmp_path), "--url", url)
    assert refused.status == 3
    assert refused.err.startswith("pingji: the database does not answer: ")


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "postgresql+nodriver://x/y"])
def test_an_url_that_is_no_database_is_wrong_usage(tmp_path: Path, url: str) -> None:
    refused = pingji("serve", "--port", "0", "--var", str(tmp_path), "--url", url)
    assert refused.status == 2
    assert url in refused.err


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("not a folder")
    refused = pingji("init", "--var", str(file / "var"))
    assert refused.status in (2, 3)
    assert str(file) in refused.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--rate", "0"),
        ("--poll", "-1"),
        ("--ping-interval", "0"),
        ("--turn-timeout", "0"),
        ("--session-days", "0"),
        ("--max-connections", "0"),
        ("--upload-limit", "-1"),
        ("--snapshot-every", "0"),
        ("--redis", "localhost"),
    ],
)
def test_what_no_server_can_run_with_is_wrong_usage(tmp_path: Path, option: str, value: str) -> None:
    refused = _here(("serve", "--var", str(tmp_path), "--port", "0", option, value))
    assert (refused.status, option in refused.err, value in refused.err) == (2, True, True)


def test_serve_takes_its_options_from_the_environment(tmp_path: Path) -> None:
    refused = pingji(
        "serve", environment={"PINGJI_SERVE_VAR": str(tmp_path / "there"), "PINGJI_SERVE_PORT": "0"}
    )
    assert refused.status == 3
    assert (tmp_path / "there").is_dir()


def test_a_server_that_is_asked_to_end_ends_in_order(tmp_path: Path) -> None:
    with Pingji(tmp_path / "node") as server:
        assert server.stop() == 0
    assert "Ctrl-C ends it" in server.log.read_text()
    assert not (tmp_path / "node" / "ready.json").exists()


# ── user ──────────────────────────────────────────────────────────────────────────────────────────


def test_people_are_listed_beside_a_running_server(house: Pingji) -> None:
    listed = pingji("user", "list", "--var", str(house.var), "--unit", LOG)
    assert listed.status == 0
    assert [line.split()[0] for line in listed.out.splitlines()] == [
        "commander",
        "commander2",
        "admin",
        "observer",
    ]


async def test_a_password_set_beside_a_running_server_ends_the_sessions(house: Pingji) -> None:
    (token,) = await sessions(house, [VILLAGE])
    station = await Station((house.port,), token).open()
    done = pingji("user", "password", VILLAGE, "--var", str(house.var), "--password", "a-given-one-1")
    assert done.status == 0
    assert done.out == f"password of {VILLAGE}: a-given-one-1 (to be changed at the next sign-in)\n"
    assert await station.ended(within=3.0) == "session_revoked"
    await station.close()


async def test_sessions_revoked_beside_a_running_server_are_cut(house: Pingji) -> None:
    (token,) = await sessions(house, ["observer"])
    station = await Station((house.port,), token).open()
    done = pingji("user", "revoke", "observer", "--var", str(house.var))
    assert (done.status, done.out) == (0, "all sessions of observer are over\n")
    assert await station.ended(within=3.0) == "session_revoked"
    await station.close()


def test_weak_passwords_and_unknown_people_are_refused_by_their_rules(house: Pingji) -> None:
    weak = pingji("user", "password", "commander", "--var", str(house.var), "--password", "short")
    assert weak.status == 4
    assert "at least 8 characters" in weak.err
    assert "(weak_password)" in weak.err
    for command in ("password", "revoke"):
        nobody = pingji("user", command, "nobody", "--var", str(house.var))
        assert (nobody.status, "unknown_account" in nobody.err) == (4, True)


def test_people_of_a_unit_that_is_not_there_are_refused(house: Pingji) -> None:
    nowhere = pingji("user", "list", "--var", str(house.var), "--unit", "999")
    assert (nowhere.status, nowhere.err) == (4, "pingji: refused: there is no unit 999 (unknown_unit)\n")


@pytest.mark.parametrize("command", [["user", "list"], ["user", "revoke", "x"], ["journal", "verify"]])
def test_a_mistyped_folder_is_named_and_not_made(tmp_path: Path, command: list[str]) -> None:
    mistyped = tmp_path / "vra"
    refused = pingji(*command, "--var", str(mistyped))
    assert (refused.status, f"no district in {mistyped} yet" in refused.err) == (3, True)
    assert not mistyped.exists()


# ── drill ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "server", ["nonsense", "http://", "ftp://here", "http://here:port", "http://here:99999"]
)
def test_a_drill_at_what_is_no_address_is_wrong_usage(server: str) -> None:
    refused = pingji("drill", "--server", server)
    assert (refused.status, server in refused.err) == (2, True)


def test_a_drill_where_nobody_answers_says_so() -> None:
    refused = pingji("drill", "--server", f"http://127.0.0.1:{free_port()}")
    assert (refused.status, "does not answer: " in refused.err) == (3, True)


@pytest.mark.parametrize("answer", [b"hello\n", b"HTTP/1.1 200 OK\r\n\r\n[]", b"HTTP/1.1 404 No\r\n\r\nnone"])
def test_a_drill_at_some_other_server_says_so(answer: bytes) -> None:
    class Other(BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with ThreadingTCPServer(("127.0.0.1", 0), Other) as other:
        serving = Thread(target=other.serve_forever)
        serving.start()
        try:
            refused = pingji("drill", "--server", f"http://127.0.0.1:{other.server_address[1]}")
        finally:
            other.shutdown()
            serving.join()
    assert (refused.status, "does not answer as Pingji does" in refused.err) == (3, True)


def test_a_drill_that_the_server_refuses_is_told_in_a_sentence(house: Pingji) -> None:
    for given, sentence in (
        (("--password", "wrong"), "login and password do not belong together (bad_login)"),
        (("--login", "d01"), "this post may not do that (not_allowed)"),
        (("--end", "no such drill"), "there is no such thing there (not_found)"),
    ):
        refused = pingji("drill", "--server", house.base_url, *given)
        assert (refused.status, refused.err) == (4, f"pingji: refused: {sentence}\n")


# ── journal ───────────────────────────────────────────────────────────────────────────────────────


async def test_a_whole_journal_is_said_to_be_whole_beside_a_running_server(house: Pingji) -> None:
    (token,) = await sessions(house, ["commander"])
    station = await Station((house.port,), token).open()
    for _ in range(5):
        await station.act(issue([VILLAGE]))
    await station.close()
    done = pingji("journal", "verify", "--var", str(house.var))
    assert done.status == 0
    assert done.out.startswith(f"{LOG}: ")
    assert "entries, chain unbroken" in done.out


@pytest.mark.parametrize(
    ("surgery", "seq"),
    [
        ("UPDATE journal SET body = flipped(body) WHERE seq = 3", 3),
        ("UPDATE journal SET actor = 'admin' WHERE seq = 4", 4),
        ("UPDATE journal SET audiences = x'90' WHERE seq = 2", 2),
        ("DELETE FROM journal WHERE seq = 3", 3),
        ("UPDATE journal SET at = at - 100000 WHERE seq = 5", 5),
        ("UPDATE heads SET hash = zeroblob(32)", None),
    ],
)
async def test_an_altered_journal_names_the_entry(
    house: Pingji, stopped: Path, surgery: str, seq: int | None
) -> None:
    with closing(sqlite3.connect(stopped / "pingji.db")) as database, database:
        database.create_function("flipped", 1, lambda body: body[:-1] + bytes([body[-1] ^ 1]))
        assert database.execute(surgery).rowcount == 1
        (last,) = database.execute("SELECT max(seq) FROM journal").fetchone()
    broken = pingji("journal", "verify", "--var", str(stopped))
    assert broken.status == 1
    assert broken.err.startswith(f"pingji: entry {seq or last} of {LOG} is broken: ")
    assert "Broken(" not in broken.err


def test_a_snapshot_that_replay_does_not_give_is_found(stopped: Path) -> None:
    with closing(sqlite3.connect(stopped / "pingji.db")) as database, database:
        seq, digest = database.execute("SELECT seq, hash FROM heads").fetchone()
        forged = encode_state(State(log=LOG, name="somebody else's", seq=seq))
        database.execute("DELETE FROM snapshots")
        database.execute(
            "INSERT INTO snapshots (log, seq, hash, body, made_at) VALUES (?, ?, ?, ?, 0)",
            (LOG, seq, digest, forged),
        )
    found = pingji("journal", "verify", "--var", str(stopped))
    assert (found.status, "does not give the snapshot" in found.err) == (1, True)


def test_the_export_is_one_json_line_per_entry(stopped: Path, tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    done = pingji("journal", "export", "--var", str(stopped), "--output", str(file))
    assert done.status == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    assert lines[0]["action"] == "found"
    assert lines[0]["events"][0][0] == "DistrictFounded"
    assert all(len(line["hash"]) == 64 for line in lines)
    rest = pingji("journal", "export", "--var", str(stopped), "--after", str(len(lines) - 1))
    assert [json.loads(line)["seq"] for line in rest.out.splitlines()] == [len(lines)]


def test_an_export_into_a_folder_that_is_not_there_says_so(stopped: Path, tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere" / "log.jsonl"
    refused = pingji("journal", "export", "--var", str(stopped), "--output", str(nowhere))
    assert (refused.status, refused.err) == (3, f"pingji: {nowhere}: No such file or directory\n")


def test_restored_gives_the_log_a_new_epoch(stopped: Path) -> None:
    epochs = {pingji("journal", "restored", "--var", str(stopped)).out for _ in range(2)}
    assert len(epochs) == 2
    assert all(epoch.startswith(f"{LOG} has the new epoch ") for epoch in epochs)


def test_a_log_that_is_not_there_is_wrong_usage(stopped: Path) -> None:
    for command in ("verify", "export", "restored"):
        refused = pingji("journal", command, "--var", str(stopped), "--log", "nope")
        assert (refused.status, f"there are: {LOG}" in refused.err) == (2, True)


def test_help_and_version_need_no_district() -> None:
    assert "serve" in pingji("--help").out
    assert pingji("--version").status == 0
    assert pingji("no-such-command").status == 2
