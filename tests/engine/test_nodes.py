"""Several engines at one log, in one process and in several: they take turns, and are of one mind."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.engine.engine import Engine, Pace
from server.engine.inbox import Done
from server.store import Store
from tests.engine.conftest import Running, Told, journal
from tests.engine.journals import FaultyJournal
from tests.engine.node import AT_ONCE, LOG, node
from tests.engine.test_trouble import DAMAGE
from tests.world.builders import canonical, founding

ACTIONS = 105


@pytest.fixture
async def database_url(postgres_url: str) -> str:
    return postgres_url.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture
async def stores(database_url: str, tmp_path: Path) -> AsyncIterator[list[Store]]:
    """Two nodes' stores at one PostgreSQL database."""
    opened = [await Store.open(database_url, tmp_path / "blobs") for _ in range(2)]
    await opened[0].create_log(LOG, "district", "")
    yield opened
    for store in opened:
        await store.close()


async def test_two_engines_under_load_leave_one_dense_log_and_one_world(stores: list[Store]) -> None:
    nodes: list[Running] = []
    for store in stores:
        lines = FaultyJournal(store.journal(LOG))
        engine = Engine(lines, Pace(poll=0.05, turn_timeout=10))
        await engine.start()
        await engine.ask("found", None, founding())
        nodes.append(Running(engine, lines))
    rounds = [
        [(f"{n}-{turn}-{k}", "east.desk", DAMAGE) for k in range(n * 5 + 3)]
        for turn in range(30)
        for n in range(2)
    ]
    answered = await asyncio.gather(*(nodes[n].answers([*asked]) for n in range(2) for asked in rounds[n::2]))
    seqs = sorted(answer.seq for answers in answered for answer in answers if isinstance(answer, Done))
    assert seqs == list(range(2, len(seqs) + 2))
    for one in nodes:
        await one.told.until(lambda one=one: one.told.seqs[-1] == seqs[-1])  # type: ignore[misc]
    first, second = nodes
    common = max(first.told.seqs[0], second.told.seqs[0])
    assert first.told.seqs[-seqs[-1] + common - 1 :] == second.told.seqs[-seqs[-1] + common - 1 :]
    assert first.told.seqs == sorted(set(first.told.seqs))
    assert canonical(first.engine.world.state) == canonical(second.engine.world.state)
    for one in nodes:
        await one.engine.close()
    assert (await stores[0].verify(LOG)).whole


async def test_one_id_asked_at_two_nodes_at_once_is_done_once(stores: list[Store]) -> None:
    engines = [Engine(store.journal(LOG), Pace(poll=0.05, turn_timeout=10)) for store in stores]
    for engine in engines:
        await engine.start()
        await engine.ask("found", None, founding())
    told = [Told(engine) for engine in engines]
    for n in range(20):
        first, second = await asyncio.gather(*(e.ask(f"a{n}", "east.desk", DAMAGE) for e in engines))
        assert first == second
    assert len(await journal(stores[0])) == 21
    await told[0].until(lambda: told[0].seqs == list(range(2, 22)))
    for engine in engines:
        await engine.close()


def test_two_processes_take_turns_without_gap_or_double_and_end_with_one_world(
    database_url: str, tmp_path: Path
) -> None:
    with (
        node(database_url, tmp_path, "amy", ACTIONS) as amy,
        node(database_url, tmp_path, "bob", ACTIONS) as bob,
    ):
        seqs = [seq for process in (amy, bob) for seq in answers(process)]
        assert sorted(seqs) == list(range(2, 2 * ACTIONS + 2))
        worlds = {say(process) for process in (amy, bob)}
    assert len(worlds) == 1
    assert f"world {2 * ACTIONS + 1} " in worlds.pop()


@pytest.mark.parametrize("seed", [1])
async def test_a_killed_process_keeps_nobody_from_the_log_and_its_confirmed_entries_stay(
    database_url: str, tmp_path: Path, stores: list[Store], seed: int
) -> None:
    confirmed: list[str] = []
    with node(database_url, tmp_path, "amy", 100 * ACTIONS) as amy:
        assert amy.stdout is not None
        for _ in range(60 * seed):
            confirmed.append((await asyncio.to_thread(amy.stdout.readline)).split()[0])
        amy.kill()
        confirmed += [line.split()[0] for line in amy.stdout if len(line.split()) == 2]
    engine = Engine(stores[0].journal(LOG), Pace(turn_timeout=20))
    await engine.start()
    await engine.ask("after", "east.desk", DAMAGE)
    ids = [entry.action_id for entry in await journal(stores[0])]
    assert set(confirmed) <= set(ids)
    assert len(ids) == len(set(ids))
    await engine.close()
    assert (await stores[0].verify(LOG)).whole


def answers(process: subprocess.Popen[str]) -> list[int]:
    assert process.stdout is not None
    found = []
    while (line := process.stdout.readline().strip()) != "done":
        found.append(int(line.split()[1]))
    assert len(found) == ACTIONS // AT_ONCE * AT_ONCE
    return found


def say(process: subprocess.Popen[str]) -> str:
    """The digest of its world."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()
