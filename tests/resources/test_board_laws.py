"""The laws of the board: nothing is made, lost or promised twice, whoever acts on however old a screen.

Actions are made from the board as somebody saw it, and asked at once or much later: two people reach for one
pump, a phone reports from offline, an order is closed under somebody's hands.
"""

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test

from resources import actions as b
from resources.change import CHANGE
from resources.events import OrderIssued
from resources.holders import Holders
from resources.machine import OVER, STANDING, WAITS, held, promise
from resources.requests import NOT_OVER
from resources.state import (
    INDIVIDUAL,
    Board,
    Book,
    DispatchOrder,
    DispatchStep,
    RequestStep,
    ResourceRequest,
)
from server.domain.incident import ResponseLevel
from server.domain.message import Action
from server.domain.mode import DeclareEmergency, ResumeRoutine, StandDown
from server.domain.people import CloseAccount
from server.domain.plans import SavePlan
from server.domain.units import RetireUnit
from server.world.state import State
from tests.world.builders import FLOOD, Logged, copy, plan
from tests.world.dispatching import DISPATCHING, IDS, entry
from tests.world.machine import LAWS, SEED, RandomDistrict


class LawfulBoard(RandomDistrict):
    """Every entry leaves the books in order."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: list[tuple[str | None, Action]] = []  # asked on an old screen
        self.before = Board()
        self.seen: set[str] = set()

    @initialize(seed=SEED)
    def there_is_some_stock(self, seed: int) -> None:
        chance = self.chance(seed)
        for id in IDS:
            self.act("commander", b.SaveResources(resources=[entry(chance, id)]))

    @rule()
    def requests_need_approval(self) -> None:
        self.act("admin", SavePlan(plan=msgspec.structs.replace(plan(), approval=True)))
        self.an_emergency_begins()

    @rule()
    def an_emergency_begins(self) -> None:
        declare = DeclareEmergency(
            scope="d", incident=FLOOD, level=ResponseLevel.II, reason="x", plan="flood"
        )
        self.act("commander", declare)

    @rule(seed=SEED)
    def the_emergency_ends(self, seed: int) -> None:
        chance, state = self.chance(seed), self.district.state
        for activation in list(state.activations):
            self.act("commander", StandDown(activation=activation, reason="dry"))
            open_ = [*state.commands, *state.board.requests, *state.board.orders]
            homes = {id: chance.choice(["d", "d", "d", "water", "safety"]) for id in open_}
            self.act("commander", ResumeRoutine(activation=activation, hand_over=homes))

    @rule(code=st.sampled_from(["west2", "west1", "boat"]), seed=SEED)
    def a_unit_leaves(self, code: str, seed: int) -> None:
        for account in list(self.district.state.accounts.values()):
            if account.unit == code:
                self.act("admin", CloseAccount(account=account.id))
        self.act("admin", RetireUnit(code=code))

    @rule(seed=SEED, steps=st.integers(1, 40))
    def the_board_is_busy(self, seed: int, steps: int) -> None:
        chance = self.chance(seed)
        for _ in range(steps):
            asked = chance.choice(DISPATCHING)(chance, self.district.state)
            if chance.random() < 0.3:
                self.waiting.append(asked)
            elif asked[0] in self.district.state.accounts:
                self.act(*asked)
            if self.waiting and chance.random() < 0.3:
                who, late = self.waiting.pop(chance.randrange(len(self.waiting)))
                self.act(who, late)
            self.district.now += chance.choice([0, 0, 1000, 61_000])

    def happening(self) -> None:
        self.before = copy(State(log="x", board=self.district.state.board)).board

    def happened(self, entry: Logged) -> None:
        self.seen.update(type(event).__name__ for event in entry.events())
        board = self.district.state.board
        self._quantities_are_conserved(board)
        self._books_are_what_the_orders_hold(board)
        self._needs_are_not_exceeded(board)
        self._what_is_over_stays_over(board)
        self._nothing_is_issued_unapproved(entry)
        self._nothing_is_homeless(board)
        self._clocks_run_in_their_steps(board)
        self._the_index_is_of_the_board(board)

    def _quantities_are_conserved(self, board: Board) -> None:
        for resource in board.resources.values():
            s = resource.stock
            assert s.supplied == s.free + s.reserved + s.out + s.consumed + s.lost
            assert min(s.free, s.reserved, s.out, s.consumed, s.lost) >= 0

    def _books_are_what_the_orders_hold(self, board: Board) -> None:
        totals: dict[tuple[str, Book], int] = {}
        holders: dict[str, int] = {}
        for order in board.orders.values():
            for id, books in held(order).items():
                for book, quantity in books.items():
                    totals[id, book] = totals.get((id, book), 0) + quantity
                if order.step in STANDING:
                    holders[id] = holders.get(id, 0) + 1
        for resource in board.resources.values():
            assert resource.stock.reserved == totals.get((resource.id, Book.RESERVED), 0)
            assert resource.stock.out == totals.get((resource.id, Book.OUT), 0)
            if board.kinds[resource.facts.kind].category in INDIVIDUAL:
                assert resource.stock.free + resource.stock.reserved + resource.stock.out <= 1
                assert holders.get(resource.id, 0) <= 1, "committed twice"
        assert all(id in board.resources for id in holders)

    def _needs_are_not_exceeded(self, board: Board) -> None:
        covered: dict[str, int] = {}
        for order in board.orders.values():
            covered[order.request] = covered.get(order.request, 0) + promise(order)
        for request in board.requests.values():
            assert covered.get(request.id, 0) <= request.promised <= request.need.quantity + request.over

    def _nothing_is_issued_unapproved(self, entry: Logged) -> None:
        for event in entry.events():
            if isinstance(event, OrderIssued):
                request = self.before.requests[self.district.state.board.orders[event.order].request]
                assert request.step is RequestStep.OPEN

    def _nothing_is_homeless(self, board: Board) -> None:
        """What is open belongs to an emergency that stands, or to none; its units are there."""
        state = self.district.state
        open_: list[DispatchOrder | ResourceRequest] = [
            r for r in board.requests.values() if r.step in NOT_OVER
        ]
        open_ += [o for o in board.orders.values() if o.step in (*STANDING, DispatchStep.DRAFT)]
        for each in open_:
            assert each.activation is None or each.activation in state.activations
            units = (
                [each.unit] if isinstance(each, ResourceRequest) else [each.owner, each.to.unit, each.carrier]
            )
            assert all(state.units[unit].active for unit in units if unit is not None)
        assert all(state.units[r.facts.owner].active for r in board.resources.values())
        live = {request.id for request in board.requests.values() if request.step in NOT_OVER}
        assert all(o.request in live for o in board.orders.values() if o.step is DispatchStep.DRAFT)

    def _clocks_run_in_their_steps(self, board: Board) -> None:
        for order in board.orders.values():
            clock = order.clock
            if clock is None:
                continue
            assert order.step in WAITS
            assert clock.escalated_to is None or clock.reminded_at is not None
            assert clock.escalated_to in (None, order.owner, *order.above)

    def _the_index_is_of_the_board(self, board: Board) -> None:
        kept, fresh = self.district.world.holders, Holders(board)
        for id in IDS:
            assert {*kept.of_resource(id)} == {*fresh.of_resource(id)}
        for id in {*board.requests, *(order.request for order in board.orders.values())}:
            assert {*kept.of_request(id)} == {*fresh.of_request(id)}

    def _what_is_over_stays_over(self, board: Board) -> None:
        for id, was in self.before.orders.items():
            now = board.orders.get(id)
            if now is None:
                assert was.step in OVER or was.step is DispatchStep.DRAFT
                continue
            assert now.version >= was.version
            if was.step in OVER:
                assert now.step in (was.step, DispatchStep.CLOSED)
                assert now.outcomes == was.outcomes
            for step, moment in was.moments.items():
                if moment.recorded_at is not None and now.redirected == was.redirected:
                    assert now.moments[step].recorded_at == moment.recorded_at


def test_nothing_is_made_lost_or_promised_twice() -> None:
    run_state_machine_as_test(LawfulBoard, settings=settings(LAWS, max_examples=60))


def test_the_laws_hold_over_long_days_in_which_everything_happens() -> None:
    seen: set[str] = set()
    for seed in range(4):
        day = LawfulBoard()
        day.there_is_some_stock(seed=seed)
        if seed % 2:
            day.requests_need_approval()
        else:
            day.an_emergency_begins()
        for hour in range(12):
            day.the_board_is_busy(seed=hour, steps=100)
            if hour % 5 == 4:
                day.the_emergency_ends(seed=hour)
            day.time_passes(seconds=300_000 if hour % 6 == 5 else 61)
        seen |= day.seen
    quiet = {event.__name__ for event in CHANGE} - seen
    assert not quiet, "the laws were not tried on these"
