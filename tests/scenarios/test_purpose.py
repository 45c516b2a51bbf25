"""What it is all for, over the wire: one switch, eleven towns, 226 villages, everybody's answer by name."""

import asyncio

import pytest

from server.world.state import State
from tests.conftest import StartPingji
from tests.scenarios.client import Refusal, Station
from tests.scenarios.conftest import Enter
from tests.scenarios.district import (
    LOG,
    OTHER_VILLAGE,
    TEAM,
    TOWN,
    TOWNS,
    VILLAGE,
    VILLAGES,
    declare,
    faithful,
    issue,
    on,
    sessions,
    tracebacks,
    truth,
)
from tests.servers.pingji import Pingji

FIELD = TEAM.lower()


@pytest.fixture
def quick_node(start_node: StartPingji) -> Pingji:
    return start_node(arguments=("--rate", "500", "--ping-interval", "2"))


async def everybody(node: Pingji, stations: list[Station]) -> dict[str, Station]:
    """A station for each town, village and team, by unit."""
    state = (await truth(node)).state
    people = {account.unit: account.id for account in state.accounts.values() if account.unit != LOG}
    tokens = await sessions(node, list(people.values()))
    made = {unit: Station((node.port,), token) for unit, token in zip(people, tokens, strict=True)}
    stations.extend(made.values())
    await asyncio.gather(*(station.open() for station in made.values()))
    return made


async def test_one_switch_reaches_everybody_and_their_receipts_come_back_by_name(
    quick_node: Pingji, enter: Enter, stations: list[Station]
) -> None:
    node = quick_node
    units = await everybody(node, stations)
    commander: Station = await enter(node, "commander", look=True)

    def view() -> State:
        assert commander.view is not None
        return commander.view

    # the switch: everybody's screen turns
    switched = await commander.act(declare(), "typhoon")
    await asyncio.gather(*(station.reached(switched) for station in units.values()))

    # one command to all towns and villages; each gets its own delivery at once
    kinds = ("town", "village")
    issued = await commander.act(issue(kinds=kinds, relay="optional"), "evacuate")
    addressed = [unit for unit, found in view().units.items() if found.kind.value in kinds]
    assert len(addressed) == TOWNS + VILLAGES
    assert sorted(view().deliveries["evacuate"]) == sorted(addressed)
    await asyncio.gather(*(units[unit].reached(issued) for unit in addressed))

    # arrived and acknowledged, each by a named person; some villages stay silent
    silent = {VILLAGE, OTHER_VILLAGE}
    answering = [unit for unit in addressed if unit not in silent]
    await asyncio.gather(
        *(units[u].act(on("ConfirmDelivery", "evacuate", u, device=units[u].device)) for u in answering)
    )
    seqs = await asyncio.gather(*(units[u].act(on("AcknowledgeCommand", "evacuate", u)) for u in answering))
    await commander.reached(max(seqs))
    deliveries = view().deliveries["evacuate"]
    assert {u for u, d in deliveries.items() if not d.acknowledged} == silent  # who has not answered
    names = view().accounts
    for unit in answering:
        (receipt,) = deliveries[unit].acknowledged.values()
        assert (receipt.by, receipt.name) == (unit, names[unit].name)
        assert list(deliveries[unit].devices) == [units[unit].device]

    # down to the team, and up again: relayed, accepted, reported, completed, verified
    await units[TOWN].act(
        on("RelayCommand", "evacuate", TOWN, to={"units": [TEAM], "areas": [], "groups": []}), "to-the-team"
    )
    team = units[TEAM]
    await team.act(on("AcceptCommand", "to-the-team", TEAM))
    report = on(
        "ReportProgress", "to-the-team", TEAM, text="已转移 12 人", position={"lon": 121.3, "lat": 30.7}
    )
    await team.act(report)
    await team.act(on("CompleteCommand", "to-the-team", TEAM))
    await units[TOWN].act(on("VerifyDelivery", "to-the-team", TEAM))
    await units[TOWN].act(on("CompleteCommand", "evacuate", TOWN))
    seq = await commander.act(on("VerifyDelivery", "evacuate", TOWN))
    await commander.reached(seq)
    done = view().deliveries["to-the-team"][TEAM]
    assert (done.step.value, done.reports[0].text, done.reports[0].name) == (
        "verified",
        "已转移 12 人",
        names[FIELD].name,
    )
    assert view().deliveries["evacuate"][TOWN].step.value == "verified"

    # stand down while orders are open; they need a home before routine
    await commander.act({"type": "StandDown", "activation": "typhoon", "reason": "台风已过"})
    with pytest.raises(Refusal) as still_open:
        await commander.act({"type": "ResumeRoutine", "activation": "typhoon"})
    assert still_open.value.code == "still_open"
    homes = dict.fromkeys(still_open.value.error["detail"]["commands"], LOG)
    assert "evacuate" in homes
    last = await commander.act({"type": "ResumeRoutine", "activation": "typhoon", "hand_over": homes})
    await asyncio.gather(*(station.reached(last) for station in units.values()))
    assert view().activations == {}

    # and nobody was told too much or too little
    found = await truth(node)
    for unit, station in units.items():
        assert faithful(station, found.visible(account_at(found.state, unit), after=1))
    assert tracebacks(node) == []


def account_at(state: State, unit: str) -> str:
    return next(account.id for account in state.accounts.values() if account.unit == unit)


async def test_who_was_away_when_it_happened_still_owes_it_on_a_new_phone(node: Pingji, enter: Enter) -> None:
    commander = await enter(node, "commander")
    await commander.act(issue([TEAM]), "while-away")
    phone = await enter(node, FIELD, look=True)
    assert list(phone.view.deliveries["while-away"]) == [TEAM]
    await phone.act(on("AcknowledgeCommand", "while-away", TEAM))
    another = await enter(node, FIELD, look=True)
    assert list(another.view.deliveries["while-away"][TEAM].acknowledged) == [FIELD]


@pytest.mark.long
async def test_silence_is_reminded_and_told_to_the_superior(node: Pingji, enter: Enter) -> None:
    """The shortest clock there is."""
    commander, town = await enter(node, "commander", TOWN, look=True)
    clocks = {"acknowledge": 10, "escalate": 10}
    await commander.act(issue([VILLAGE], clocks=clocks), "urgent")
    await town.until(lambda: town.view.deliveries["urgent"][VILLAGE].urged == 1, within=20)
    running = town.view.deliveries["urgent"][VILLAGE].clocks["acknowledge"]
    await town.until(lambda: running.escalated_to == TOWN, within=20)
    rang = running.reminded_at - running.due
    assert 0 <= rang < 1500


async def test_two_people_throw_the_switch_when_the_house_asks_for_two(node: Pingji, enter: Enter) -> None:
    admin, one, two, village = await enter(node, "admin", "commander", "commander2", VILLAGE, look=True)
    await admin.act({"type": "ChangeSettings", "two_person": True})
    await one.act(declare(), "typhoon")
    with pytest.raises(Refusal) as alone:
        await one.act({"type": "ConfirmEmergency", "proposal": "typhoon"})
    assert alone.value.code == "same_person"
    assert village.view.activations == {}
    assert village.view.proposals == {}
    seq = await two.act({"type": "ConfirmEmergency", "proposal": "typhoon"})
    await village.reached(seq)
    assert village.view.activations["typhoon"].confirmed_by == "commander2"
