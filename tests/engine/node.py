"""A process of its own with an engine: `python -m tests.engine.node URL FOLDER NAME ACTIONS`.

It asks so many actions, a few at a time, printing the seq of each answer; then it waits until a line comes
in, catches up and prints the digest of its world.
"""

import asyncio
import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.domain.house import Lapse
from server.domain.refusal import Rejected
from server.domain.situation import ReportSituation, SituationKind
from server.engine.engine import Engine, Pace
from server.store import Store
from tests.world.builders import canonical, founding

ROOT = Path(__file__).parents[2]
LOG = "d"
AT_ONCE = 7


async def act(engine: Engine, id: str) -> None:
    while True:
        try:
            done = await engine.ask(
                id, "east.desk", ReportSituation(kind=SituationKind.DAMAGE, text=f"Tree {id}")
            )
        except Rejected as refusal:
            if not refusal.retry:
                raise
            await asyncio.sleep(0.01)
        else:
            print(id, done.seq, flush=True)
            return


async def run(url: str, folder: str, name: str, actions: int) -> None:
    store = await Store.open(url, folder)
    await store.create_log(LOG, "district", "")
    engine = Engine(store.journal(LOG), Pace(poll=0.1, turn_timeout=10))
    await engine.start()
    await engine.ask("found", None, founding())
    for first in range(0, actions, AT_ONCE):
        await asyncio.gather(*(act(engine, f"{name}-{first + n}") for n in range(AT_ONCE)))
    print("done", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    await engine.ask(f"{name}-last", None, Lapse())
    print("world", engine.seq, hashlib.sha256(canonical(engine.world.state)).hexdigest(), flush=True)
    await engine.close()
    await store.close()


@contextmanager
def node(url: str, folder: Path, name: str, actions: int) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.node", url, str(folder), name, str(actions)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    _, url, folder, name, actions = sys.argv
    asyncio.run(run(url, folder, name, int(actions)))
