"""The read models, their cursors, and the law of paging: pages put together are the whole."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.store import Store
from server.store.timeline import CommandRow, TimelineRow


def row(
    seq: int, n: int = 0, text: str = "", topics: tuple[str, ...] = ("all",), **fields: str
) -> TimelineRow:
    return TimelineRow(seq, n, seq * 1000, "wang", "CommandIssued", text, topics=topics, **fields)


async def keep(store: Store, *rows: TimelineRow, log: str = "310116") -> None:
    await store.timeline.insert_many(log, "timeline", max(each.seq for each in rows), rows)


async def test_rows_come_back_newest_first_as_they_were(store: Store) -> None:
    rows = [
        row(1),
        row(2, unit="JS01", command="c1", activation="e1", text="转移群众"),
        row(2, 1, topics=()),
        row(3),
    ]
    await keep(store, *rows)
    assert await store.timeline.search("310116", None, 10) == rows[::-1]
    assert await store.timeline.search("310116", 3, 10) == rows[2::-1]
    assert await store.timeline.search("drill", None, 10) == []


async def test_repeated_work_changes_nothing_and_the_cursor_does_not_go_back(store: Store) -> None:
    await keep(store, row(1), row(2))
    await keep(store, row(1))
    assert len(await store.timeline.search("310116", None, 10)) == 2
    assert await store.cursors.get("310116", "timeline") == 2
    assert await store.cursors.get("310116", "exports") == 0
    await store.cursors.advance("310116", "exports", 7)
    assert await store.cursors.of_log("310116") == {"timeline": 2, "exports": 7}


async def test_rows_are_found_by_what_they_are_about(store: Store) -> None:
    await keep(
        store, row(1, unit="JS01"), row(2, command="c1"), row(3, activation="e1"), row(4, unit="JS010")
    )
    assert [r.seq for r in await store.timeline.search("310116", None, 10, unit="JS01")] == [1]
    assert [r.seq for r in await store.timeline.search("310116", None, 10, command="c1")] == [2]
    assert [r.seq for r in await store.timeline.search("310116", None, 10, activation="e1")] == [3]


@pytest.mark.parametrize(
    ("text", "found"),
    [("转移", [1]), ("100%", [2]), ("_", [3]), ("PUMP", [4]), ("\\", [5]), ("", [5, 4, 3, 2, 1])],
)
async def test_text_is_searched_literally(store: Store, text: str, found: list[int]) -> None:
    texts = ("立即转移群众", "已完成100%", "a_b", "Pump 3", "c:\\x")
    await keep(store, *(row(seq, text=each) for seq, each in enumerate(texts, 1)))
    assert [r.seq for r in await store.timeline.search("310116", None, 10, text=text)] == found


async def test_nobody_finds_what_is_not_for_him(store: Store) -> None:
    await keep(
        store, row(1), row(2, topics=("u:JS01", "u:JS")), row(3, topics=("u:JS010",)), row(4, topics=())
    )
    for topics, seen in (
        ({"all"}, [1]),
        ({"all", "u:JS01"}, [2, 1]),
        ({"u:JS", "u:JS010"}, [3, 2]),
        ({"u:%"}, []),
        (set(), []),
        (None, [4, 3, 2, 1]),
    ):
        assert [r.seq for r in await store.timeline.search("310116", None, 10, topics=topics)] == seen


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=12), limit=st.integers(1, 5))
async def test_pages_put_together_are_the_whole(store: Store, sizes: list[int], limit: int) -> None:
    log = f"log-{sizes}-{limit}"[:64]
    rows = [row(seq, n, unit="JS01") for seq, size in enumerate(sizes, 1) for n in range(size)]
    await keep(store, *rows, log=log)
    found: list[TimelineRow] = []
    before = None
    while page := await store.timeline.search(log, before, limit, unit="JS01"):
        assert len(page) < limit + max(sizes)
        found += page
        before = page[-1].seq
    assert found == rows[::-1]


async def test_the_history_of_commands_is_updated_and_paged(store: Store) -> None:
    commands = [CommandRow(f"c{n}", f"指令{n}", "JS01", n // 2, None, "{}") for n in range(6)]
    await store.timeline.insert_many("310116", "timeline", 1, [], commands)
    closed = CommandRow("c5", "指令5", "JS01", 2, 9000, '{"done":3}')
    await store.timeline.upsert_command("310116", closed)
    await store.timeline.upsert_command("310116", CommandRow("c9", "", "JS02", 0, None, "{}"))
    first = await store.timeline.commands("310116", None, 4, unit="JS01")
    assert first == [closed, *commands[4:1:-1]]
    last = first[-1]
    assert (
        await store.timeline.commands("310116", (last.issued_at, last.command), 4, unit="JS01")
        == commands[1::-1]
    )


async def test_a_command_that_ended_stays_ended(store: Store) -> None:
    issued = CommandRow("c1", "转移", "JS01", 1, None, "{}")
    await store.timeline.insert_many("310116", "timeline", 1, [], [issued])
    await store.timeline.insert_many("310116", "timeline", 2, [], [], {"c1": 9000, "unknown": 1})
    await store.timeline.insert_many("310116", "timeline", 1, [], [issued])
    rows = await store.timeline.commands("310116", None, 10)
    assert [(row.command, row.closed_at) for row in rows] == [("c1", 9000)]
