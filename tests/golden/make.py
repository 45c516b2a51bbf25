"""Golden files: what several people are shown before, sent, and shown after, from scripted scenarios.

python tests/golden/make.py    write tests/golden/*.json

The server's tests check that the files are current and true; the web client runs the same files through its
own `evolve`. Each file: {"scope", "before": view, "entries": [{seq, at, events: [[name, fields]]}],
"after": view}. Entries of which a scope sees nothing are left out; "after" stands at the last one that is in
the file.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from rooms import consultation as r
from server.domain import command as c
from server.domain import incident as i
from server.domain import message as msg
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import situation as s
from server.domain import units as u
from server.domain.people import Post
from server.world.scope import Scope
from server.world.state import State
from tests.golden.board import board
from tests.golden.meeting import consultation
from tests.world.builders import DAY, District, Logged, order, plan, unit

FOLDER = Path(__file__).resolve().parent
SEEN_BY = {
    "commander": "commander",
    "town": "east.desk",
    "village": "east1.desk",
    "team": "patrol.chief",
    "department": "safety.desk",
}
PHOTO = msg.Attachment(sha256="0" * 64, name="dyke.jpg", type="image/jpeg", size=12345)
HERE = msg.Position(lon=121.34, lat=30.74, accuracy=8.5)


def switch(district: District) -> None:
    """Two people throw it with the plan; level, checklist; down, up again, down, and back to routine."""
    district.ask("admin", m.ChangeSettings(two_person=True))
    dropped = district.declare()
    district.ask("deputy", m.DropProposal(proposal=dropped))
    district.declare("east", by="east.commander")
    district.wait(600)
    activation = district.declare(plan="flood")
    district.ask("deputy", m.ConfirmEmergency(proposal=activation))
    district.ask("commander", m.ChangeLevel(activation=activation, level=i.ResponseLevel.I, reason="Rising"))
    for done in (True, False, True):
        district.now += 1000
        district.ask("commander", m.TickChecklist(activation=activation, item="gates", done=done))
    facts = msgspec.structs.replace(
        district.state.incidents[f"{activation}.i"].facts, title="Flood", position=HERE
    )
    district.ask("commander", m.ChangeIncident(incident=f"{activation}.i", facts=facts))
    district.ask("commander", m.StandDown(activation=activation, reason="Dry"))
    again = district.declare()
    district.ask("deputy", m.ConfirmEmergency(proposal=again))
    district.ask("commander", m.StandDown(activation=activation, reason="Dry again"))
    homes = {f"{activation}.1": "safety", f"{activation}.2": "d"}
    district.ask("commander", m.ResumeRoutine(activation=activation, hand_over=homes))


def cascade(district: District) -> None:
    """Issue, every receipt, relay, amendment, reminders and escalation, reassignment, sending back."""
    limits = order(acknowledge=60, accept=60, report=120, complete=3600, escalate=60)
    order_ = district.issue(["east", "east1", "west1", "west2"], limits)
    mine = {"command": order_, "unit": "east1"}
    district.ask("east1.desk", c.ConfirmDelivery(**mine, device="phone-1"))
    district.now += 2000
    district.acknowledge(order_, "east1", "east1.desk")
    district.wait(130)
    child = district.relay(order_, "east", ["east1", "east2"], by="east.desk")
    team = district.relay(child, "east1", ["patrol"], by="east1.desk")
    district.ask("east1.desk", c.AcceptCommand(**mine, note="On it"))
    report = c.ReportProgress(
        command=team,
        unit="patrol",
        counts={"moved": 4},
        text="Moved four people",
        photos=[PHOTO],
        position=HERE,
        noted_at=district.now - 5000,
    )
    district.ask("patrol.chief", report)
    district.ask("commander", c.AmendCommand(command=order_, order=order("Both dykes", report=600)))
    district.acknowledge(order_, "east1", "east1.second")
    district.ask("east1.desk", c.DeclineCommand(**mine, reason="Too few of us"))
    district.ask("commander", c.SendBack(**mine, reason="Help is coming"))
    district.ask("east1.desk", c.CompleteCommand(**mine, note="Done"))
    district.ask("commander", c.SendBack(**mine, reason="Photos missing"))
    for number in range(c.REPORTS_KEPT + 2):
        district.now += 1000
        district.ask("east1.desk", c.ReportProgress(command=order_, unit="east1", counts={"moved": number}))
    district.ask("east.desk", c.RemindDelivery(**mine))
    moved = c.ReassignDelivery(command=order_, unit="west1", to="patrol", reason="Nearer")
    district.ask("commander", moved)
    heard = c.RecordAcknowledgement(command=order_, unit="west2", name="Old Wang", phone="021 99")
    district.ask("west.desk", heard)
    district.complete(order_, "east1", "east1.desk")
    district.ask("commander", c.VerifyDelivery(**mine))
    district.wait(5000)


def ending(district: District) -> None:
    """Recall of a family, closing, the last verification, and a day later everything is gone."""
    recalled = district.issue(["east"], order(complete=600))
    child = district.relay(recalled, "east", ["east1", "east2"], by="east.desk")
    district.relay(child, "east1", ["patrol"], by="east1.desk")
    closed = district.issue(["east1", "patrol"], order(complete=600))
    verified = district.issue(["patrol"])
    district.complete(verified, "patrol", "patrol.chief")
    district.ask("commander", c.VerifyDelivery(command=verified, unit="patrol"))
    district.ask("commander", c.RecallCommand(command=recalled, reason="False alarm"))
    district.ask("commander", c.CloseCommand(command=closed))
    district.ask("patrol.chief", c.ConfirmDelivery(command=closed, unit="patrol", device="phone-2"))
    district.wait(DAY)
    district.issue(["patrol"])


def ground(district: District) -> None:
    """Situation reports, more than are kept, and a distress call."""
    damage = s.ReportSituation(kind=s.SituationKind.DAMAGE, text="Tree down", photos=[PHOTO], position=HERE)
    district.ask("patrol.chief", damage)
    for _ in range(s.SITUATION_KEPT - 2):
        before = district.state.situation[next(iter(district.state.situation))]
        copied = msgspec.structs.replace(before, id=f"old{len(district.state.situation)}", unit="pump")
        district.append(
            "pump.chief", [s.SituationReported(report=msgspec.structs.replace(copied, watchers=[]))]
        )
    for who in ("east1.desk", "west.desk", "patrol.chief"):
        district.ask(who, s.ReportSituation(kind=s.SituationKind.ALL_CLEAR))
    district.ask("patrol.chief", s.RaiseDistress(position=HERE))
    district.ask("boat.chief", s.RaiseDistress())
    district.wait(3 * s.ANSWER_WITHIN)
    first, second = district.state.distress
    district.ask("east.desk", s.AnswerDistress(distress=first))
    district.ask("commander", s.CloseDistress(distress=second, reason="Safe"))


def house(district: District) -> None:
    """Units, groups, people and plans come, change and go."""
    admin: list[msg.Action] = [
        u.AddUnit(unit=unit("east3", u.UnitKind.VILLAGE, "east")),
        u.ChangeUnit(code="east1", name="East One", short="E1", phone="021 5", lon=121.3, lat=30.8),
        u.ChangeUnit(code="west1", name="West One", short="W1", phone=""),
        u.MoveUnit(code="west2", parent="east"),
        u.RetireUnit(code="west2"),
        u.RestoreUnit(code="west2"),
        u.RetireUnit(code="east3"),
        u.SaveGroup(group=u.Group(id="hills", name="Hills", units=["east1"])),
        u.DropGroup(group="riverside"),
        p.OpenAccount(account="new", login="new", name="New", unit="west2", post=Post.VILLAGE_DESK),
        p.ChangeAccount(account="patrol.chief", name="Chief He", phone="13900000000"),
        p.AppointAccount(account="new", unit="east2", post=Post.VILLAGE_DESK),
        p.CloseAccount(account="west1.desk"),
        p.ReopenAccount(account="west1.desk"),
        p.RequirePassword(account="patrol.chief"),
        p.NotePasswordChosen(account="patrol.chief"),
        p.RevokeSessions(account="patrol.chief"),
        p.RevokeSessions(account="commander"),
        pl.SavePlan(plan=msgspec.structs.replace(plan(), name="Better plan")),
        pl.RetirePlan(plan="flood"),
        m.ChangeSettings(two_person=True),
    ]
    for action in admin:
        district.now += 1000
        chosen = isinstance(action, p.NotePasswordChosen)
        district.ask("patrol.chief" if chosen else "admin", action)


SCENARIOS: dict[str, Callable[[District], None]] = {
    "switch": switch,
    "cascade": cascade,
    "ending": ending,
    "ground": ground,
    "house": house,
    "consultation": consultation,
    "board": board,
}


def golden() -> dict[str, str]:
    """The text of every golden file by name: each scenario seen by each scope, and the founding by all."""
    files: dict[str, str] = {}
    for name, scenario in SCENARIOS.items():
        district = District()
        seen_by = SEEN_BY | ({"admin": "admin"} if scenario is consultation else {})
        scopes = {label: district.scope(who) for label, who in seen_by.items()}
        before = {label: district.view(who) for label, who in seen_by.items()}
        start = len(district.log)
        scenario(district)
        for label, who in seen_by.items():
            assert district.scope(who).mark == scopes[label].mark, "a golden scope must not change on the way"
            log = district.log[start:]
            files[f"{name}-{label}.json"] = _file(
                label, _following(scopes[label], log), before[label], log, district.view(who)
            )
    everything = District()
    switch(everything)
    topics = frozenset(topic for entry in everything.log for topics in entry.audiences for topic in topics)
    seen = Scope(topics=topics, mark="")
    files["founding-everything.json"] = _file(
        "everything", seen, State(log="d"), [_public(entry) for entry in everything.log], everything.state
    )
    return files


def _following(scope: Scope, log: list[Logged]) -> Scope:
    """A connection with this scope also follows every consultation that it is shown."""
    shown = [
        f"c:{event.consultation.id}"
        for entry in log
        for event in entry.visible(scope)
        if isinstance(event, r.ConsultationOpened | r.ConsultationShown)
    ]
    return msgspec.structs.replace(scope, topics=scope.topics.union(shown))


def _public(entry: Logged) -> Logged:
    """An entry as somebody would see it who may see everything, the founding too."""
    return msgspec.structs.replace(entry, audiences=[(*topics, "all") for topics in entry.audiences])


def _file(label: str, scope: Scope, before: State, log: list[Logged], after: State) -> str:
    entries: list[dict[str, Any]] = []
    for entry in log:
        events = [[type(event).__name__, msgspec.to_builtins(event)] for event in entry.visible(scope)]
        if events:
            entries.append({"seq": entry.seq, "at": entry.at, "events": events})
    shown = after
    last = entries[-1] if entries else {"seq": before.seq, "at": before.at}
    shown = msgspec.structs.replace(shown, seq=last["seq"], at=last["at"])
    lines = ",\n".join(_line(entry) for entry in entries)
    head = _line({"scope": {"name": label, "mark": scope.mark, "topics": sorted(scope.topics)}})[1:-1]
    return f'{{{head},\n"before": {_line(before)},\n"entries": [\n{lines}\n],\n"after": {_line(shown)}}}\n'


def _line(value: Any) -> str:
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, sort_keys=True)


if __name__ == "__main__":
    for name, text in golden().items():
        (FOLDER / name).write_text(text)
