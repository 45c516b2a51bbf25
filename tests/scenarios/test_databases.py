"""The database stalls, is killed, fills its disk (faults 14, 15): no false yes, nothing lost."""

import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartPingji
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, issue, opened, tracebacks, truth
from tests.servers.pingji import Pingji
from tests.servers.postgres import Postgres
from tests.servers.process import descendants


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
