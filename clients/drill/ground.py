"""What comes up unasked while there is an emergency: situation reports, and now and then a call for help.

Pure, like `person`. Who has called for help says nothing else until the call is closed.
"""

from clients.drill import scenes, typhoon
from clients.drill.person import DEPARTMENT, TEAM, TOWN, VILLAGE, Deed, Person
from clients.drill.seen import Seen
from clients.drill.told import Activation

MINUTE_MS = 60_000
# minutes of the drill's clock between two reports of one station, at liveliness 1
EVERY = {TEAM: 30.0, VILLAGE: 480.0, TOWN: 150.0, DEPARTMENT: 120.0}


def stage(person: Person, seen: Seen) -> str:
    activation = seen.emergency()
    if activation is None or any(call.by == person.account for call in seen.distress.values()):
        return ""
    return f"say {activation.id} {seen.said_at}"


def deed(person: Person, seen: Seen, stage: str) -> Deed | None:
    activation = seen.emergency()
    if activation is None:
        return None
    chance = person.chance(stage)
    since = max(seen.said_at, activation.declared_at)
    kind = seen.kinds.get(activation.incident, "other")
    rate = scenes.lively(kind, _minute(person, activation, since)) / EVERY[person.post]
    at = since + round(chance.expovariate(rate) * MINUTE_MS / person.pace)
    minute = _minute(person, activation, at)
    where = None if person.post == DEPARTMENT else person.home.at(at)
    if person.post == TEAM and chance.random() < scenes.danger(kind, minute):
        return Deed(at, {"type": "RaiseDistress", "position": where})
    place = seen.units[person.unit].short if person.unit in seen.units else ""
    if person.post == DEPARTMENT and kind in ("typhoon", "flood"):
        what, text = "other", typhoon.bulletin(minute, chance)
    else:
        what, text = scenes.sentence(kind, minute, place, chance)
    return Deed(at, {"type": "ReportSituation", "kind": what, "text": text, "position": where}, noted=True)


def _minute(person: Person, activation: Activation, at: int) -> float:
    """Of the drill's clock, since the switch."""
    return (at - activation.declared_at) * person.pace / MINUTE_MS
