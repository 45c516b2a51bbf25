"""The database stalls, fills its disk, is another one (faults 14, 15, 21): no false yes, nothing lost."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Engine
from tests.conftest import StartPingji
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, issue, opened, report, tracebacks, truth
from tests.servers.pingji import ROOT, Pingji
from tests.servers.postgres import Postgres
from tests.servers.process import Process, descendants


def health(node: Pingji) -> tuple[dict[str, Any], float]:
    """What /healthz says, and how long that took."""
    began = time.monotonic()
    with urllib.request.urlopen(f"{node.base_url}/healthz", timeout=10) as answer:
        return json.loads(answer.read()), time.monotonic() - began


async def until_healthy(node: Pingji, ok: bool) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while (said := (await asyncio.to_thread(health, node))[0])["ok"] is not ok:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    return said


def pingji(*arguments: str) -> str:
    """The command line beside the server; what it printed."""
    command = [sys.executable, "-m", "server", *arguments]
    environment = Process.environment_with({})
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@contextmanager
def frozen(server: Postgres) -> Iterator[None]:
    """Every process of it, the sessions' too."""
    pids = [server.pid, *descendants(server.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def stall(
    own_postgres: Postgres, start_pingji: StartPingji, enter: Enter, seconds: float, patience: float
) -> None:
    arguments = ("--turn-timeout", str(patience), "--poll", "0.5")
    node = start_pingji(url=own_postgres.create(), arguments=arguments)
    commander, village = await enter(node, "commander", VILLAGE)
    assert await commander.act(issue([VILLAGE])) == 2
    slowest = 0.0
    with frozen(own_postgres):
        asked = time.monotonic()
        asking = asyncio.create_task(commander.try_act(issue([VILLAGE]), "in-the-stall"))
        while time.monotonic() - asked < seconds:
            said, took = await asyncio.to_thread(health, node)
            slowest = max(slowest, took)
            await asyncio.sleep(0.05)
        assert asking.done()
        answer = await asking
        assert answer["error"]["code"] == "journal_down"
        assert answer["error"]["retry"]
        assert answer["error"]["after"] > 0
        assert (said["ok"], list(said["journals_down"])) == (False, ["310116"])
        assert village.seqs == [2]
        assert (await commander.ask("preview", {"do": issue([VILLAGE])}))["events"]
    assert slowest < 0.5
    seq = await commander.act(issue([VILLAGE]), "in-the-stall")
    await village.reached(seq)
    assert (await truth(node)).ids().count("in-the-stall") == 1
    assert village.seqs == [2, 3]
    assert (await until_healthy(node, ok=True))["journals_down"] == {}
    assert tracebacks(node) == []


async def test_a_database_that_stalls_confirms_nothing_falsely_and_the_node_goes_on_answering(
    own_postgres: Postgres, start_pingji: StartPingji, enter: Enter
) -> None:
    await stall(own_postgres, start_pingji, enter, seconds=3.0, patience=1.0)


@pytest.mark.long
async def test_a_database_that_stalls_for_10_s_under_the_settings_of_a_district(
    own_postgres: Postgres, start_pingji: StartPingji, enter: Enter
) -> None:
    await stall(own_postgres, start_pingji, enter, seconds=11.5, patience=5.0)


async def test_a_database_that_is_killed_and_comes_back_needs_nobodys_help(
    own_postgres: Postgres, start_pingji: StartPingji, enter: Enter
) -> None:
    node = start_pingji(url=own_postgres.create(), arguments=("--turn-timeout", "1", "--poll", "0.3"))
    commander, village = await enter(node, "commander", VILLAGE)
    own_postgres.kill9()
    asking = asyncio.create_task(commander.act(issue([VILLAGE]), "while-away"))
    await until_healthy(node, ok=False)
    own_postgres.start()
    seq = await asking
    await village.reached(seq)
    assert (await truth(node)).ids() == ["found", "while-away"]
    assert tracebacks(node) == []


# ── 15: restored from a backup ────────────────────────────────────────────────────────────────────


async def test_a_database_restored_from_an_older_backup_makes_everybody_start_afresh(
    node: Pingji, enter: Enter
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    await commander.act(issue([VILLAGE]), "kept")
    node.stop()
    shutil.copy(node.var / "pingji.db", node.var / "backup.db")
    node.start()
    await commander.act(issue([VILLAGE], title="在备份之后"), "after-the-backup")
    await village.until(lambda: 3 in village.seqs)
    node.stop()
    for part in node.var.glob("pingji.db-*"):
        part.unlink()
    shutil.copy(node.var / "backup.db", node.var / "pingji.db")
    said = pingji("journal", "restored", "--var", str(node.var))
    assert "new epoch" in said
    node.start()
    await village.until(lambda: village.resets == 2)
    assert village.seq == 2
    assert list(village.view.commands) == ["kept"]
    # reconciled: what the client still has to ask is asked again and happens
    seq = await commander.act(issue([VILLAGE], title="在备份之后"), "after-the-backup")
    await village.reached(seq)
    assert set(village.view.commands) == {"kept", "after-the-backup"}
    found = await truth(node)
    assert found.ids() == ["found", "kept", "after-the-backup"]


def snapshot(node: Pingji) -> Path:
    """A backup as an operator takes it: SQLite's own, while the server runs."""
    backup = node.var / "backup.db"
    with closing(sqlite3.connect(node.var / "pingji.db")) as live, closing(sqlite3.connect(backup)) as copy:
        live.backup(copy)
    return backup


def put_back(node: Pingji, backup: Path) -> None:
    """Into the database as it lies there, whoever has it open."""
    with closing(sqlite3.connect(backup)) as copy, closing(sqlite3.connect(node.var / "pingji.db")) as live:
        copy.backup(live)


async def epoch(node: Pingji) -> str:
    async with opened(node) as store:
        return (await store.logs())[0].epoch


async def backed_up(node: Pingji, commander: Station, village: Station) -> Path:
    """One order before the backup, one after it, which both know of."""
    await commander.act(issue([VILLAGE]), "kept")
    backup = snapshot(node)
    await commander.act(issue([VILLAGE], title="在备份之后"), "after-the-backup")
    await village.until(lambda: 3 in village.seqs)
    return backup


async def test_a_backup_put_back_under_a_running_node_gets_a_new_epoch_by_itself(
    node: Pingji, enter: Enter
) -> None:
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    backup = await backed_up(node, commander, village)
    before = await epoch(node)
    put_back(node, backup)
    await village.until(lambda: village.resets == 2)
    await commander.until(lambda: commander.resets == 2)
    assert village.cuts[-1].code == "restored"
    assert (village.restored, village.seq, list(village.view.commands)) == (1, 2, ["kept"])
    assert await epoch(node) == village.cursor["epoch"] != before
    seq = await commander.act(issue([VILLAGE]), "goes-on")
    await village.reached(seq)
    assert tracebacks(node) == []


@pytest.mark.parametrize("written_meanwhile", [0, 3])
async def test_a_backup_put_back_under_a_stopped_node_gets_a_new_epoch_at_its_start(
    node: Pingji, enter: Enter, written_meanwhile: int
) -> None:
    """Nobody declares it; another process may even have written to it before this one starts."""
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    backup = await backed_up(node, commander, village)
    before = await epoch(node)
    node.stop()
    put_back(node, backup)
    await written(node, written_meanwhile)
    node.start()
    await village.until(lambda: village.resets == 2)
    assert (village.restored, village.seq) == (1, 2 + written_meanwhile)
    assert await epoch(node) == village.cursor["epoch"] != before
    assert "was restored from a backup" in node.log.read_text()
    node.restart()  # and then it is the history that this node knows
    await village.until(lambda: village.resumed == 1)
    assert village.resets == 2


async def written(node: Pingji, count: int) -> None:
    async with opened(node) as store:
        engine = Engine(store.journal("310116"))
        await engine.start()
        for n in range(count):
            report = ReportSituation(kind=SituationKind.DAMAGE, text=f"另一段历史 {n}")
            await engine.ask(f"other-{n}", VILLAGE, report)
        await engine.close()


@pytest.mark.parametrize("written_meanwhile", [0, 1, 3])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_client_that_knows_another_history_than_the_node_never_resumes(
    node: Pingji, enter: Enter, written_meanwhile: int, restarted: bool
) -> None:
    """The node has forgotten what it saw (a new machine); the cursor lies above, at or below the new head."""
    commander, village = await enter(node, "commander", VILLAGE, look=True)
    backup = await backed_up(node, commander, village)
    await village.close()
    node.stop()
    put_back(node, backup)
    shutil.rmtree(node.var / "seen")
    if restarted:  # what came after is read from the journal, else it is in the node's memory
        await written(node, written_meanwhile)
    node.start()
    if not restarted:
        writer = await enter(node, "admin", look=True)
        desk = await enter(node, VILLAGE)
        for n in range(written_meanwhile):
            await desk.act(report(n), f"other-{n}")
        assert writer.resets == 1
    back = Station((node.port,), village.token, village.device, look=True)
    back.cursor = village.cursor
    await back.open()
    assert (back.resumed, back.restored, back.resets) == (0, 1, 1)
    assert back.view is not None
    assert list(back.view.commands) == ["kept"]
    assert "was the database restored from a backup?" in node.log.read_text()
    await back.close()


# ── 21: disk full ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, 12 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(disk)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"mount is refused: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=False)


def fill(disk: Path) -> Path:
    """Until not a byte is left."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        size = 1024 * 1024
        while size >= 1:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 4
    return filler


async def test_a_full_disk_is_said_loses_nothing_and_is_forgotten_when_there_is_space(
    small_disk: Path, sample: Path, start_pingji: StartPingji, enter: Enter
) -> None:
    shutil.copytree(sample, small_disk / "node")
    node = start_pingji(folder=small_disk / "node", arguments=("--poll", "0.2"))
    commander, village = await enter(node, "commander", VILLAGE)
    confirmed = [await commander.act(issue([VILLAGE]), f"before-{n}") for n in range(5)]
    filler = fill(small_disk)
    refused = await until_refused(commander, confirmed)
    assert refused["code"] == "journal_down"
    assert refused["retry"]
    assert refused["after"] > 0
    assert (await until_healthy(node, ok=False))["journals_down"] == {"310116": "disk_full"}
    assert (await commander.ask("preview", {"do": issue([VILLAGE])}))["events"]  # reading goes on
    told = len(village.seqs)
    filler.unlink()
    seq = await commander.act(issue([VILLAGE]), "after")
    await village.reached(seq)
    found = await truth(node)
    assert set(confirmed) <= {entry.seq for entry in found.entries}
    assert village.seqs == found.visible(VILLAGE, after=1)
    assert len(village.seqs) > told
    assert len(found.ids()) == len(set(found.ids()))
    await until_healthy(node, ok=True)
    assert tracebacks(node) == []
    with closing(sqlite3.connect(node.var / "pingji.db")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    async with opened(node) as store:
        assert (await store.verify("310116")).whole


async def until_refused(commander: Station, confirmed: list[int]) -> dict[str, Any]:
    """The pages that SQLite has in hand may take some more."""
    for n in range(200):
        answer = await commander.try_act(issue(kinds=("town", "village")), f"full-{n}")
        if "error" in answer:
            error: dict[str, Any] = answer["error"]
            return error
        confirmed.append(answer["seq"])
        await asyncio.sleep(0.05)  # below the rate
    raise AssertionError("the disk never filled")
