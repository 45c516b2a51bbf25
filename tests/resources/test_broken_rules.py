"""The laws notice when a rule of the board is broken: each is broken here, and the day does not pass."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import resources.ledger
import resources.orders
import resources.requests
import resources.transit
import server.world.decide.house
import server.world.decide.mode
from resources import actions as a
from resources import events as e
from resources.ledger import Ledger
from resources.machine import DISPATCH_STEPS, held
from resources.state import Book, DispatchStep, Stock
from server.world.decide import DECIDE
from server.world.decide.board import _rule
from tests.resources.reckoning import Reckoning
from tests.resources.test_board_laws import LawfulBoard

Break = Callable[[pytest.MonkeyPatch], None]


def _nobody_looks_what_is_there(patch: pytest.MonkeyPatch) -> None:
    """The ledger lends what is not there: a pump goes to two."""
    true_stock = Ledger.stock

    def generous(self: Ledger, resource: str) -> Stock:
        stock = true_stock(self, resource)
        return msgspec.structs.replace(stock, free=stock.free + 1)

    patch.setattr(Ledger, "stock", generous)


def _what_left_is_in_no_book(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        resources.ledger,
        "held",
        lambda order: {
            id: {book: n for book, n in books.items() if book is not Book.OUT}
            for id, books in held(order).items()
        },
    )


def _promises_are_forgotten(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resources.ledger, "promise", lambda order: 0)


def _what_is_over_comes_back(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resources.transit, "OVER", frozenset())
    table: Any = DISPATCH_STEPS
    for step in (DispatchStep.RECALLED, DispatchStep.CLOSED, DispatchStep.DECLINED):
        patch.setitem(table, (step, e.OrderDeparted), DispatchStep.EN_ROUTE)


def _nobody_approves(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resources.orders, "_open", resources.requests.live)


def _nobody_takes_over(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(server.world.decide.mode, "handed_over", lambda *about: [])


def _any_unit_may_go(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(server.world.decide.house, "needed_for", lambda board, unit: {})


def _drafts_stay(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(resources.requests, "drafts_dropped", lambda board, request: [])


def _a_split_order_keeps_everything(patch: pytest.MonkeyPatch) -> None:
    def split(asked: Any, action: Any) -> list[Any]:
        events = resources.orders._split(asked, action)
        order = asked.board.orders[action.order]
        return [msgspec.structs.replace(event, lines=order.lines) for event in events]

    table: Any = DECIDE
    patch.setitem(table, a.SplitOrder, _rule(split))


BROKEN: list[Break] = [
    _nobody_looks_what_is_there,
    _what_left_is_in_no_book,
    _promises_are_forgotten,
    _what_is_over_comes_back,
    _nobody_approves,
    _nobody_takes_over,
    _any_unit_may_go,
    _drafts_stay,
    _a_split_order_keeps_everything,
]
BOOKS = BROKEN[:4] + BROKEN[-1:]  # what the reckoning of the journal has to notice by itself


def days(day: Any) -> None:
    """As in the laws, until one is broken."""
    for seed in range(6):
        one = day()
        one.there_is_some_stock(seed=seed)
        if seed % 2:
            one.requests_need_approval()
        else:
            one.an_emergency_begins()
        for hour in range(8):
            one.the_board_is_busy(seed=hour, steps=60)
            one.a_unit_leaves(code=("west2", "west1", "boat")[hour % 3], seed=hour)
            if hour % 4 == 3:
                one.the_emergency_ends(seed=hour)


class Reckoned(LawfulBoard):
    """Only the journal is looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.reckoning = Reckoning()
        for entry in self.district.log:
            self.reckoning.take(entry.seq, entry.at, entry.events())

    def happened(self, entry: Any) -> None:
        self.reckoning.take(entry.seq, entry.at, entry.events())


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__.strip("_"))
def test_the_laws_notice_a_broken_rule(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        days(LawfulBoard)


@pytest.mark.parametrize("broken", BOOKS, ids=lambda broken: broken.__name__.strip("_"))
def test_the_reckoning_notices_a_broken_rule(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(AssertionError):
        days(Reckoned)


@pytest.mark.parametrize("day", [LawfulBoard, Reckoned])
def test_with_the_rules_as_they_are_the_same_days_pass(day: Any) -> None:
    days(day)
