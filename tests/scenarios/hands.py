"""Many hands at one dispatch board over the real wire: who does what, on screens that may be old.

A `Hand` is a person with a connection. It looks at the view its station holds, chooses something that its
post does, and asks until it is answered, with one id over any number of connections; now and then it asks the
same again. `Offline` writes reports down, and brings them long after the board has gone on, twice.
"""

import asyncio
import random
from collections import Counter, defaultdict
from typing import Any

import msgspec

from resources import actions as b
from resources.machine import STANDING, WAITING
from resources.state import (
    Category,
    Destination,
    DispatchOrder,
    DispatchStep,
    Handover,
    Need,
    Outcome,
    RequestStep,
    Resource,
    ResourceFacts,
    ResourceRequest,
    Signature,
)
from server.domain.message import Action
from tests.scenarios.client import Refusal, Station
from tests.scenarios.district import OTHER_VILLAGE, TOWN, VILLAGE

PUMP, BOAT, BAGS = "争用泵", "争用艇", "争用沙袋"
OWNERS = ["D01", "D02", "D03", TOWN]
JOURNALLED = {"RequestResources", "DraftOrders", "DispatchResources", "RedirectOrder", "SplitOrder"}


def told(action: Action) -> dict[str, Any]:
    """As a client writes it."""
    fields: dict[str, Any] = msgspec.to_builtins(action)
    return {"type": type(action).__name__} | fields


def stock() -> Action:
    """Few pumps and boats, some sandbags: everybody wants them."""
    rows = [(f"p{n}", PUMP, Category.PUMP, OWNERS[n % 4], 1) for n in range(6)]
    rows += [(f"b{n}", BOAT, Category.BOAT, OWNERS[n % 4], 1) for n in range(3)]
    rows += [(f"s{n}", BAGS, Category.MATERIAL, OWNERS[n], 300) for n in range(3)]
    return b.SaveResources(
        resources=[
            b.ResourceEntry(
                id=id,
                category=category,
                measure="只",
                facts=ResourceFacts(kind=kind, owner=owner),
                quantity=quantity,
            )
            for id, kind, category, owner, quantity in rows
        ]
    )


def need(chance: random.Random) -> b.RequestResources:
    kind, quantity = chance.choice([(PUMP, 1), (PUMP, 2), (BOAT, 1), (BAGS, 120), (BAGS, 40)])
    return b.RequestResources(need=Need(kind=kind, quantity=quantity, to=Destination(place="塘边")))


class Told:
    """What all hands together were answered."""

    def __init__(self) -> None:
        self.answers: dict[str, list[int]] = defaultdict(list)  # action id → seqs, in the order of asking
        self.must: set[str] = set()  # of these: what cannot have been "already so"
        self.refused: Counter[str] = Counter()


class Hand:
    """One person at one screen. `post`: commander, owner or village."""

    def __init__(self, station: Station, account: str, post: str, unit: str, seed: int, told: Told) -> None:
        self.station = station
        self.account = account
        self.post = post
        self.unit = unit
        self.chance = random.Random(seed)
        self.told = told
        self.number = 0

    async def work(self, times: int) -> None:
        for _ in range(times):
            action = self.choose()
            if action is not None:
                await self.ask(action)
            if self.chance.random() < 0.03:
                self.station.hang_up()

    async def ask(self, action: Action, id: str = "") -> None:
        self.number += 1
        id = id or f"{self.station.device}.{self.number}"
        try:
            seq = await self.station.act(told(action), id)
        except Refusal as refusal:
            self.told.refused[refusal.code] += 1
            return
        self.told.answers[id].append(seq)
        if type(action).__name__ in JOURNALLED:
            self.told.must.add(id)
            if self.chance.random() < 0.2:  # the answer was lost
                self.told.answers[id].append(await self.station.act(told(action), id))

    def choose(self) -> Action | None:
        return {"commander": self._command, "owner": self._send, "village": self._ask_for}[self.post]()

    # what is on the screen

    @property
    def board(self) -> Any:
        assert self.station.view is not None
        return self.station.view.board

    def _requests(self) -> list[ResourceRequest]:
        return [r for r in self.board.requests.values() if r.step is RequestStep.OPEN]

    def _fitting(self, kind: str) -> list[Resource]:
        return [r for r in self.board.resources.values() if r.facts.kind == kind]

    def _orders(self, *steps: DispatchStep) -> list[DispatchOrder]:
        return [o for o in self.board.orders.values() if not steps or o.step in steps]

    # what they do

    def _command(self) -> Action | None:
        chance = self.chance
        standing, over = self._orders(*STANDING), self._orders(DispatchStep.RECALLED, DispatchStep.RETURNED)
        draw = chance.random()
        if draw < 0.5 or not standing:
            return self._dispatch()
        order = chance.choice(standing)
        if draw < 0.64:
            return b.RecallOrder(order=order.id, reason="另有安排")
        if draw < 0.74:
            request = chance.choice([*self._requests()] or [None])
            place = Destination(place="闸口", unit=chance.choice([VILLAGE, OTHER_VILLAGE]))
            other = request.id if request is not None else None
            return b.RedirectOrder(order=order.id, to=place, request=chance.choice([None, other]))
        if draw < 0.84:
            order = max(chance.sample(standing, min(3, len(standing))), key=lambda o: o.lines[0].quantity)
            line = order.lines[0]
            part = b.LineWanted(resource=line.resource, quantity=chance.randint(1, max(1, line.quantity - 1)))
            return b.SplitOrder(order=order.id, lines=[part])
        if draw < 0.96 and over:
            return b.CloseOrder(order=chance.choice(over).id)
        open_ = [d.id for d in self.board.discrepancies.values() if d.settled_at is None]
        if open_:
            return b.SettleDiscrepancy(discrepancy=chance.choice(open_), settlement="已核对")
        return b.RemindOrder(order=order.id)

    def _dispatch(self) -> Action | None:
        """Whatever fits, free or not: others see the same pump."""
        chance, requests = self.chance, self._requests()
        if not requests:
            return need(chance)
        request = chance.choice(requests)
        fitting = self._fitting(request.need.kind)
        free = [r for r in fitting if r.stock.free] if chance.random() < 0.9 else fitting
        if not free:
            return None
        resource = chance.choice(free)
        quantity = chance.choice([1, request.need.quantity, resource.stock.free or 1])
        sent = [b.Consignment(lines=[b.LineWanted(resource=resource.id, quantity=quantity)])]
        if chance.random() < 0.1:
            return b.DraftOrders(request=request.id, consignments=sent)
        drafts = self._orders(DispatchStep.DRAFT)
        if drafts and chance.random() < 0.15:
            return b.IssueOrders(orders=[chance.choice(drafts).id])
        silent = [o for o in self._orders(*WAITING, DispatchStep.DECLINED) if o.request == request.id]
        replaces = chance.choice(silent).id if silent and chance.random() < 0.3 else None
        override = "宁多勿少" if chance.random() < 0.06 else ""
        return b.DispatchResources(
            request=request.id, consignments=sent, replaces=replaces, override=override
        )

    def _send(self) -> Action | None:
        chance = self.chance
        mine = [o for o in self._orders() if o.owner == self.unit and o.step is not DispatchStep.DRAFT]
        standing = [order for order in mine if order.step in STANDING]
        if not mine or chance.random() < 0.08:
            return self._count()
        order = chance.choice(standing if standing and chance.random() < 0.9 else mine)
        on: Any = {"order": order.id}
        return chance.choice(
            [
                b.AcknowledgeOrder(**on),
                b.AcceptOrder(**on),
                b.DeclineOrder(**on, reason="抽不出人"),
                b.CommitOrder(**on),
                *self.reports(order),
            ]
        )

    def _count(self) -> Action | None:
        own = [r for r in self.board.resources.values() if r.facts.owner == self.unit and r.id[1:].isdigit()]
        if not own:
            return None
        counted = b.Counted(
            resource=self.chance.choice(own).id, quantity=self.chance.choice([0, 1, 250, 300])
        )
        return b.CountStock(counts=[counted])

    def reports(self, order: DispatchOrder) -> list[Action]:
        """All that could be said about it, as of what is known of it here."""
        said: Any = {"order": order.id, "version": order.version, "noted_at": order.moments["draft"].actual}  # type: ignore[index]
        signed = Signature(name="张三", unit=self.unit, at=1)
        lost = [Outcome(resource=line.resource, lost=1) for line in order.lines[:1]]
        used = [Outcome(resource=line.resource, consumed=1) for line in order.lines if line.kind == BAGS]
        return [
            b.ReportDeparture(**said),
            b.ReportArrival(**said),
            b.HandOverResources(**said, handover=Handover(giver=signed, receiver=signed)),
            b.ReportReturning(**said),
            b.ReportReturn(**said, outcomes=self.chance.choice([[], lost, used])),
            b.ReportConsumed(**said),
        ]

    def _ask_for(self) -> Action | None:
        chance = self.chance
        mine = [request for request in self._requests() if request.unit == self.unit]
        if len(mine) < 3:
            return need(chance)
        request = chance.choice(mine)
        draw = chance.random()
        if draw < 0.2:
            return b.WithdrawRequest(request=request.id, reason="水退了")
        if draw < 0.4:
            return b.CloseRequest(request=request.id)
        if draw < 0.7:
            changed = msgspec.structs.replace(request.need, quantity=chance.choice([1, 2, 80]))
            return b.AmendRequest(request=request.id, need=changed, version=request.version)
        arrived = self._orders(DispatchStep.ARRIVED, DispatchStep.IN_USE)
        return chance.choice(self.reports(chance.choice(arrived))) if arrived else None


class Offline(Hand):
    """A phone that writes down and brings it all much later, twice, out of order."""

    async def work(self, times: int) -> None:
        for round in range(max(1, times // 12)):
            if not await self._something():
                continue
            noted = [
                (f"{self.station.device}.late{round}.{n}", self.chance.choice(self.reports(order)))
                for n, order in enumerate(self.chance.choices(self._mine(), k=4))
            ]
            self.station.hang_up()
            await asyncio.sleep(self.chance.uniform(0.2, 0.8))  # the board goes on
            for id, report in noted:
                await self.ask(report, id)
            self.station.hang_up()
            for id, report in reversed(noted):
                await self.ask(report, id)

    async def _something(self) -> bool:
        """Whether there is an order on its screen, after a while."""
        await self.station.here.wait()
        try:
            await self.station.until(lambda: bool(self._mine()), within=1)
        except TimeoutError:
            return False
        return True

    def _mine(self) -> list[DispatchOrder]:
        return [order for order in self._orders(*STANDING) if order.owner == self.unit]
