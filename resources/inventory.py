"""Deciding what there is: resources saved one by one or by the thousand; stocktaking; minimum stock.

An import is one decision: all of its rows, or the first that cannot be and nothing. What is counted is what
stands at the place, free and reserved together; a pump that is out cannot be counted at home.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from resources import actions as a
from resources import events as e
from resources.asked import Asked
from resources.holders import Holders
from resources.ledger import Ledger, resource_of
from resources.state import INDIVIDUAL, Board, Book, Category, Resource, ResourceKind, Status
from server.domain.message import Action, Event, Name
from server.domain.refusal import Code, Rejected
from server.domain.units import Unit, active_unit


class BelowMinimum(msgspec.Struct, frozen=True, kw_only=True):
    kind: Name
    owner: str
    depot: str
    free: int
    minimum: int


def status(resource: Resource, now: int) -> Status:
    """In ICS terms, derived. What is expired or broken is out of service, wherever it is."""
    if unfit(resource, now):
        return Status.OUT_OF_SERVICE
    stock = resource.stock
    return Status.ASSIGNED if stock.free == 0 and stock.reserved + stock.out > 0 else Status.AVAILABLE


def unfit(resource: Resource, now: int) -> bool:
    facts = resource.facts
    return bool(facts.fault) or (facts.expires_at is not None and facts.expires_at <= now)


def below_minimum(board: Board, now: int) -> Iterator[BelowMinimum]:
    """What to warn of: by kind, owner and depot, batches taken together; unfit ones do not count."""
    free: dict[tuple[str, str, str], int] = {}
    minimum: dict[tuple[str, str, str], int] = {}
    for resource in board.resources.values():
        facts = resource.facts
        key = (facts.kind, facts.owner, facts.depot)
        free[key] = free.get(key, 0) + (0 if unfit(resource, now) else resource.stock.free)
        minimum[key] = max(minimum.get(key, 0), facts.minimum)
    for key, wanted in minimum.items():
        if free[key] < wanted:
            kind, owner, depot = key
            yield BelowMinimum(kind=kind, owner=owner, depot=depot, free=free[key], minimum=wanted)


def _count(ledger: Ledger, resource: Resource, category: Category, found: int) -> None:
    """Post the difference to what stands at the place by the books."""
    stock = ledger.stock(resource.id)
    if category in INDIVIDUAL and found + stock.out > 1:
        code = Code.UNDER_WAY if stock.out else Code.BAD_ACTION
        raise Rejected(code, resource=resource.id, fields=["quantity"])
    if found < stock.reserved:
        raise Rejected(Code.NOT_ENOUGH, resource=resource.id, there=found, wanted=stock.reserved)
    difference = found - stock.reserved - stock.free
    if difference > 0:
        ledger.post(resource.id, Book.SUPPLY, Book.FREE, difference)
    else:
        ledger.post(resource.id, Book.FREE, Book.LOST, -difference)


def _save(asked: Asked, action: a.SaveResources) -> list[Event]:
    return stocked(asked.board, asked.units, action.resources, asked.holders)


def stocked(
    board: Board, units: Mapping[str, Unit], entries: Sequence[a.ResourceEntry], holders: Holders
) -> list[Event]:
    """The events of saving all of these rows; also how a district is founded with its stock."""
    events = list[Event]()
    kinds, seen = dict(board.kinds), set[str]()
    trial = Board(kinds=kinds, resources=dict(board.resources), orders=board.orders)
    ledger = Ledger(trial, holders)
    for row, entry in enumerate(entries):
        try:
            if entry.id in seen:
                raise Rejected(Code.NAME_TAKEN, resource=entry.id)
            seen.add(entry.id)
            events += _saved(units, trial, entry)
            if entry.quantity is not None:
                _count(ledger, trial.resources[entry.id], entry.category, entry.quantity)
        except Rejected as refusal:
            refusal.detail["row"] = row
            raise
    return [*events, *ledger.events()]


def _saved(units: Mapping[str, Unit], trial: Board, entry: a.ResourceEntry) -> Iterator[Event]:
    facts = entry.facts
    kind = ResourceKind(name=facts.kind, category=entry.category, measure=entry.measure)
    known_kind = trial.kinds.get(kind.name)
    if known_kind is None:
        trial.kinds[kind.name] = kind
        yield e.KindNamed(kind=kind)
    elif known_kind != kind:
        raise Rejected(
            Code.KIND_DIFFERS, kind=kind.name, category=known_kind.category.value, measure=known_kind.measure
        )
    known = trial.resources.get(entry.id)
    if facts.unit is not None and (known is None or known.facts.unit != facts.unit):
        active_unit(units, facts.unit)
    if known is None:
        active_unit(units, facts.owner)
        trial.resources[entry.id] = Resource(id=entry.id, facts=facts)
        yield e.ResourceRegistered(resource=Resource(id=entry.id, facts=facts))
        return
    if known.facts.owner != facts.owner:
        raise Rejected(Code.OUT_OF_REACH, unit=known.facts.owner)
    if known.facts.kind != facts.kind and known.stock.supplied:
        raise Rejected(Code.KIND_DIFFERS, kind=known.facts.kind)
    if known.facts != facts:
        yield e.ResourceChanged(resource=entry.id, facts=facts)


def _take_stock(asked: Asked, action: a.CountStock) -> list[Event]:
    ledger, events = Ledger(asked.board, asked.holders), list[Event]()
    for counted in action.counts:
        resource = resource_of(asked.board, counted.resource)
        stock = ledger.stock(resource.id)
        expected = stock.free + stock.reserved
        _count(ledger, resource, asked.board.kinds[resource.facts.kind].category, counted.quantity)
        events.append(
            e.StockCounted(
                resource=resource.id,
                quantity=counted.quantity,
                expected=expected,
                name=asked.who.name,
                note=action.note,
            )
        )
    return [*events, *ledger.events()]


def _retire(asked: Asked, action: a.RetireResource) -> list[Event]:
    resource = resource_of(asked.board, action.resource)
    if resource.stock.reserved or resource.stock.out:
        raise Rejected(Code.UNDER_WAY, resource=resource.id)
    return [e.ResourceRetired(resource=resource.id)]


INVENTORY: dict[type[Action], Callable[[Asked, Any], list[Event]]] = {
    a.SaveResources: _save,
    a.CountStock: _take_stock,
    a.RetireResource: _retire,
}
