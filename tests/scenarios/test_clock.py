"""A node whose clock is ten minutes ahead (fault 17): deadlines are the database's, on a whole process."""

import asyncio
import urllib.request
from email.utils import parsedate_to_datetime
from pathlib import Path

from server.domain.command import DeliveryEscalated, DeliveryReminded
from server.world.registry import decode_events
from tests.conftest import StartPingji
from tests.scenarios.conftest import Enter
from tests.scenarios.district import VILLAGE, issue, tracebacks, truth
from tests.servers.pingji import ROOT, Pingji

AHEAD = 600
# Read by Python at its start: every clock of the process that tells the time of day is moved.
MOVED = f"""
import time
_time, _time_ns = time.time, time.time_ns
time.time = lambda: _time() + {AHEAD}
time.time_ns = lambda: _time_ns() + {AHEAD} * 10**9
"""


def told(node: Pingji) -> float:
    """The time of day as the node tells it."""
    with urllib.request.urlopen(f"{node.base_url}/healthz", timeout=10) as answer:
        return parsedate_to_datetime(answer.headers["Date"]).timestamp()


async def test_a_node_ten_minutes_ahead_reminds_and_escalates_by_the_database(
    start_pingji: StartPingji, district_url: str, enter: Enter, tmp_path: Path
) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(MOVED)
    ahead = {"PYTHONPATH": f"{tmp_path / 'clock'}:{ROOT}"}
    quick = ("--poll", "0.3")
    moved = start_pingji(join=True, url=district_url, arguments=quick, environment=ahead)
    right = start_pingji(join=True, url=district_url, arguments=quick)
    assert (
        AHEAD - 30 < await asyncio.to_thread(told, moved) - await asyncio.to_thread(told, right) < AHEAD + 30
    )
    commander = await enter(moved, "commander")
    seq = await commander.act(issue([VILLAGE], clocks={"acknowledge": 10, "escalate": 10}))
    await commander.until(lambda: len(commander.seqs) >= 3)  # issued, reminded, told to the town
    entries = (await truth(right)).entries
    issued = entries[seq - 1]
    rung = [(entry.at - issued.at, event) for entry in entries[seq:] for event in decode_events(entry.body)]
    assert [type(event) for _, event in rung] == [DeliveryReminded, DeliveryEscalated]
    for (late, _), due in zip(rung, (10_000, 20_000), strict=True):
        assert due <= late < due + 4_000
    for node in (moved, right):
        assert tracebacks(node) == []
