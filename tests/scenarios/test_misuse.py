"""Malformed, huge, slow and out-of-order input; wrong types in every field (fault 24): an error or a cut."""

import asyncio
import random
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from server.domain.message import Action
from server.world.authority import AUTHORITY
from server.world.registry import ASKABLE
from tests.conftest import StartPingji
from tests.scenarios.client import HANDSHAKE, PATIENCE, Station, masked
from tests.scenarios.conftest import Enter
from tests.scenarios.district import OTHER_VILLAGE, VILLAGE, issue, report, sessions, tracebacks
from tests.servers.pingji import Pingji

WRONG: list[object] = [
    None,
    True,
    -1,
    2**63,
    1.5,
    float("nan"),
    "",
    "x" * 9_000,
    b"\xff\x00",
    [],
    [None],
    {},
]
WRONG += [{"a": {"b": {"c": []}}}, "\x00", "\n", "平" * 500, [[[[[[]]]]]], {"": ""}]
pack = msgspec.msgpack.Encoder().encode


@pytest.fixture
def open_node(start_node: StartPingji) -> Pingji:
    return start_node(arguments=("--rate", "100000"))


def fields_of(action: type[Action]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(action)]


def spoiled() -> Iterator[dict[str, Any]]:
    """Every action, with every field wrong in every way; and with fields nobody knows."""
    for action in AUTHORITY:
        names = fields_of(action)
        yield {"type": action.__name__}
        yield {"type": action.__name__, "surprise": 1}
        for name in names:
            for wrong in WRONG:
                yield {"type": action.__name__, **dict.fromkeys(names, "x"), name: wrong}


async def test_wrong_types_in_every_field_of_every_action_are_answered_with_a_code(
    open_node: Pingji, enter: Enter
) -> None:
    commander, other = await enter(open_node, "commander", VILLAGE)
    codes: set[str] = set()
    asked = 0
    for do in spoiled():
        answer = await commander.try_act(do)
        asked += 1
        assert set(answer) <= {"seq", "at"} or set(answer["error"]) <= {"code", "retry", "after", "detail"}
        codes.add(answer.get("error", {}).get("code", "done"))
    assert asked > 1000
    assert "internal" not in codes
    assert codes >= {"bad_action"}
    await other.act(report(1))
    assert commander.cuts == []
    assert tracebacks(open_node) == []
    assert len(ASKABLE) < len(AUTHORITY)


async def test_a_wrong_envelope_is_answered_with_a_code(open_node: Pingji, enter: Enter) -> None:
    village = await enter(open_node, VILLAGE)
    for wrong in WRONG:
        for argument in (wrong, {"id": "x", "do": wrong}, {"id": "x"}):
            for event in ("act", "preview"):
                assert (await village.ask(event, argument))["error"]["code"] == "bad_action"
        assert (await village.ask("act", {"id": wrong, "do": report(1)}))["error"]["code"] == "bad_action"
        assert (await village.ask("no-such-event", wrong))["error"]["code"] == "unknown_event"
        village.send("presence", wrong)
    await village.act(report(1))
    assert tracebacks(open_node) == []


async def test_a_wrong_introduction_is_refused(node: Pingji) -> None:
    for auth in (*WRONG, {"token": 1}, {"device": "a b", "token": "x"}, {"device": "a", "token": "no such"}):
        station = Station((node.port,), "")
        station.introduction = introducing({"type": 0, "nsp": "/", "data": auth})  # type: ignore[method-assign]
        station.start()
        assert await station.ended() in ("bad_packet", "bad_token", "too_large")
        await station.close()
    assert tracebacks(node) == []


def introducing(packet: object) -> Callable[[], bytes]:
    return lambda: masked(2, pack(packet))


CURSORS: list[dict[str, Any]] = [
    {"epoch": "", "seq": 0, "scope": ""},
    {"epoch": None, "seq": -1, "scope": None},
    {"epoch": None, "seq": -(2**63), "scope": None},
    {"epoch": None, "seq": 2**63 - 1, "scope": None},
    {"epoch": None, "seq": 1, "scope": "another"},
]


async def test_an_impossible_cursor_is_answered_with_all_there_is(node: Pingji, enter: Enter) -> None:
    village = await enter(node, VILLAGE)
    for cursor in CURSORS:
        strange = Station((node.port,), village.token)
        strange.cursor = {key: village.cursor[key] if at is None else at for key, at in cursor.items()}
        await strange.open()
        assert strange.resets + strange.resumed == 1
        assert strange.seq == village.seq
        await strange.close()
    assert tracebacks(node) == []


async def test_random_bytes_at_any_moment_end_one_connection_and_no_other(
    open_node: Pingji, enter: Enter
) -> None:
    chance = random.Random(24)
    good = await enter(open_node, OTHER_VILLAGE)
    (token,) = await sessions(open_node, [VILLAGE])
    for round in range(120):
        reader, writer = await asyncio.open_connection("127.0.0.1", open_node.port)
        if round % 4:
            writer.write(HANDSHAKE)
        if round % 4 > 1:
            writer.write(Station((0,), token, f"fuzz-{round}").introduction())
        if round % 4 == 3:
            writer.write(masked(2, chance.randbytes(chance.randint(1, 200))))
        writer.write(chance.randbytes(chance.randint(1, 3000)))
        async with asyncio.timeout(PATIENCE):
            if chance.random() < 0.5:
                writer.write_eof()
                await reader.read(-1)
        writer.transport.abort()
    await good.act(report(1))
    assert good.cuts == []
    assert tracebacks(open_node) == []


async def test_mutated_frames_are_answered_or_cut(open_node: Pingji, stations: list[Station]) -> None:
    """Well-formed packets with a few bytes changed."""
    chance = random.Random(2024)
    tokens = await sessions(open_node, [VILLAGE] * 20)
    whole = pack({"type": 2, "nsp": "/", "data": ["act", {"id": "m", "do": issue([VILLAGE])}], "id": 7})
    for token in tokens:
        station = await Station((open_node.port,), token).open()
        stations.append(station)
        for _ in range(30):
            spoiled = bytearray(whole)
            for _ in range(chance.randint(1, 4)):
                spoiled[chance.randrange(len(spoiled))] = chance.randrange(256)
            if station.connected:
                station.raw(masked(2, bytes(spoiled)))
                await asyncio.sleep(0)
        await station.close()
    last = await Station((open_node.port,), tokens[0]).open()
    stations.append(last)
    await last.act(report(1))
    assert tracebacks(open_node) == []


async def test_a_message_that_is_too_large_is_cut_with_its_code(open_node: Pingji, enter: Enter) -> None:
    village = await enter(open_node, VILLAGE)
    village.raw(masked(2, bytes(65 * 1024)))
    assert await village.ended() == "too_large"


async def test_a_frame_that_comes_a_byte_at_a_time_is_understood(open_node: Pingji, enter: Enter) -> None:
    village = await enter(open_node, VILLAGE)
    do = {"id": "slow", "do": report(1)}
    for byte in masked(2, pack({"type": 2, "nsp": "/", "data": ["act", do], "id": 99})):
        village.raw(bytes([byte]))
        await asyncio.sleep(0.001)
    assert await village.act(report(1), "slow") == 2
    assert await village.act(report(1), "slow") == 2


@pytest.mark.long
async def test_who_opens_and_says_nothing_is_let_go(node: Pingji) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", node.port)
    writer.write(HANDSHAKE)
    async with asyncio.timeout(20):
        said = await reader.read(-1)
    assert b"connect_timeout" in said
    writer.close()


async def test_an_event_before_the_introduction_is_cut(node: Pingji, stations: list[Station]) -> None:
    station = Station((node.port,), "")
    stations.append(station)
    event = {"type": 2, "nsp": "/", "data": ["act", {"id": "x", "do": report(1)}], "id": 1}
    station.introduction = introducing(event)  # type: ignore[method-assign]
    station.start()
    assert await station.ended() == "connect_first"
