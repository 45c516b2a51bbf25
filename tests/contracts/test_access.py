"""Passwords, sessions, failed logins and pairing codes."""

import asyncio
import itertools

import pytest

from server.store import Store
from server.store.throttle import FORGIVEN_MS, LOGIN_FREE_TRIES, address_key, login_key
from tests.contracts.conftest import OpenStore

DAY = 86_400_000


async def test_a_password_hash_belongs_to_one_account_of_one_log(store: Store) -> None:
    await store.credentials.set_hash("310116", "wang", "first")
    await store.credentials.set_hash("310116", "wang", "second")
    await store.credentials.set_hash("drill", "wang", "other")
    assert await store.credentials.hash_of("310116", "wang") == "second"
    assert await store.credentials.hash_of("310116", "li") is None
    await store.credentials.forget("310116", "wang")
    assert await store.credentials.hash_of("310116", "wang") is None
    assert await store.credentials.hash_of("drill", "wang") == "other"


async def test_many_accounts_get_their_first_password_at_once(store: Store) -> None:
    await store.credentials.set_hash("310116", "wang", "old")
    await store.credentials.set_many("310116", ["wang", "li"], "first")
    assert [await store.credentials.hash_of("310116", who) for who in ("wang", "li")] == ["first", "first"]


async def open_session(store: Store, token: bytes, account: str = "wang", at: int = 0) -> None:
    await store.sessions.create(token, "310116", account, "phone-1", "华为 Mate", at, at + DAY)


async def test_a_session_is_found_until_it_expires(store: Store) -> None:
    await open_session(store, b"t1")
    found = await store.sessions.find(b"t1", 5)
    assert found is not None
    assert (found.log, found.account, found.device, found.label) == ("310116", "wang", "phone-1", "华为 Mate")
    assert await store.sessions.find(b"t1", DAY) is None
    assert await store.sessions.find(b"t2", 5) is None


async def test_a_node_asks_about_all_its_connections_at_once(store: Store) -> None:
    for number in range(3):
        await open_session(store, b"t%d" % number, at=number)
    await store.sessions.revoke(b"t1")
    asked = [b"t%d" % number for number in range(1200)]
    assert await store.sessions.alive(asked, 5) == {b"t0", b"t2"}
    assert await store.sessions.alive(asked, DAY) == {b"t2"}
    assert await store.sessions.alive([], 5) == set()


async def test_the_tally_changes_with_every_session_that_begins_ends_or_lives_on(store: Store) -> None:
    tallies = [await store.sessions.tally()]
    for change in (
        lambda: open_session(store, b"t1"),
        lambda: open_session(store, b"t2", at=5),
        lambda: store.sessions.touch(b"t2", 6, expires_at=2 * DAY),
        lambda: store.sessions.revoke(b"t1"),
        lambda: store.sessions.revoke_account("310116", "wang"),
    ):
        await change()
        tallies.append(await store.sessions.tally())
    assert all(before != after for before, after in itertools.pairwise(tallies))
    assert tallies[0] == tallies[-1] == (0, 0)


async def test_a_touched_session_lives_on(store: Store) -> None:
    await open_session(store, b"t1")
    await store.sessions.touch(b"t1", 100)
    await store.sessions.touch(b"t1", 200, expires_at=3 * DAY)
    found = await store.sessions.find(b"t1", 2 * DAY)
    assert found is not None
    assert found.seen_at == 200


async def test_a_revoked_session_is_gone_everywhere(store: Store, open_store: OpenStore) -> None:
    await open_session(store, b"t1")
    assert await (await open_store()).sessions.revoke(b"t1")
    assert await store.sessions.find(b"t1", 5) is None
    assert not await store.sessions.revoke(b"t1")


async def test_revoking_an_account_spares_the_session_that_asked(store: Store) -> None:
    for token in (b"t1", b"t2", b"t3"):
        await open_session(store, token)
    await open_session(store, b"t4", account="li")
    assert sorted(await store.sessions.revoke_account("310116", "wang", except_hash=b"t2")) == [b"t1", b"t3"]
    assert [row.token_hash for row in await store.sessions.of_account("310116", "wang")] == [b"t2"]
    assert await store.sessions.revoke_account("310116", "wang") == [b"t2"]
    assert await store.sessions.find(b"t4", 5) is not None


async def test_expired_sessions_are_purged(store: Store) -> None:
    await open_session(store, b"t1")
    await open_session(store, b"t2", at=10)
    assert await store.sessions.purge_expired(DAY) == 1
    assert [row.token_hash for row in await store.sessions.of_account("310116", "wang")] == [b"t2"]


async def test_failures_cost_more_and_more_time(store: Store) -> None:
    key = login_key("310116", "wang")
    for _ in range(LOGIN_FREE_TRIES):
        assert await store.throttle.failed(key, 1000) is None
    assert await store.throttle.blocked_until(key, 1000) is None
    assert await store.throttle.failed(key, 1000) == 2000
    assert await store.throttle.failed(key, 2000) == 4000
    assert await store.throttle.blocked_until(key, 3999) == 4000
    assert await store.throttle.blocked_until(key, 4000) is None
    assert await store.throttle.blocked_until(login_key("drill", "wang"), 3999) is None
    assert await store.throttle.blocked_until(address_key("10.0.0.1"), 3999) is None
    await store.throttle.clear(key)
    assert await store.throttle.failed(key, 4000) is None


async def test_an_hour_without_a_failure_is_forgiven(store: Store) -> None:
    key = login_key("310116", "wang")
    for _ in range(LOGIN_FREE_TRIES + 3):
        await store.throttle.failed(key, 1000)
    assert await store.throttle.failed(key, 1000 + FORGIVEN_MS) is None
    assert await store.throttle.purge(1000 + FORGIVEN_MS) == 0
    assert await store.throttle.purge(1000 + 2 * FORGIVEN_MS) == 1


async def test_failures_at_the_same_time_are_all_counted(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    key = login_key("310116", "wang")
    waits = await asyncio.gather(*(node.throttle.failed(key, 0) for node in [store, other] * 5))
    assert sorted(wait or 0 for wait in waits) == [0, 0, 0, 0, 0, 1000, 2000, 4000, 8000, 16000]


async def test_a_pairing_code_is_good_once(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    await store.pairings.create(b"c1", "310116", "JS01", "wang", 0, 600)
    claims = await asyncio.gather(*(node.pairings.claim(b"c1", 10) for node in [store, other] * 4))
    assert [(row.log, row.unit, row.created_by) for row in claims if row] == [("310116", "JS01", "wang")]


@pytest.mark.parametrize("when", [600, 601])
async def test_an_expired_pairing_code_is_refused(store: Store, when: int) -> None:
    await store.pairings.create(b"c1", "310116", "JS01", "wang", 0, 600)
    assert await store.pairings.claim(b"c1", when) is None
    assert await store.pairings.purge(when) == 1


async def test_open_pairings_are_listed_and_can_be_taken_back(store: Store) -> None:
    for number, code in enumerate((b"c1", b"c2", b"c3")):
        await store.pairings.create(code, "310116", "JS01", "wang", number, 600)
    await store.pairings.claim(b"c1", 10)
    assert [row.code_hash for row in await store.pairings.open("310116", 10)] == [b"c3", b"c2"]
    assert await store.pairings.revoke(b"c2")
    assert not await store.pairings.revoke(b"c1")
    assert [row.code_hash for row in await store.pairings.open("310116", 10)] == [b"c3"]
    assert await store.pairings.claim(b"c2", 10) is None
