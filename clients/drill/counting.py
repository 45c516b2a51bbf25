"""The numbers of a report: they grow towards a total that somebody there could have, or sink to nothing.

Who passed the order on adds up what those below said.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from clients.drill.seen import Duty, Seen
from clients.drill.told import Command, Field

if TYPE_CHECKING:
    from clients.drill.person import Person

# of a village: from, to
_BY_MEASURE = {
    "人": (12, 60),
    "户": (2, 12),
    "处": (1, 9),
    "个": (1, 8),
    "块": (1, 12),
    "株": (1, 14),
    "条": (1, 3),
    "台": (1, 3),
    "辆": (1, 2),
    "艘": (0, 6),
    "座": (0, 2),
    "间": (0, 5),
    "亩": (5, 160),
    "公里": (1, 4),
    "米": (20, 120),
    "套": (2, 6),
    "件": (0, 6),
}
_TIMES = {"village": 1.0, "town": 3.5, "department": 3.0, "team": 0.6}
_SINKING = ("待", "未", "仍", "剩余", "滞留")
_RARE = ("受伤", "不适", "送医", "救治", "救出", "进水", "走失", "险情")
_PARTS = ("整改", "排除")  # of what the field before counts
_SHELTERS = {"village": (1, 2), "town": (3, 8)}
_CREW = ("出动", "到岗", "备勤", "到位", "疏导", "清场")
_CREWS = {"village": (4, 12), "town": (25, 70), "department": (20, 90), "team": (5, 12)}


def total(person: "Person", command: Command, field: Field) -> int:
    """What it comes to in the end (or, of what sinks, at the beginning)."""
    chance = person.chance("total", command.id, field.key)
    if any(mark in field.label for mark in _RARE):
        return chance.choice((0, 0, 0, 0, 1, 2))
    if any(mark in field.label for mark in _CREW) and field.measure == "人":
        return chance.randint(*_CREWS.get(person.kind, (4, 12)))
    if "安置点" in field.label:
        return chance.randint(*_SHELTERS.get(person.kind, (1, 1)))
    low, high = _BY_MEASURE.get(field.measure, (1, 10))
    return round(chance.randint(low, high) * _TIMES.get(person.kind, 1.0))


def grown(person: "Person", command: Command, share: float) -> dict[str, int]:
    """All numbers when `share` (0–1] of the work is done."""
    counts: dict[str, int] = {}
    whole, grows = 0, dict[str, int]()  # measure → the whole of the first field that grows
    for field in command.order.fields:
        if any(mark in field.label for mark in _PARTS) and counts:
            counts[field.key] = int(whole * share * share)  # follows behind, and is all of it in the end
            continue
        whole = total(person, command, field)
        if any(mark in field.label for mark in _SINKING):
            whole = grows.get(field.measure, whole)  # what remains of it
            counts[field.key] = whole - round(whole * share)
        elif any(mark in field.label for mark in _CREW):
            counts[field.key] = round(whole * max(share, 0.7))
        else:
            grows.setdefault(field.measure, whole)
            counts[field.key] = round(whole * share)
    return counts


def gathered(fields: Sequence[Field], seen: Seen, duty: Duty) -> dict[str, int]:
    """The sums of what those below said; a sum of what grows is never less than what was told before."""
    reports = [
        below.counts for relay in duty.relays for below in seen.duties.get(relay, {}).values() if below.counts
    ]
    if not reports:
        return {}
    counts: dict[str, int] = {}
    for field in fields:
        told = sum(report.get(field.key, 0) for report in reports)
        sinking = any(mark in field.label for mark in _SINKING)
        counts[field.key] = told if sinking else max(told, duty.counts.get(field.key, 0))
    return counts


def something_left(fields: Sequence[Field], counts: Mapping[str, int]) -> bool:
    """Whether a number that should sink to nothing has not."""
    return any(
        counts.get(field.key, 0) > 0 for field in fields if any(mark in field.label for mark in _SINKING)
    )
