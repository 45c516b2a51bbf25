"""Another database than a node or a client has seen: a backup was put back (fault 21)."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Engine
from tests.scenarios.client import Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, issue, opened, report, tracebacks, truth
from tests.servers.pingji import ROOT, Pingji
from tests.servers.process import Process


def pingji(*arguments: str) -> str:
    """The command line beside the server; what it printed."""
    command = [sys.executable, "-m", "server", *arguments]
    environment = Process.environment_with({})
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout


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


@pytest.mark.parametrize(("written_meanwhile", "restarted"), [(0, True), (1, False), (3, True)])
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
