"""To whom an order is passed on: the way somebody who knows their villages and teams would choose.

Never to a unit that got the same order itself, or got it already by another way.
"""

from random import Random
from typing import TYPE_CHECKING

from clients.drill import words
from clients.drill.seen import UNREAD, Duty, Seen
from clients.drill.told import Command, Order, Unit

if TYPE_CHECKING:
    from clients.drill.person import Person

_SHARE = {"town": 0.95, "department": 0.85, "village": 0.75}
_ADDED = {
    "town": (
        "请各村居书记、主任亲自抓,接令先签收,进展每小时报镇值班室。",
        "镇里已同步部署,各村居按包户包点名单落实,有困难马上说。",
        "请对照昨天的排查清单逐项销号,不清楚的直接打镇值班电话。",
        "",
    ),
    "department": (
        "分队按预案分组出动,装备带齐,到点报位置。",
        "请就近先处置沿线点位,再向指定地点集结。",
        "",
    ),
    "village": (
        "请带上对讲机和救生衣,两人一组,先去低洼几户。",
        "按名单逐户敲门,敲不开的打电话,再联系不上马上报村里。",
        "",
    ),
}


def share(kind: str, order: Order) -> float:
    """How likely somebody there passes such an order on."""
    return 0.0 if order.relay == "none" else _SHARE.get(kind, 0.0)


def addressees(person: "Person", seen: Seen, command: Command) -> list[str]:
    """The units below that an order is passed on to; nobody when all of them have it."""
    if command.order.relay == "none":
        return []
    has_it = set(seen.duties.get(command.id, ()))
    free = [unit for unit in seen.below() if unit.code not in has_it]
    if command.order.relay == "required":
        return [unit.code for unit in free] or [unit.code for unit in seen.below()]
    chance = person.chance("addressees", command.id)
    topic = words.topic_of(command.order)
    chosen = [unit.code for unit in free if chance.random() < _concerned(unit, topic)]
    return chosen or [unit.code for unit in free[:1]]


def _concerned(unit: Unit, topic: str) -> float:
    """How likely a topic is such a unit's business."""
    if unit.kind == "team":
        return 0.35 if topic in ("people", "general") else 0.95
    if topic == "coast":
        return 1.0 if any(mark in unit.name for mark in "海渔港塘潮沙") else 0.25
    if topic == "water":
        return 0.95 if "村" in unit.short else 0.7
    return 0.97


def added(kind: str, chance: Random) -> str:
    """What is put in front of the order's own text."""
    return chance.choice(_ADDED.get(kind, ("",)))


def unanswered(seen: Seen, duty: Duty) -> int:
    """How many of those it was passed on to have not answered."""
    return sum(below.step in UNREAD for relay in duty.relays for below in seen.duties.get(relay, {}).values())
