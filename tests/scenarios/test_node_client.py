"""The ordinary npm client of Socket.IO, with a script written from the protocol's description alone."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.conftest import Enter
from tests.scenarios.district import LOG, PASSWORD, TEAM, VILLAGE, issue, on, tracebacks, truth
from tests.servers.pingji import Pingji

FOLDER = Path(__file__).parent / "node"
FIELD = TEAM.lower()
PATIENCE = 40.0


class NodeClient:
    """One process of node/client.js."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.seen: list[list[Any]] = []

    def do(self, *request: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(request).encode() + b"\n")

    async def next(self, what: str) -> list[Any]:
        """The next thing of this kind that it saw."""
        assert self.process.stdout is not None
        while True:
            line = await asyncio.wait_for(self.process.stdout.readline(), PATIENCE)
            assert line, self.seen
            said: list[Any] = json.loads(line)
            self.seen.append(said)
            if said[0] == what:
                return said


Run = Callable[..., Awaitable[NodeClient]]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The packages of package-lock.json."""
    if not (FOLDER / "node_modules" / "socket.io-client").exists():
        command = ["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(command, cwd=FOLDER, check=True, timeout=200)
    return FOLDER


@pytest.fixture
async def run(node_modules: Path) -> AsyncIterator[Run]:
    running: list[NodeClient] = []

    async def begin(node: Pingji, login: str, cursor: Path | str = "") -> NodeClient:
        command = ["node", "client.js", node.base_url, login, PASSWORD, f"node-{login}", str(cursor)]
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=node_modules, stdin=pipe, stdout=pipe)
        running.append(NodeClient(process))
        return running[-1]

    yield begin
    for client in running:
        with suppress(ProcessLookupError):
            client.process.kill()
        await client.process.communicate()


async def test_it_signs_in_issues_and_acknowledges(node: Pingji, run: Run) -> None:
    commander, team = await run(node, "commander"), await run(node, FIELD)
    assert (await team.next("welcome"))[1:] == [LOG, TEAM, False]
    assert (await team.next("reset"))[1:] == [1, []]
    await commander.next("reset")
    commander.do("act", "order-1", issue([TEAM]))
    assert (await commander.next("answer"))[2]["seq"] == 2
    assert (await team.next("entry"))[1:] == [2, ["CommandIssued", "DeliveryOpened"]]
    team.do("act", "ack-1", on("AcknowledgeCommand", "order-1", TEAM))
    assert (await team.next("answer"))[1] == "ack-1"
    commander.do("act", "order-1", issue([TEAM]))
    assert (await commander.next("answer"))[2]["seq"] == 2  # the first answer again
    team.do("act", "not-mine", issue([VILLAGE]))
    assert (await team.next("answer"))[2]["error"] == {
        "code": "not_allowed",
        "retry": False,
        "detail": {"post": "field"},
    }
    assert not [seen for seen in commander.seen + team.seen if seen[0] in ("double", "refused", "cut")]
    assert tracebacks(node) == []


async def test_it_resumes_with_its_cursor_after_it_was_killed(
    node: Pingji, run: Run, enter: Enter, tmp_path: Path
) -> None:
    commander = await enter(node, "commander")
    cursor = tmp_path / "cursor.json"
    team = await run(node, FIELD, cursor)
    await team.next("reset")
    await commander.act(issue([TEAM]), "one")
    await team.next("entry")
    team.do("die")
    await team.process.wait()
    await commander.act(issue([TEAM]), "two")
    await commander.act(issue([VILLAGE]), "not-for-it")
    await commander.act(issue([TEAM]), "three")
    again = await run(node, FIELD, cursor)
    assert (await again.next("welcome"))[3] is True
    seqs = [(await again.next("entry"))[1], (await again.next("entry"))[1]]
    assert (await again.next("head"))[1] == 5
    assert seqs == [3, 5]
    assert not [seen for seen in again.seen if seen[0] in ("reset", "double")]


async def test_it_rides_out_the_death_of_the_server_with_an_action_in_hand(node: Pingji, run: Run) -> None:
    commander, team = await run(node, "commander"), await run(node, FIELD)
    await commander.next("reset")
    await team.next("reset")
    node.kill9()
    await commander.next("disconnected")
    commander.do("act", "in-hand", issue([TEAM]))
    node.start()
    assert (await commander.next("answer"))[2]["seq"] == 2
    assert (await team.next("welcome"))[3] is True
    assert (await team.next("entry"))[1] == 2
    assert (await truth(node)).ids() == ["found", "in-hand"]
