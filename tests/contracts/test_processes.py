"""Several operating-system processes at one log, some of them killed."""

import itertools
from pathlib import Path

from server.store import Store
from tests.contracts.node import node


async def ids_of(url: str, folder: Path) -> list[str]:
    """The action ids in the log, once it was found whole."""
    store = await Store.open(url, folder)
    assert (await store.verify("310116")).whole
    entries = await store.journal("310116").read(0, 100_000)
    await store.close()
    return [entry.action_id for entry in entries]


async def test_processes_that_start_and_work_at_once_leave_no_gap_and_no_double(
    database_url: str, tmp_path: Path
) -> None:
    with (
        node(database_url, tmp_path, "310116", "east", 150) as east,
        node(database_url, tmp_path, "310116", "west", 150) as west,
    ):
        confirmed = " ".join(east.communicate(timeout=60)[0].splitlines()).split()
        confirmed += " ".join(west.communicate(timeout=60)[0].splitlines()).split()
        assert (east.returncode, west.returncode) == (0, 0)
    ids = await ids_of(database_url, tmp_path)
    assert len(ids) == len(set(ids))
    assert sorted(ids) == sorted(confirmed)


async def test_a_process_killed_among_its_commits_loses_nothing_it_confirmed(
    database_url: str, tmp_path: Path
) -> None:
    confirmed: list[str] = []
    with node(database_url, tmp_path, "310116", "stays", 120) as stays:
        for life in range(3):
            with node(database_url, tmp_path, "310116", f"killed-{life}", 100_000) as killed:
                assert killed.stdout is not None
                for line in itertools.islice(killed.stdout, 20):
                    confirmed += line.split()
                killed.kill()
                confirmed += killed.stdout.read().rpartition("\n")[0].split()
        confirmed += stays.communicate(timeout=60)[0].split()
        assert stays.returncode == 0
    ids = await ids_of(database_url, tmp_path)
    assert len(ids) == len(set(ids))
    assert set(confirmed) <= set(ids)
