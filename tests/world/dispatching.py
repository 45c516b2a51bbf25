"""Random things that people ask of the dispatch board: what the laws are tried on, see `machine`."""

import random
from typing import Any

from resources import actions as b
from resources.machine import STANDING, WAITING
from resources.state import (
    Category,
    Destination,
    DispatchOrder,
    DispatchStep,
    Handover,
    Need,
    NeedPriority,
    Outcome,
    ResourceFacts,
    Signature,
)
from server.domain.message import Action, Position
from server.domain.units import is_under
from server.world.state import State

Asked = tuple[str | None, Action]
OWNERS = ["water", "water", "safety", "east", "west", "east1"]
KINDS = {"Pump": (Category.PUMP, "台"), "Sandbag": (Category.MATERIAL, "只"), "Boat": (Category.BOAT, "艘")}
IDS = [f"{kind}.{owner}.{number}" for kind in KINDS for owner in OWNERS for number in (1, 2)]
HERE = Position(lon=121.3, lat=30.7)


def entry(chance: random.Random, id: str) -> b.ResourceEntry:
    kind, owner, _ = id.split(".")
    category, measure = KINDS[kind]
    most = 200 if category is Category.MATERIAL else 1
    facts = ResourceFacts(
        kind=kind,
        owner=owner,
        depot=chance.choice(["North", "South"]),
        minimum=chance.choice([0, 50]),
        fault="broken" if chance.random() < 0.08 else "",
        expires_at=1_700_000_500_000 if chance.random() < 0.1 else None,
    )
    quantity = chance.choice([most, most, chance.randrange(most + 1), None, 2])
    return b.ResourceEntry(id=id, category=category, measure=measure, facts=facts, quantity=quantity)


def somebody_keeps_stock(chance: random.Random, state: State) -> Asked:
    ids = chance.sample(IDS, chance.randrange(1, 6))
    known = [*state.board.resources] or ["never"]
    counts = [b.Counted(resource=chance.choice(known), quantity=chance.choice([0, 1, 90]))]
    asked: list[Action] = [
        *[b.SaveResources(resources=[entry(chance, id) for id in ids])] * 4,
        b.CountStock(counts=counts, note="counted"),
        b.RetireResource(resource=chance.choice(known)),
    ]
    return chance.choice(["commander", "admin", "water.desk", *state.accounts]), chance.choice(asked)


def need(chance: random.Random) -> Need:
    return Need(
        kind=chance.choice([*KINDS]),
        quantity=chance.choice([1, 2, 3, 100]),
        to=Destination(place="Dyke", unit=chance.choice([None, None, "west1", "east2"])),
        by_when=chance.choice([None, 1_700_000_900_000]),
        substitutes=chance.choice([[], [], ["Boat"]]),
        priority=chance.choice(list(NeedPriority)),
    )


def somebody_needs(chance: random.Random, state: State) -> Asked:
    request = chance.choice([*state.board.requests.values()] or [None])
    id = request.id if request else "never"
    version = chance.choice([request.version, 1]) if request else 1
    override = chance.choice(["", "", "all of it"])
    asked: list[Action] = [
        *[b.RequestResources(need=need(chance))] * 6,
        b.AmendRequest(request=id, need=need(chance), version=version, override=override),
        b.ApproveRequest(request=id),
        b.ApproveRequest(request=id),
        b.RefuseRequest(request=id, reason="no"),
        b.WithdrawRequest(request=id, reason="dry"),
        b.CloseRequest(request=id),
    ]
    return chance.choice(["commander", "east1.desk", "patrol.chief", *state.accounts]), chance.choice(asked)


def consignments(chance: random.Random, state: State, kind: str) -> list[b.Consignment]:
    fitting = [r for r in state.board.resources.values() if r.facts.kind == kind]
    made: list[b.Consignment] = []
    for resource in chance.sample(fitting, min(len(fitting), chance.randrange(1, 3))):
        same = [r for r in fitting if r.facts.owner == resource.facts.owner]
        lines = [
            b.LineWanted(resource=each.id, quantity=chance.choice([1, 1, max(1, each.stock.free)]))
            for each in chance.choice([same, [resource]])
        ]
        carrier = chance.choice([None, None, "pump", "boat"])
        until = chance.choice([None, 1_700_009_000_000])
        made.append(b.Consignment(lines=lines, carrier=carrier, until=until))
    return made or [b.Consignment(lines=[b.LineWanted(resource="never", quantity=1)])]


def somebody_sources(chance: random.Random, state: State) -> Asked:
    board = state.board
    request = chance.choice([*board.requests.values()] or [None])
    id, kind = (request.id, request.need.kind) if request else ("never", "Pump")
    drafts = [o.id for o in board.orders.values() if o.step is DispatchStep.DRAFT] or ["never"]
    silent = [o for o in board.orders.values() if o.step in (*WAITING, DispatchStep.DECLINED)]
    old = chance.choice(silent or [None])
    again = consignments(chance, state, old.kind if old else kind)
    replaced: Any = (
        {"request": old.request, "replaces": old.id} if old else {"request": id, "replaces": "never"}
    )
    override = chance.choice(["", "", "", "more than enough"])
    sent = consignments(chance, state, kind)
    asked: list[Action] = [
        b.DraftOrders(request=id, consignments=sent),
        *[b.DispatchResources(request=id, consignments=sent, override=override)] * 5,
        *[b.DispatchResources(consignments=again, override=override, **replaced)] * 2,
        b.IssueOrders(orders=chance.sample(drafts, chance.randrange(1, len(drafts) + 1)), override=override),
        b.DropDraft(order=chance.choice(drafts)),
    ]
    return chance.choice(["commander", "commander", "deputy", "water.desk", "east.desk"]), chance.choice(
        asked
    )


def _order(chance: random.Random, state: State) -> DispatchOrder | None:
    """Mostly one that is under way."""
    orders = [*state.board.orders.values()]
    standing = [order for order in orders if order.step in STANDING]
    return chance.choice((standing if standing and chance.random() < 0.7 else orders) or [None])


def _serving(chance: random.Random, state: State, units: list[str]) -> str:
    there = [a.id for a in state.accounts.values() if a.unit in units]
    return chance.choice(there if there and chance.random() < 0.9 else [*state.accounts])


def somebody_steers(chance: random.Random, state: State) -> Asked:
    order = _order(chance, state)
    on: Any = {"order": order.id if order else "never"}
    request = chance.choice([None, None, *state.board.requests])
    line = chance.choice(order.lines) if order else None
    part = b.LineWanted(
        resource=line.resource if line else "never",
        quantity=chance.randrange(1, line.quantity + 1) if line else 1,
    )
    asked: list[Action] = [
        b.RecallOrder(**on, reason="not needed"),
        b.RedirectOrder(
            **on,
            to=Destination(place="Gate", unit=chance.choice([None, "west2", "east2"])),
            request=request,
            override=chance.choice(["", "yes"]),
        ),
        b.SplitOrder(**on, lines=[part]),
        b.ExtendOrder(**on, until=1_700_020_000_000),
        b.RemindOrder(**on),
        b.CloseOrder(**on),
        b.CloseOrder(**on),
    ]
    above = [order.issuer] if order else []
    above += [code for code in state.units if order and is_under(state.units, order.owner, code)]
    return _serving(chance, state, above), chance.choice(asked)


def somebody_sends(chance: random.Random, state: State) -> Asked:
    order = _order(chance, state)
    on: Any = {"order": order.id if order else "never"}
    asked: list[Action] = [
        b.AcknowledgeOrder(**on),
        b.AcceptOrder(**on, arrival=chance.choice([None, 1_700_001_000_000])),
        b.DeclineOrder(**on, reason="no crew"),
        b.CommitOrder(**on, carrier=chance.choice([None, "pump", "boat"])),
        b.EstimateOrder(**on, step=DispatchStep.ARRIVED, at=1_700_001_000_000),
    ]
    units = [order.owner, order.carrier or order.owner] if order else []
    return _serving(chance, state, units), chance.choice(asked)


def somebody_reports(chance: random.Random, state: State) -> Asked:
    order = _order(chance, state)
    lines = order.lines if order else []
    signature = Signature(name="Li", unit="east1", at=1)
    outcomes = [
        Outcome(resource=line.resource, consumed=chance.randrange(2), lost=chance.randrange(2))
        for line in lines
        if chance.random() < 0.4
    ]
    said: Any = {
        "order": order.id if order else "never",
        "noted_at": chance.choice([None, state.at - 5000]),
        "version": chance.choice([None, 1, order.version if order else 1]),
        "position": chance.choice([None, HERE]),
    }
    asked: list[Action] = [
        b.ReportDeparture(**said, arrival=chance.choice([None, 1_700_001_000_000])),
        b.ReportArrival(**said),
        b.ReportArrival(**said),
        b.HandOverResources(**said, handover=Handover(giver=signature, receiver=signature)),
        b.ReportReturning(**said),
        b.ReportReturn(**said, outcomes=outcomes),
        b.ReportReturn(**said),
        b.ReportConsumed(**said),
    ]
    return _serving(chance, state, order.watchers if order else []), chance.choice(asked)


def somebody_settles(chance: random.Random, state: State) -> Asked:
    discrepancy = chance.choice([*state.board.discrepancies] or ["never"])
    who = chance.choice(["commander", "deputy", *state.accounts])
    return who, b.SettleDiscrepancy(discrepancy=discrepancy, settlement="counted again")


DISPATCHING = [
    somebody_keeps_stock,
    somebody_needs,
    somebody_needs,
    somebody_sources,
    somebody_sources,
    somebody_sources,
    somebody_steers,
    somebody_sends,
    somebody_sends,
    somebody_reports,
    somebody_reports,
    somebody_settles,
]
