"""What stations do at the dispatch board: ask as the water rises, answer orders, take things there and back.

Pure, like `person`. Who owns what is asked for acknowledges, accepts or declines, or is silent until somebody
asks; its team sets out, and moves on the map; who receives it signs, uses it, sends it back. Minutes are of
the drill's clock, counted from the switch.
"""

from math import cos, hypot, radians
from random import Random
from typing import Any

from clients.drill import board as b
from clients.drill.person import TOWN, VILLAGE, Deed, Person, delay
from clients.drill.seen import Seen
from clients.drill.told import Activation

MINUTE_MS = 60_000
WET = ("typhoon", "flood")
# what is asked for in a flood: kind, quantities, how often, what for, how urgent
ASKED = (
    ("移动水泵", (1, 2), 5, "{place}低洼处积水上涨,请支援抽排", "urgent"),
    ("冲锋舟", (1, 1), 2, "{place}有群众被水围困,需冲锋舟转移", "lifesaving"),
    ("防汛沙袋", (200, 600), 5, "{place}河堤有漫溢风险,需加筑子堤", "urgent"),
    ("编织袋", (200, 800), 2, "{place}地下车库入口需要封堵", "normal"),
    ("棉被", (20, 80), 2, "{place}安置点人数增加,被褥不足", "normal"),
)
SHARE = {VILLAGE: 0.16, TOWN: 0.75}  # of the desks that ask at all
FROM_TO = (25.0, 170.0)  # minutes in which they ask
SILENT = 0.1  # of the orders nobody answers until somebody asks
DECLINED = 0.14
WITHDRAWN = 0.05
ACKNOWLEDGE, ANSWER, COMMIT, DEPART = (60.0, 0.5), (70.0, 0.5), (150.0, 0.4), (300.0, 0.4)
HAND_OVER, USE_UP, USE, SEND_HOME = (180.0, 0.4), (1500.0, 0.4), (4200.0, 0.3), (300.0, 0.3)
CLOSE = (900.0, 0.3)
SPEED_M_S = 7.0  # through rain and closed roads
FARTHEST_M = 25_000.0
REFUSALS = (
    "设备正在另一处抢险,抽不出,请另派。",
    "车辆涉水抛锚,送不出去。",
    "操作人员连续作业,需换班后才能出动。",
)


# ── asking ─────────────────────────────────────────────────────────────────────────────────────────


def ask_stage(person: Person, seen: Seen) -> str:
    """The next thing a desk of the ground will need."""
    activation = seen.emergency()
    if activation is None or person.post not in SHARE or seen.kinds.get(activation.incident) not in WET:
        return ""
    asked = sum(r.unit == seen.unit and not r.planned for r in seen.board.requests.values())
    return f"ask {activation.id} {asked}" if asked < _asks(person, activation) else ""


def _asks(person: Person, activation: Activation) -> int:
    chance = person.chance("asks", activation.id)
    if chance.random() >= SHARE[person.post]:
        return 0
    return chance.choice((1, 1, 2) if person.post == VILLAGE else (1, 2, 3))


def ask_deed(person: Person, seen: Seen, stage: str) -> Deed | None:
    activation = seen.emergency()
    known = [row for row in ASKED if row[0] in seen.board.kinds]
    if activation is None or not known:
        return None
    number = int(stage.rpartition(" ")[2])
    chance = person.chance(stage)
    kind, (low, high), _, purpose, priority = chance.choices(known, [row[2] for row in known])[0]
    first, last = FROM_TO
    span = (last - first) / _asks(person, activation)
    minute = first + span * (number + chance.random())
    at = activation.declared_at + round(minute * MINUTE_MS / person.pace)
    step = 1 if high < 10 else 20 if high < 100 else 100
    place = seen.units[person.unit].short if person.unit in seen.units else ""
    where = person.home.at(at)
    need = {
        "kind": kind,
        "quantity": chance.randrange(low, high + 1, step),
        "to": {"place": place, "unit": person.unit, "position": where},
        "by_when": at + round(chance.uniform(60, 120) * MINUTE_MS / person.pace),
        "purpose": purpose.format(place=place),
        "priority": priority,
    }
    return Deed(at, {"type": "RequestResources", "need": need})


def request_stage(person: Person, seen: Seen, request: b.Request) -> str:
    """Who asked closes it when all is there, or says that it is not needed any more."""
    if request.unit != seen.unit or request.step != "open" or request.planned:
        return ""
    orders = [o for o in seen.board.orders.values() if o.request == request.id and o.step in b.STANDING]
    if request.promised >= request.need.quantity and all(order.reached for order in orders):
        return f"close-request {request.id}"
    waits = not any(order.step not in b.WAITING for order in orders)
    if waits and person.chance("withdraw", request.id).random() < WITHDRAWN:
        return f"withdraw {request.id}"
    return ""


def request_deed(person: Person, request: b.Request, stage: str, now: int) -> Deed:
    chance = person.chance(stage)
    if stage.startswith("withdraw"):
        at = request.at + delay(person, CLOSE, chance, now, 2.0)
        reason = "水位已退,不再需要。"
        return Deed(at, {"type": "WithdrawRequest", "request": request.id, "reason": reason})
    at = max(request.at, now) + delay(person, CLOSE, chance, now)
    return Deed(at, {"type": "CloseRequest", "request": request.id})


# ── orders ─────────────────────────────────────────────────────────────────────────────────────────


def order_stage(person: Person, seen: Seen, order: b.Order) -> str:
    """What is expected of one's own unit about an order, now."""
    mine, moves, receives = (unit == seen.unit for unit in (order.owner, order.mover, order.to.unit))
    expected = {
        "issued": (mine, "acknowledge-order"),
        "acknowledged": (mine, "answer"),
        "accepted": (mine, "commit"),
        "committed": (moves, "depart"),
        "en_route": (moves, "arrive"),
        "arrived": (receives, "sign"),
        "in_use": (receives, "finish"),
        "returning": (moves, "bring-back"),
    }
    here, what = expected.get(order.step, (False, ""))
    if not here:
        return ""
    if what == "acknowledge-order" and _silent(person, order) and not order.rung_at:
        return ""
    return f"{what} {order.id} {order.version}"


def _silent(person: Person, order: b.Order) -> bool:
    return person.chance("silent", order.id).random() < SILENT


def order_deed(person: Person, seen: Seen, order: b.Order, stage: str, now: int) -> Deed | None:
    chance = person.chance(stage)
    what = stage.partition(" ")[0]
    on: dict[str, Any] = {"order": order.id}
    since = max(order.since, order.rung_at)

    def after(spread: tuple[float, float], factor: float = 1.0) -> int:
        return since + delay(person, spread, chance, now, factor)

    if what == "acknowledge-order":
        return Deed(after(ACKNOWLEDGE), {"type": "AcknowledgeOrder", **on})
    if what == "answer":
        at = after(ANSWER)
        if chance.random() < DECLINED:
            return Deed(at, {"type": "DeclineOrder", **on, "reason": chance.choice(REFUSALS)})
        arrival = at + delay(person, DEPART, chance, now, 2.0) + _way_ms(person, seen, order)
        return Deed(at, {"type": "AcceptOrder", **on, "arrival": arrival})
    if what == "commit":
        return Deed(after(COMMIT), {"type": "CommitOrder", **on, "carrier": _carrier(seen, chance)})
    return _moved(person, seen, order, what, after, chance)


def _moved(person: Person, seen: Seen, order: b.Order, what: str, after: Any, chance: Random) -> Deed | None:
    """On the way, and where it is needed: noted when it happened, sent when there is a network."""
    said: dict[str, Any] = {"order": order.id, "version": order.version}
    if what == "depart":
        at = after(DEPART)
        arrival = at + _way_ms(person, seen, order)
        said |= {"position": person.home.at(at), "arrival": arrival}
        return Deed(at, {"type": "ReportDeparture", **said}, noted=True)
    if what in ("arrive", "bring-back"):
        at = order.since + round(_way_ms(person, seen, order) * chance.uniform(0.9, 1.25))
        if what == "bring-back":
            return Deed(at, {"type": "ReportReturn", **said}, noted=True)
        where = _target(order) or person.home.at(at)
        return Deed(at, {"type": "ReportArrival", **said, "position": where}, noted=True)
    if what == "sign":
        at = after(HAND_OVER)
        giver, receiver = (
            seen.names.get(unit, name) for unit, name in ((order.mover, "领队"), (seen.unit, "现场负责人"))
        )
        signed = {
            "giver": {"name": giver, "unit": order.mover, "at": at},
            "receiver": {"name": receiver, "unit": seen.unit, "at": at},
        }
        return Deed(
            at, {"type": "HandOverResources", **said, "handover": signed, "note": "数量清点无误"}, noted=True
        )
    kinds = [seen.board.kinds.get(line.kind) for line in order.lines]
    if all(kind is not None and kind.category == "material" for kind in kinds):
        return Deed(after(USE_UP), {"type": "ReportConsumed", **said}, noted=True)
    return Deed(after(USE), {"type": "ReportReturning", **said}, noted=True)


def _carrier(seen: Seen, chance: Random) -> str | None:
    """A team of one's own, if there is one somebody serves in."""
    teams = [unit.code for unit in seen.below() if unit.kind == "team" and unit.code in seen.names]
    return chance.choice(teams) if teams else None


def _target(order: b.Order) -> dict[str, float] | None:
    where = order.to.position
    return None if where is None else {"lon": where.lon, "lat": where.lat}


def _way_ms(person: Person, seen: Seen, order: b.Order) -> int:
    """How long it takes from here, on the drill's clock."""
    target = order.to.position
    metres = FARTHEST_M / 3
    if target is not None:
        home = person.home
        east = (target.lon - home.lon) * cos(radians(home.lat)) * 111_320
        metres = min(FARTHEST_M, hypot(east, (target.lat - home.lat) * 111_320))
    return round((240 + metres / SPEED_M_S) * 1000 / person.pace)


def where(person: Person, seen: Seen, now: int) -> dict[str, float]:
    """Where a team is: on its round, on its way there or back, or where it was needed."""
    carried = [
        order
        for order in seen.board.orders.values()
        if order.mover == person.unit and order.step in ("en_route", "arrived", "in_use", "returning")
    ]
    order = max(carried, key=lambda o: o.since, default=None)
    target = _target(order) if order is not None else None
    if order is None or target is None:
        return person.home.at(now)
    share = min(1.0, max(0.0, (now - order.since) / max(1, _way_ms(person, seen, order))))
    if order.step in ("arrived", "in_use"):
        share = 1.0
    elif order.step == "returning":
        share = 1.0 - share
    start = person.home.at(order.since)
    lon, lat = (start[axis] + (target[axis] - start[axis]) * share for axis in ("lon", "lat"))
    return {"lon": round(lon, 6), "lat": round(lat, 6), "accuracy": 8.0}
