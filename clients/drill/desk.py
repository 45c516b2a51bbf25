"""What a desk does about the units right below: urge, telephone, verify, send back, answer a call for help.

Pure, like `person`. A desk urges whoever has not acknowledged, then telephones and writes down who answered.
It verifies what it issued itself, and does not take the first no for an answer.
"""

from clients.drill.person import Deed, Person, delay
from clients.drill.seen import UNREAD, Duty, Seen
from clients.drill.told import Command, Distress

URGE = (520.0, 0.3)
TELEPHONE = (480.0, 0.3)
VERIFY = (200.0, 0.6)
REPLY = (150.0, 0.4)
ANSWER_CALL = (70.0, 0.4)
HELP_ARRIVES = (540.0, 0.3)
ALONE = 3.0  # so many times longer until somebody whom nobody answered helps themselves
SENT_BACK = 0.05  # of what is completed
INSISTS = 0.5  # of what is declined


def stage(seen: Seen, command: Command, duty: Duty) -> str:
    """What is expected of a desk about a delivery of a unit right below."""
    unit = seen.units.get(duty.unit)
    if command.over or unit is None or unit.parent != seen.unit:
        return ""
    about = f"{command.id} {duty.unit}"
    if duty.step in UNREAD:
        if not duty.urged and not duty.escalated:
            return f"urge {about}"
        return f"telephone {about}"
    if command.issuer != seen.unit:
        return ""
    if duty.step == "completed":
        return f"verify {about} {duty.sent_back}"
    if duty.step == "declined" and not duty.sent_back:
        return f"insist {about}"
    return ""


def deed(person: Person, seen: Seen, command: Command, duty: Duty, stage: str, now: int) -> Deed | None:
    chance = person.chance(stage)
    what = stage.partition(" ")[0]
    on = {"command": command.id, "unit": duty.unit}
    if what == "urge":
        return Deed(duty.since + delay(person, URGE, chance, now), {"type": "RemindDelivery", **on})
    if what == "telephone":
        unit = seen.units[duty.unit]
        at = max(duty.since, duty.urged_at) + delay(person, TELEPHONE, chance, now)
        heard = {
            "name": seen.names.get(duty.unit, "值班员"),
            "phone": unit.phone,
            "note": "电话通知,对方已记下",
        }
        return Deed(at, {"type": "RecordAcknowledgement", **on, **heard})
    if what == "verify":
        at = duty.since + delay(person, VERIFY, chance, now)
        if not duty.sent_back and chance.random() < SENT_BACK:
            return Deed(at, {"type": "SendBack", **on, "reason": "数字与名册对不上,请复核后重报。"})
        return Deed(at, {"type": "VerifyDelivery", **on})
    if chance.random() >= INSISTS:
        return None
    reason = "人手从邻近单位调剂,请先接下,有困难再说。"
    return Deed(duty.since + delay(person, REPLY, chance, now), {"type": "SendBack", **on, "reason": reason})


def call_stage(person: Person, seen: Seen, distress: Distress) -> str:
    """What is expected about a call for help: who called closes it, the unit above answers."""
    if distress.by == person.account:
        return f"close {distress.id} {'answered' if distress.answered_at else 'alone'}"
    unit = seen.units.get(distress.unit)
    above = unit is not None and unit.parent == seen.unit
    return f"answer {distress.id}" if above and distress.answered_at is None else ""


def call_deed(person: Person, distress: Distress, stage: str, now: int) -> Deed:
    chance = person.chance(stage)
    if stage.startswith("answer"):
        at = distress.at + delay(person, ANSWER_CALL, chance, now)
        return Deed(at, {"type": "AnswerDistress", "distress": distress.id})
    if distress.answered_at is not None:
        at = distress.answered_at + delay(person, HELP_ARRIVES, chance, now)
        reason = chance.choice(("增援已到,人员脱险,无人受伤。", "已自行脱困,装备无损,继续作业。"))
    else:
        at = distress.at + delay(person, HELP_ARRIVES, chance, now, ALONE)
        reason = "误触,人员安全。"
    return Deed(at, {"type": "CloseDistress", "distress": distress.id, "reason": reason})
