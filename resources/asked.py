"""Who asks what of which board, when: all that a rule of the board may look at."""

from collections.abc import Mapping

import msgspec

from resources import events as e
from resources.change import stepped
from resources.holders import Holders
from resources.ledger import Ledger
from resources.state import Board, DispatchOrder, DispatchStep
from server.domain.message import Event, Position
from server.domain.mode import Activation
from server.domain.people import Account
from server.domain.plans import Plan
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit


class Asked(msgspec.Struct, frozen=True, gc=False):
    board: Board
    units: Mapping[str, Unit]
    activations: Mapping[str, Activation]
    plans: Mapping[str, Plan]
    id: str  # of the action
    now: int  # epoch ms
    who: Account
    holders: Holders
    staff: Mapping[str, int] | None = None  # how many serve at a unit; None: somebody everywhere

    def somebody_at(self, unit: str) -> bool:
        return self.staff is None or self.staff.get(unit, 0) > 0


def order_of(board: Board, order: str) -> DispatchOrder:
    found = board.orders.get(order)
    if found is None:
        raise Rejected(Code.UNKNOWN_ORDER, order=order)
    return found


def copied(order: DispatchOrder) -> DispatchOrder:
    """To try events on; what events never write into is shared."""
    replace = msgspec.structs.replace
    return replace(
        order,
        moments={step: replace(moment) for step, moment in order.moments.items()},
        clock=None if order.clock is None else replace(order.clock),
    )


class Course:
    """The events of one decision about orders, tried on copies, with the ledger they are posted to."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.ledger = Ledger(asked.board, asked.holders)
        self.events: list[Event] = []

    def begin(self, draft: DispatchOrder) -> DispatchOrder:
        self.events.append(e.OrderDrafted(order=draft))
        return copied(draft)

    def take(self, order: DispatchOrder, *steps: e.OrderStepped) -> DispatchOrder:
        """The order after the steps; what they move is posted."""
        after = copied(order)
        for event in steps:
            stepped(after, event, self.asked.now)
        self.events += steps
        self.ledger.shift(order, after)
        return after

    def step(
        self,
        order: DispatchOrder,
        event: type[e.OrderStepped],
        note: str = "",
        noted_at: int | None = None,
        position: Position | None = None,
        **more: object,
    ) -> e.OrderStepped:
        """A step of an order by who asks; noted by a phone at the earliest when it was issued."""
        who = self.asked.who
        issued = order.moments.get(DispatchStep.ISSUED)
        if noted_at is not None and issued is not None and issued.recorded_at is not None:
            noted_at = max(noted_at, issued.recorded_at)
        return event(
            order=order.id,
            by=who.id,
            name=who.name,
            noted_at=noted_at,
            position=position,
            note=note,
            **more,
        )

    def done(self, override: str = "") -> list[Event]:
        return [*self.events, *self.ledger.events(override)]
