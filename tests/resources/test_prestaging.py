"""Pre-staging: the switch thrown on the sample district asks for what the plan has ready, and it is there."""

import pytest

from resources import events as e
from resources.actions import DispatchResources
from resources.sourcing.proposal import consignments_of
from resources.sourcing.propose import propose
from server.domain import mode as m
from server.domain.incident import IncidentFacts, IncidentGrade
from server.domain.message import Action, Event, Position
from server.domain.plans import Plan
from server.founding import SAMPLE, read_district, read_plans, read_stock, sample
from server.world.ask import Ask
from server.world.decide import decide
from server.world.registry import decode_events, encode_event, join
from server.world.state import State
from server.world.world import World
from tests.resources.reckoning import Reckoning

NOW = 1_795_000_000_000


class Sample:
    """The district as it ships; what happens is reckoned."""

    def __init__(self) -> None:
        self.world = World(State(log="x"))
        self.reckoning = Reckoning()
        self.seq = 0
        district = read_district(SAMPLE)
        self.ask(None, sample(district, read_plans(), read_stock()), "founding")

    def decide(self, who: str | None, action: Action, id: str) -> list[Event]:
        account = None if who is None else self.world.state.accounts[who]
        return decide(self.world, action, Ask(id=id, account=account, now=NOW))

    def ask(self, who: str | None, action: Action, id: str) -> list[Event]:
        events = self.decide(who, action, id)
        self.seq += 1
        kept = decode_events(join([encode_event(event) for event in events]))  # two states share no object
        for event in events:
            self.world.apply(event, NOW)
        self.reckoning.take(self.seq, NOW, kept)
        return events


def declare(plan: Plan) -> m.DeclareEmergency:
    facts = IncidentFacts(kind=plan.kind, title=plan.name, grade=IncidentGrade.LARGER)
    return m.DeclareEmergency(scope="310116", incident=facts, level=plan.level, reason="x", plan=plan.id)


@pytest.mark.parametrize("plan", read_plans(), ids=lambda plan: plan.id)
def test_what_the_plan_has_ready_is_shown_asked_for_sourced_and_sent(plan: Plan) -> None:
    at = Sample()
    wanted = [(resource.kind, resource.quantity) for resource in plan.resources if resource.quantity]
    shown = [
        event
        for event in at.decide("commander", declare(plan), "switch")
        if isinstance(event, e.RequestOpened)
    ]
    assert [(event.request.need.kind, event.request.need.quantity) for event in shown] == wanted
    at.ask("commander", declare(plan), "switch")
    board, units = at.world.state.board, at.world.state.units
    staged = [request for request in board.requests.values() if request.planned]
    assert [(request.need.kind, request.need.quantity) for request in staged] == wanted
    places = {
        unit.code: Position(lon=unit.lon, lat=unit.lat)
        for unit in units.values()
        if unit.lon is not None and unit.lat is not None
    }
    proposal = propose(board, places, NOW)
    for number, request in enumerate(staged):
        consignments = consignments_of(proposal, request.id)
        assert consignments, request.need.kind
        for part in range(0, len(consignments), 60):
            action = DispatchResources(request=request.id, consignments=consignments[part : part + 60])
            at.ask("commander2", action, f"send{number}.{part}")
    asked = sum(quantity for _, quantity in wanted)
    assert sum(request.promised for request in staged) > 0.85 * asked
    at.reckoning.everything()
