"""A worker goes before what else runs on its machine, where it may."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rooms.media import precedence
from tests.media.conftest import MediaWorker

ROOT = Path(__file__).parents[2]
NOBODY = 65_534
TAKE = """
import sys
from rooms.media import precedence
{}
print(precedence.take(int(sys.argv[1])))
print(precedence.AUTOGROUP.read_text() if precedence.AUTOGROUP.exists() else "")
"""


def taken(nice: int, before: str = "pass", session: bool = True) -> tuple[int, str]:
    """What a process that wants this niceness has then, and its session."""
    done = subprocess.run(
        [sys.executable, "-c", TAKE.format(before), str(nice)],
        capture_output=True, text=True, cwd=ROOT, check=True, start_new_session=session,
    )  # fmt: skip
    first, _, rest = done.stdout.partition("\n")
    return int(first), rest.strip()


needs_leave = pytest.mark.skipif(os.geteuid() != 0, reason="niceness is raised by root here")


@needs_leave
def test_a_worker_goes_first_and_its_session_with_it() -> None:
    nice, session = taken(-7)
    assert nice == -7
    assert session in {"", session.partition(" ")[0] + " nice -7"}


@needs_leave
def test_whoever_shares_a_session_raises_itself_alone() -> None:
    nice, session = taken(-7, session=False)
    assert nice == -7
    assert not session.endswith("nice -7")


def test_who_may_not_goes_on_as_everybody_else() -> None:
    before = f"import os; os.geteuid() or os.setresuid({NOBODY}, {NOBODY}, {NOBODY})"
    assert taken(-7, before)[0] == os.getpriority(os.PRIO_PROCESS, 0)


def test_nothing_is_asked_for_when_told_so() -> None:
    assert taken(0)[0] == os.getpriority(os.PRIO_PROCESS, 0)


def test_a_single_core_is_the_servers_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0})
    assert precedence.wanted("") == 0
    assert precedence.wanted("-5") == -5
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {0, 1})
    assert precedence.wanted("") == precedence.USUAL
    assert precedence.wanted("-99") == -20


@needs_leave
def test_a_worker_goes_first_unless_told_otherwise(start_worker: Callable[..., MediaWorker]) -> None:
    worker = start_worker()
    assert os.getpriority(os.PRIO_PROCESS, worker.process.pid) == precedence.wanted("")
