"""A node that kills itself at one moment: `python -m tests.scenarios.crashing_node MOMENT ACTION serve …`.

MOMENT is "before" or "after" the commit of the entry with the action id ACTION. The product knows nothing of
this: its journal is wrapped here, in the process that the test starts instead of the ordinary one.
"""

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from server.__main__ import main
from server.engine.entry import Entry
from server.store.journal import SqlTurn
from tests.servers.process import Process

ROOT = Path(__file__).resolve().parents[2]


def crash(moment: str, action_id: str) -> None:
    commit = SqlTurn.commit

    async def commit_or_die(self: SqlTurn, entries: Sequence[Entry]) -> None:
        fatal = any(entry.action_id == action_id for entry in entries)
        if fatal and moment == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        await commit(self, entries)
        if fatal:
            os.kill(os.getpid(), signal.SIGKILL)

    SqlTurn.commit = commit_or_die  # type: ignore[method-assign]


@contextmanager
def crashing_node(folder: Path, url: str, moment: str, action_id: str) -> Iterator[tuple[int, Process]]:
    """Its port and its process."""
    folder.mkdir()
    ready = folder / "ready.json"
    command = [sys.executable, "-m", "tests.scenarios.crashing_node", moment, action_id, "serve"]
    command += ["--port", "0", "--url", url, "--var", str(folder / "var"), "--ready-file", str(ready)]
    process = Process(command, folder / "log", directory=ROOT)
    try:
        process.await_ready(ready.exists)
        yield json.loads(ready.read_text())["port"], process
    finally:
        process.stop()


if __name__ == "__main__":
    _, at, action, *rest = sys.argv
    crash(at, action)
    sys.argv = ["pingji", *rest]
    main()
