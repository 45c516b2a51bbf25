"""Who somebody is, and what they do next about an order to their own unit.

Pure: what follows from what they see, a `random.Random` and the time. A stage names what is expected now
("" : nothing); a deed is that stage with its time and the action asked. The same stage always gets the same
randomness, so a station that lost its connection, or its process, goes on as if it had not.

Laws: nothing is done about a delivery that is over; the first deed of a person is the receipt; an amended
order is acknowledged again before anything else.
"""

from collections.abc import Container
from enum import StrEnum
from random import Random
from typing import Any

from msgspec import Struct

from clients.drill import counting, relaying, words
from clients.drill.seen import AT_WORK, OVER, UNREAD, Duty, Seen
from clients.drill.told import Command
from clients.drill.track import Home

TOWN, DEPARTMENT, VILLAGE, TEAM = "town_desk", "department_desk", "village_desk", "field"
EVENING_UTC, MORNING_UTC = 14, 22  # 22:00 and 06:00 in China, the hours when people are slow
HOUR_MS = 3600_000

# seconds of life (median, spread of the logarithm) before …
ACKNOWLEDGE = {TOWN: (35.0, 0.45), DEPARTMENT: (50.0, 0.5), VILLAGE: (75.0, 0.55), TEAM: (90.0, 0.6)}
ANSWER = {TOWN: (25.0, 0.5), DEPARTMENT: (35.0, 0.6), VILLAGE: (25.0, 0.6), TEAM: (15.0, 0.6)}
RELAY = {TOWN: (60.0, 0.4), DEPARTMENT: (60.0, 0.5), VILLAGE: (50.0, 0.5), TEAM: (60.0, 0.5)}
REPORT = {TOWN: (420.0, 0.35), DEPARTMENT: (360.0, 0.4), VILLAGE: (330.0, 0.5), TEAM: (270.0, 0.5)}
COMPLETE = (240.0, 0.5)
AT_NIGHT = {TOWN: 1.1, DEPARTMENT: 1.25, VILLAGE: 1.3, TEAM: 1.15}
HASTE = {"flash": 0.75, "urgent": 1.0, "normal": 1.4}
DEVICE_MS = (150, 1800)  # from the server to the screen, not scaled: machines do not hurry
PATIENCE = 6  # reports after which one no longer waits for those below


class Person(Struct, frozen=True):
    """One account. `speed` multiplies all delays; `pace` is how much faster than life the drill runs."""

    account: str
    unit: str
    kind: str
    post: str
    device: str
    seed: str
    pace: float
    speed: float
    home: Home

    def chance(self, *about: object) -> Random:
        """Always the same randomness about the same thing."""
        return Random("/".join((self.seed, self.account, *map(str, about))))


class Deed(Struct, frozen=True):
    """`at`: epoch ms when to do it; `do`: the action as the wire takes it; `noted`: it has `noted_at`."""

    at: int
    do: dict[str, Any]
    noted: bool = False


class Manner(StrEnum):
    PROMPT = "prompt"
    SLOW = "slow"
    REMINDED = "reminded"  # silent until reminded
    TOLD = "told"  # silent until a superior takes it up


class Intention(Struct, frozen=True):
    """What somebody means to do about an order from the start."""

    manner: Manner
    declines: bool
    relays: bool
    reports: int


def intend(person: Person, command: Command, chance: Random) -> Intention:
    roll = chance.random()
    manner = Manner.PROMPT if roll < 0.84 else Manner.SLOW if roll < 0.93 else Manner.REMINDED
    if roll >= 0.985 and person.kind in ("village", "team"):
        manner = Manner.TOLD
    refusing = words.refusal_share(words.topic_of(command.order), person.kind)
    return Intention(
        manner=manner,
        declines=chance.random() < refusing,
        relays=chance.random() < relaying.share(person.kind, command.order),
        reports=chance.randint(2, 4),
    )


def stage(
    person: Person, seen: Seen, command: Command, duty: Duty, meant: Intention, done: Container[str]
) -> str:
    """What is expected of the person about their unit's delivery, now."""
    id = command.id
    if command.over or duty.step in OVER or duty.step in ("completed", "declined"):
        return ""
    confirm = f"confirm {id}"
    if duty.step == "issued" and confirm not in done:
        return confirm
    if duty.step in UNREAD:
        return f"acknowledge {id} 1 {_silence(duty, meant)}" if _speaks(duty, meant) else ""
    if duty.version != command.version:
        return f"acknowledge {id} {command.version}"
    if duty.step == "acknowledged":
        return f"{'decline' if meant.declines and not duty.sent_back else 'accept'} {id} {duty.sent_back}"
    if duty.step not in AT_WORK:
        return ""
    relay = f"relay {id}"
    wanted = meant.relays or command.order.relay == "required"
    if wanted and not duty.relays and relay not in done and relaying.addressees(person, seen, command):
        return relay
    if duty.reports < meant.reports or (_waits(seen, duty) and duty.reports < PATIENCE):
        return f"report {id} {duty.reports}"
    return f"complete {id} {duty.sent_back}"


def _speaks(duty: Duty, meant: Intention) -> bool:
    if meant.manner is Manner.REMINDED:
        return duty.urged > 0 or duty.escalated
    return meant.manner is not Manner.TOLD or duty.escalated or duty.urged > 1


def _silence(duty: Duty, meant: Intention) -> str:
    """A part of the stage's name: who is reminded begins anew, in a hurry."""
    return "urged" if duty.urged or duty.escalated else meant.manner.value


def _waits(seen: Seen, duty: Duty) -> bool:
    """Whether somebody it was passed on to is still at it."""
    for relay in duty.relays:
        command = seen.commands.get(relay)
        if command is None or command.over:
            continue
        if any(d.step in UNREAD or d.step in AT_WORK for d in seen.duties[relay].values()):
            return True
    return False


def deed(person: Person, seen: Seen, command: Command, duty: Duty, stage: str, now: int) -> Deed:
    """When and how the person does what `stage` asks for."""
    chance = person.chance(stage)
    what = stage.partition(" ")[0]
    on = {"command": command.id, "unit": duty.unit}
    if what == "confirm":
        at = duty.since + chance.randint(*DEVICE_MS)
        return Deed(at, {"type": "ConfirmDelivery", **on, "device": person.device})
    if what == "acknowledge":
        return Deed(
            _when_read(person, command, duty, stage, chance, now), {"type": "AcknowledgeCommand", **on}
        )
    haste = HASTE.get(command.order.priority, 1.0)
    if what == "accept":
        at = duty.since + delay(person, ANSWER[person.post], chance, now, haste)
        return Deed(at, {"type": "AcceptCommand", **on})
    if what == "decline":
        at = duty.since + delay(person, ANSWER[person.post], chance, now, 2.5)
        return Deed(at, {"type": "DeclineCommand", **on, "reason": words.refusal(command.order, chance)})
    if what == "relay":
        at = duty.since + delay(person, RELAY[person.post], chance, now, haste)
        to = {"units": relaying.addressees(person, seen, command), "areas": [], "groups": []}
        text = relaying.added(person.kind, chance)
        return Deed(at, {"type": "RelayCommand", **on, "to": to, "text": text})
    if what == "report":
        at = max(duty.since, duty.urged_at) + delay(person, REPORT[person.post], chance, now, haste)
        return Deed(
            at, {"type": "ReportProgress", **on, **_report(person, seen, command, duty, at)}, noted=True
        )
    at = duty.since + delay(person, COMPLETE, chance, now)
    return Deed(at, {"type": "CompleteCommand", **on, "note": words.ending(command.order, chance)})


def _when_read(person: Person, command: Command, duty: Duty, stage: str, chance: Random, now: int) -> int:
    """Epoch ms at which the person has read the order."""
    since = max(duty.since, duty.urged_at)
    slowness = HASTE.get(command.order.priority, 1.0)
    if duty.step not in UNREAD:
        since, slowness = max(since, command.amended_at), slowness * 0.8
    elif stage.endswith("urged"):
        slowness *= 0.4
    elif stage.endswith("slow"):
        slowness *= 2.5
    return since + delay(person, ACKNOWLEDGE[person.post], chance, now, slowness)


def _report(person: Person, seen: Seen, command: Command, duty: Duty, at: int) -> dict[str, Any]:
    """Counts that grow, and a sentence about them. Every station may once say that nothing has changed."""
    meant = intend(person, command, person.chance("intend", command.id))
    chance = person.chance("words", command.id, duty.reports)
    share = min(1.0, (duty.reports + 1) / meant.reports)
    if duty.relays:
        counts = counting.gathered(command.order.fields, seen, duty)
        waiting = relaying.unanswered(seen, duty)
        if not counts:
            return {"text": words.passed_on(waiting, chance)}
        if _waits(seen, duty) or counting.something_left(command.order.fields, counts):
            share = min(share, 0.7)  # nobody says "all done" for others who are not
    else:
        counts = counting.grown(person, command, share)
    if counts == duty.counts and counts and chance.random() < 0.5:
        return {"unchanged": True}
    place = seen.units[person.unit].short if person.unit in seen.units else ""
    topic = words.topic_at(command.order, person.kind, place)
    text = words.progress(command.order, topic, place, counts, share, chance)
    told: dict[str, Any] = {"counts": counts, "text": text}
    if person.post == TEAM:
        told["position"] = person.home.at(at)
    return told


def delay(person: Person, spread: tuple[float, float], chance: Random, now: int, factor: float = 1.0) -> int:
    """Milliseconds on the drill's clock; log-normal, slower at night."""
    median, sigma = spread
    hour = now // HOUR_MS % 24
    night = AT_NIGHT.get(person.post, 1.0) if EVENING_UTC <= hour < MORNING_UTC else 1.0
    seconds = median * chance.lognormvariate(0.0, sigma) * factor * person.speed * night
    return round(seconds * 1000 / person.pace)
