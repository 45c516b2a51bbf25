"""A snapshot with the events after it equals a fresh snapshot, whatever was done (fault 23)."""

import asyncio
import random
from typing import Any

import msgspec
import pytest

from server.domain.mode import ChangeLevel
from server.engine.engine import Engine
from server.world.state import State
from tests.conftest import StartPingji
from tests.scenarios.client import Refusal, Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import (
    LOG,
    OTHER_VILLAGE,
    TEAM,
    TOWN,
    VILLAGE,
    canonical,
    declare,
    issue,
    level,
    on,
    opened,
    order,
    tracebacks,
)
from tests.servers.pingji import Pingji

PEOPLE = ("commander", "commander2", "admin", "observer", "d01", TOWN, VILLAGE, OTHER_VILLAGE, TEAM.lower())
STEPS = (
    "ConfirmDelivery",
    "AcknowledgeCommand",
    "AcceptCommand",
    "DeclineCommand",
    "RelayCommand",
    "ReportProgress",
    "CompleteCommand",
    "VerifyDelivery",
    "SendBack",
    "RemindDelivery",
    "ReassignDelivery",
    "RecordAcknowledgement",
)
MORE: dict[str, dict[str, Any]] = {
    "ConfirmDelivery": {"device": "phone"},
    "DeclineCommand": {"reason": "人手不足"},
    "RelayCommand": {"to": {"units": [TEAM], "areas": [], "groups": []}},
    "ReportProgress": {"text": "进展", "counts": {}},
    "SendBack": {"reason": "缺照片"},
    "ReassignDelivery": {"to": OTHER_VILLAGE, "reason": "更近"},
    "RecordAcknowledgement": {"name": "老王", "phone": "021 1"},
}


OFTEN = frozenset(STEPS[:7])  # what the addressed unit does
ADMINISTERED = ("ChangeAccount", "MoveUnit", "AppointAccount", "SaveGroup")


def who_may(chance: random.Random, do: dict[str, Any]) -> str:
    """Mostly somebody who may, now and then anybody."""
    if chance.random() < 0.15:
        return chance.choice(PEOPLE)
    if do["type"] in OFTEN:
        account = do["unit"].lower() if do["unit"] not in PEOPLE else do["unit"]
        return account if account in PEOPLE else "commander"
    if do["type"] in ("ReportSituation", "RaiseDistress"):
        return chance.choice((VILLAGE, TEAM.lower()))
    return "admin" if do["type"] in ADMINISTERED else "commander"


def something(chance: random.Random, view: State, number: int) -> dict[str, Any]:
    """An action that may be refused; mostly about what there is."""
    deliveries = [(command, unit) for command, by_unit in view.deliveries.items() for unit in by_unit]
    kind = chance.random()
    if deliveries and kind < 0.6:
        command, unit = chance.choice(deliveries)
        step = chance.choice(STEPS)
        return on(step, command, unit, **MORE.get(step, {}))
    if kind < 0.75:
        units = chance.sample([TOWN, VILLAGE, OTHER_VILLAGE, TEAM, "D01"], chance.randint(1, 4))
        clocks = {"acknowledge": chance.choice([10, 300]), "complete": chance.choice([None, 600])}
        return issue(units, title=f"第 {number} 号", clocks=clocks)
    commands = list(view.commands) or ["none"]
    activations = list(view.activations) or ["none"]
    calling = chance.choice(list(view.distress) or ["none"])
    others: list[dict[str, Any]] = [
        declare(chance.choice([LOG, TOWN]), plan=chance.choice([None, *view.plans])),
        level(chance.choice(activations), number),
        {"type": "StandDown", "activation": chance.choice(activations), "reason": "已过"},
        {
            "type": "ResumeRoutine",
            "activation": chance.choice(activations),
            "hand_over": dict.fromkeys(commands, LOG),
        },
        {"type": "AmendCommand", "command": chance.choice(commands), "order": order(f"改 {number}")},
        {"type": "RecallCommand", "command": chance.choice(commands), "reason": "误报"},
        {"type": "CloseCommand", "command": chance.choice(commands)},
        {"type": "ReportSituation", "kind": "waterlogging", "text": f"积水 {number}"},
        {"type": "RaiseDistress"},
        {"type": "AnswerDistress", "distress": calling},
        {
            "type": "CloseDistress",
            "distress": calling,
            "reason": "安全",
        },
        {"type": "ChangeAccount", "account": VILLAGE, "name": f"人 {number}", "phone": ""},
        {"type": "MoveUnit", "code": TEAM, "parent": chance.choice([TOWN, VILLAGE, OTHER_VILLAGE])},
        {"type": "AppointAccount", "account": "commander2", "unit": LOG}
        | {"post": chance.choice(["duty_commander", "observer"])},
        {"type": "SaveGroup", "group": {"id": f"g{number % 3}", "name": "组", "units": [VILLAGE]}},
    ]
    return chance.choice(others)


async def random_days(node: Pingji, enter: Enter, seed: int, actions: int) -> None:
    chance = random.Random(seed)
    people: list[Station] = await enter(node, *PEOPLE, look=True)
    accepted = 0
    for number in range(actions):
        assert people[0].view is not None
        do = something(chance, people[0].view, number)
        who = people[PEOPLE.index(who_may(chance, do))]
        try:
            seq = await who.act(do, f"{seed}.{number}")
            accepted += 1
        except Refusal as refusal:
            if refusal.code in ("internal", "bad_action"):
                raise
        else:
            await people[0].until(lambda seq=seq: people[0].seq >= seq - 3)  # type: ignore[misc]
        if chance.random() < 0.05:
            chance.choice(people).hang_up()
    assert accepted > actions // 3
    fresh: list[Station] = await enter(node, *PEOPLE, look=True)
    for name, old, new in zip(PEOPLE, people, fresh, strict=True):
        old.hang_up()  # what comes back is complete up to the head
        await old.until(lambda old=old, new=new: old.seq >= new.seq)  # type: ignore[misc]
        assert old.view is not None
        assert new.view is not None
        assert canonical(old.view) == canonical(new.view), name
    assert tracebacks(node) == []


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_view_that_followed_the_events_equals_a_fresh_one(
    start_node: StartPingji, enter: Enter, seed: int
) -> None:
    await random_days(start_node(arguments=("--rate", "1000")), enter, seed, 250)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3, 9))
async def test_a_view_that_followed_thousands_of_events_equals_a_fresh_one(
    start_node: StartPingji, enter: Enter, seed: int
) -> None:
    await random_days(start_node(arguments=("--rate", "1000")), enter, seed, 3000)


async def test_a_client_that_sleeps_past_what_is_replayed_gets_a_snapshot(node: Pingji, enter: Enter) -> None:
    sleeper = await enter(node, VILLAGE, look=True)
    await sleeper.close()
    await (await enter(node, "commander")).act(declare(), "switch")
    node.stop()
    async with opened(node) as store:
        engine = Engine(store.journal(LOG))
        await engine.start()
        steps = [msgspec.convert(level("switch", n), ChangeLevel) for n in range(2100)]
        await asyncio.gather(*(engine.ask(f"n{n}", "commander", do) for n, do in enumerate(steps)))
        await engine.close()
    node.start()
    back = Station((node.port,), sleeper.token, sleeper.device, look=True)
    back.cursor = sleeper.cursor
    await back.open()
    assert (back.resumed, back.resets) == (0, 1)
    assert back.seq >= 2100
    await back.close()
