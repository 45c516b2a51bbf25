"""A journal that was tampered with is found out, at the right line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from server.engine.entry import GENESIS, Entry, chained
from server.engine.journal import Head
from server.store import Store
from server.store.database import Database
from server.store.verify import Broken, first_broken
from tests.contracts.turns import append, following


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("UPDATE journal SET actor = 'li' WHERE seq = 42", Broken(42, "hash")),
        ("UPDATE journal SET body = hash WHERE seq = 42", Broken(42, "hash")),
        ("UPDATE journal SET at = at - 1 WHERE seq = 42", Broken(42, "clock")),
        ("UPDATE journal SET at = at + 1 WHERE seq = 100", Broken(100, "hash")),
        ("DELETE FROM journal WHERE seq = 42", Broken(42, "gap")),
        ("DELETE FROM journal WHERE seq >= 98", Broken(98, "gap")),
        ("UPDATE heads SET hash = audiences FROM (SELECT audiences FROM journal) AS j", Broken(100, "head")),
        ("UPDATE heads SET seq = 99", Broken(99, "head")),
    ],
)
async def test_the_first_broken_line_is_named(
    store: Store, database_url: str, damage: str, broken: Broken
) -> None:
    await append(store.journal("310116"), [f"a{n}" for n in range(100)])
    assert (await store.verify("310116")).entries == 100
    engine = Database.of(database_url).engine
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(text(damage))
    engine.dispose()
    report = await store.verify("310116")
    assert report.broken == broken
    assert not report.whole


async def test_an_empty_log_is_whole(store: Store) -> None:
    report = await store.verify("310116")
    assert (report.whole, report.entries) == (True, 0)


ENTRIES = st.builds(
    Entry,
    seq=st.integers(1, 2**53),
    at=st.integers(0, 2**53),
    action_id=st.text(max_size=8),
    actor=st.text(max_size=8),
    body=st.binary(max_size=8),
    audiences=st.binary(max_size=8),
    hash=st.just(GENESIS),
)


@given(one=ENTRIES, other=ENTRIES)
def test_different_entries_have_different_hashes(one: Entry, other: Entry) -> None:
    def digest(e: Entry) -> bytes:
        return chained(GENESIS, e.seq, e.at, e.action_id, e.actor, e.body, e.audiences)

    assert (digest(one) == digest(other)) == (one == other)


@given(size=st.integers(1, 20), cut=st.integers(1, 19))
def test_a_line_taken_out_of_the_middle_is_missed(size: int, cut: int) -> None:
    entries = following(Head("e", 0, GENESIS, 0), 1000, [f"a{n}" for n in range(size + cut)])
    assert first_broken(None, entries) is None
    left = entries[: cut - 1] + entries[cut:]
    assert first_broken(None, left) == (Broken(cut, "gap") if cut < len(entries) else None)
