"""Engines over a real SQLite file; the small district of tests/world is founded in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from server.domain.message import Action, Event
from server.engine.engine import Engine, Pace
from server.engine.entry import Entry
from server.engine.inbox import Answer
from server.engine.published import Published
from server.store import Store
from tests.engine.journals import FaultyJournal
from tests.world.builders import founding

LOG = "d"
QUICK = Pace(turn_timeout=2.0, poll=0.05)


class Told:
    """What an engine has told its listeners, in order."""

    def __init__(self, engine: Engine) -> None:
        self.seqs: list[int] = []
        self.events: list[Event] = []
        self.restored = 0
        self._more = asyncio.Event()
        engine.on_published = self._published
        engine.on_restored = self._restored

    def _published(self, published: Sequence[Published], events: Sequence[Event]) -> None:
        self.seqs += [entry.seq for entry in published]
        self.events += events
        self._more.set()

    def _restored(self) -> None:
        self.restored += 1
        self._more.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                self._more.clear()
                await self._more.wait()


class Running:
    """An engine, its journal to break, and what it told."""

    def __init__(self, engine: Engine, journal: FaultyJournal) -> None:
        self.engine = engine
        self.journal = journal
        self.told = Told(engine)

    async def answer(self, id: str, who: str | None, action: Action) -> Answer:
        """The answer, refusals included, however often it comes it is counted."""
        return (await self.answers([(id, who, action)]))[0]

    async def answers(self, asked: Sequence[tuple[str, str | None, Action]]) -> list[Answer]:
        """Asked in one go, so that they share a turn; every caller is answered exactly once."""
        given: dict[int, list[Answer]] = {n: [] for n in range(len(asked))}
        all_in = asyncio.Event()

        def keep(number: int, answer: Answer) -> None:
            given[number].append(answer)
            if all(given.values()):
                all_in.set()

        for number, (id, who, action) in enumerate(asked):
            self.engine.submit(id, who, action, lambda answer, number=number: keep(number, answer))  # type: ignore[misc]
        async with asyncio.timeout(20):
            await all_in.wait()
        assert [len(answers) for answers in given.values()] == [1] * len(asked)
        return [answers[0] for answers in given.values()]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The SQLite file."""
    return tmp_path / "pingji.db"


@pytest.fixture
async def store(database: Path) -> AsyncIterator[Store]:
    opened = await Store.open(f"sqlite:///{database}", database.parent / "blobs")
    await opened.create_log(LOG, "district", "Small district")
    yield opened
    await opened.close()


Begin = Callable[..., Awaitable[Running]]


@pytest.fixture
async def begin(store: Store) -> AsyncIterator[Begin]:
    """`await begin(pace)`: one more engine at the same log; the first one founds the district."""
    running: list[Running] = []

    async def start(pace: Pace = QUICK, at: Store = store) -> Running:
        journal = FaultyJournal(at.journal(LOG))
        engine = Engine(journal, pace)
        await engine.start()
        await engine.ask("found", None, founding())
        running.append(Running(engine, journal))
        return running[-1]

    yield start
    for one in running:
        one.journal.mend()
        one.journal.go.set()
        await one.engine.close()


@pytest.fixture
async def one(begin: Begin) -> Running:
    return await begin()


async def journal(store: Store) -> list[Entry]:
    """All of it."""
    lines = store.journal(LOG)
    return await lines.read(0, 100_000)
