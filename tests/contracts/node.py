"""A process of its own that takes turns at a log: `python -m tests.contracts.node URL FOLDER LOG NAME
TURNS`.

After every commit it prints the ids that are now confirmed. It opens the store itself, so several of them
also race for the migrations.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.store import Store
from tests.contracts.turns import append

ROOT = Path(__file__).parents[2]


async def take_turns(url: str, folder: str, log: str, name: str, turns: int) -> None:
    store = await Store.open(url, folder)
    await store.create_log(log, "district", "")
    journal = store.journal(log)
    for turn in range(turns):
        ids = [f"{name}-{turn}-{n}" for n in range(turn % 7 + 1)]
        await append(journal, ids, body=os.urandom(300), within=30)
        print(" ".join(ids), flush=True)
    await store.close()


@contextmanager
def node(url: str, folder: Path, log: str, name: str, turns: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contracts.node", url, str(folder), log, name, str(turns)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    _, url, folder, log, name, turns = sys.argv
    asyncio.run(take_turns(url, folder, log, name, int(turns)))
