"""A full disk and a power cut, on real files."""

import asyncio
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.engine.journal import JournalDown
from server.store import Store
from server.store.blobs import StorageFull
from tests.contracts.turns import append

ROOT = Path(__file__).parents[2]


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def test_a_full_disk_refuses_clearly_loses_nothing_and_recovers(tiny_disk: Path) -> None:
    store = await Store.open(f"sqlite:///{tiny_disk}/pingji.db", tiny_disk / "blobs")
    await store.create_log("310116", "district", "金山区")
    journal = store.journal("310116")
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(800_000))
    confirmed: list[str] = []

    async def fill() -> None:
        for turn in range(1000):
            entries = await append(journal, [f"{turn}-{n}" for n in range(20)], bytes(900))
            confirmed.extend(entry.action_id for entry in entries)

    with pytest.raises(JournalDown) as down:
        await fill()
    assert down.value.reason == "disk_full"
    with pytest.raises(JournalDown) as down:
        await append(journal, ["still full"], bytes(100_000))
    assert down.value.reason == "disk_full"
    assert [entry.action_id for entry in await journal.read(0, 10_000)] == confirmed
    ballast.unlink()
    confirmed += [entry.action_id for entry in await append(journal, ["after"], bytes(100_000))]
    assert [entry.action_id for entry in await journal.read(0, 10_000)] == confirmed
    assert (await store.verify("310116")).whole
    await store.close()


async def test_an_upload_to_a_full_disk_can_go_on_when_there_is_space(
    tiny_disk: Path, tmp_path: Path
) -> None:
    store = await Store.open(f"sqlite:///{tmp_path}/pingji.db", tiny_disk)
    upload = await store.uploads.create("310116", "wang", "a.jpg", 3_000_000, "image/jpeg", "ab" * 32, 1)
    assert await store.uploads.append(upload.id, 0, bytes(1_000_000)) == 1_000_000
    with pytest.raises(StorageFull):
        await store.uploads.append(upload.id, 1_000_000, bytes(2_000_000))
    assert (await store.uploads.find(upload.id)).offset == 1_000_000
    assert await store.uploads.append(upload.id, 1_000_000, bytes(10_000)) == 1_010_000
    await store.close()


def size(file: Path) -> int:
    return file.stat().st_size


async def commit_and_tell(url: str, wal: Path) -> None:
    """In a process of its own: after each commit, how far the log has come and how long the WAL file is."""
    store = await Store.open(url, wal.parent / "blobs")
    await store.create_log("310116", "district", "金山区")
    journal = store.journal("310116")
    for turn in range(30):
        await append(journal, [f"{turn}-{n}" for n in range(5)], os.urandom(2000))
        print((await journal.head()).seq, size(wal), flush=True)
    await append(journal, [f"unconfirmed-{n}" for n in range(50)], os.urandom(2000))
    print("unconfirmed", size(wal), flush=True)
    signal.pause()


def killed_among_commits(url: str, wal: Path) -> list[list[str]]:
    """What the process said before it was killed."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.test_sqlite_faults", url, str(wal)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline().split() for _ in range(31)]
        process.kill()
    return lines


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.999])
async def test_a_power_cut_that_tears_the_wal_keeps_every_confirmed_entry(
    tmp_path: Path, share: float
) -> None:
    url = f"sqlite:///{tmp_path}/pingji.db"
    wal = tmp_path / "pingji.db-wal"
    lines = killed_among_commits(url, wal)
    confirmed, synced = (int(word) for word in lines[-2])
    written = int(lines[-1][1])
    assert lines[-1][0] == "unconfirmed"
    assert written > synced
    os.truncate(wal, synced + int((written - synced) * share))
    (tmp_path / "pingji.db-shm").unlink(missing_ok=True)  # memory, gone with the power
    store = await Store.open(url, tmp_path / "blobs")
    assert (await store.journal("310116").head()).seq == confirmed
    await append(store.journal("310116"), ["after"])
    report = await store.verify("310116")
    assert (report.whole, report.entries) == (True, confirmed + 1)
    await store.close()


async def test_a_backup_put_in_place_is_a_log_cut_short(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/pingji.db"
    store = await Store.open(url, tmp_path / "blobs")
    await store.create_log("310116", "district", "金山区")
    await append(store.journal("310116"), ["a", "b"])
    with sqlite3.connect(tmp_path / "pingji.db") as source, sqlite3.connect(tmp_path / "backup.db") as copy:
        source.backup(copy)
    source.close()
    copy.close()
    old_epoch = (await append(store.journal("310116"), ["c"]), (await store.logs())[0].epoch)[1]
    await store.close()
    for name in ("pingji.db-wal", "pingji.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup.db", tmp_path / "pingji.db")
    store = await Store.open(url, tmp_path / "blobs")
    await store.new_epoch("310116")
    async with await store.journal("310116").open_turn(3, ["c"], 5) as turn:
        assert turn.head.seq == 2
        assert turn.head.epoch != old_epoch
        assert turn.known == {}
    await store.close()


if __name__ == "__main__":
    asyncio.run(commit_and_tell(sys.argv[1], Path(sys.argv[2])))
