"""Random actions by random people over time, valid and invalid: what the laws are tried on.

`RandomDistrict` only drives; a law is a subclass that looks at every decision (`decided`) and at every entry
(`happened`).
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from server.domain import command as c
from server.domain import house as h
from server.domain import incident as i
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import situation as s
from server.domain import units as u
from server.domain.message import SYSTEM, Action, Event
from server.domain.refusal import Rejected
from server.world.ask import Ask
from server.world.decide import decide
from tests.world.builders import FLOOD, PEOPLE, TREE, District, Logged, order, unit

LAWS = settings(
    max_examples=40,
    stateful_step_count=45,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

UNITS = [*TREE, "new1", "new2"]
STAFF_AND_OTHERS = ["admin", "admin2", "commander", "deputy"]
DATA = st.data()
Draw = Callable[[Sequence[Any]], Any]

orders = st.builds(
    order,
    st.sampled_from(["Check the dyke", "Move people"]),
    acknowledge=st.sampled_from([None, 10, 60, 300]),
    accept=st.sampled_from([None, 30]),
    report=st.sampled_from([None, 60]),
    complete=st.sampled_from([None, 120, 3600]),
    escalate=st.sampled_from([10, 60, 300]),
    relay=st.sampled_from(c.Relay),
)
addressings = st.builds(
    c.Addressing,
    units=st.lists(st.sampled_from([*UNITS, "nowhere"]), max_size=4),
    areas=st.lists(
        st.builds(
            c.Area,
            under=st.sampled_from(UNITS),
            kinds=st.lists(st.sampled_from(u.UnitKind), max_size=3),
        ),
        max_size=1,
    ),
    groups=st.lists(st.sampled_from(["riverside", "hills"]), max_size=1),
)


class RandomDistrict(RuleBasedStateMachine):
    """The small district, driven at random."""

    def __init__(self) -> None:
        super().__init__()
        self.district = District()
        self.number = 0

    # for the laws

    def decided(self, ask: Ask, action: Action, events: list[Event] | Rejected) -> None:
        """After a decision, before anything of it has happened."""

    def deciding(self) -> None:
        """Before a decision."""

    def happening(self) -> None:
        """Before an entry is applied."""

    def happened(self, entry: Logged) -> None:
        """After an entry was applied."""

    # driving

    def act(self, who: str | None, action: Action) -> list[Event]:
        self.number += 1
        account = None if who is None else self.district.state.accounts[who]
        ask = Ask(id=f"x{self.number}", account=account, now=self.district.now)
        self.deciding()
        try:
            events = decide(self.district.world, action, ask)
        except Rejected as refusal:
            self.decided(ask, action, refusal)
            return []
        self.decided(ask, action, events)
        if events:
            self.happening()
            self.happened(self.district.append(who or SYSTEM, events))
        return events

    def people(self) -> list[str]:
        return list(self.district.state.accounts)

    def at(self, code: str) -> list[str]:
        """Who serves at a unit; anybody when nobody does."""
        return [a.id for a in self.district.state.accounts.values() if a.unit == code] or self.people()

    @rule(data=DATA, seconds=st.sampled_from([0, 1, 9, 31, 61, 300, 601, 4000, 90_000]))
    def time_passes(self, data: st.DataObject, seconds: int) -> None:
        self.district.now += seconds * 1000
        for _ in range(100):
            self.district.world.settle(self.district.now)
            if not self.act(None, h.Lapse()):
                return
        raise AssertionError("time does not come to rest")

    @rule(data=DATA, what=orders, to=addressings)
    def somebody_issues(self, data: st.DataObject, what: c.Order, to: c.Addressing) -> None:
        who = data.draw(st.sampled_from(["commander", "deputy", "water.desk", "east.desk", *self.people()]))
        known = [None, *self.district.state.activations]
        self.act(who, c.IssueCommand(order=what, to=to, activation=data.draw(st.sampled_from(known))))

    @rule(data=DATA, what=orders)
    def a_commander_issues_to_real_units(self, data: st.DataObject, what: c.Order) -> None:
        to = data.draw(st.lists(st.sampled_from(list(TREE)), min_size=1, max_size=5, unique=True))
        self.act("commander", c.IssueCommand(order=what, to=c.Addressing(units=to)))

    def _some_delivery(self, data: st.DataObject) -> tuple[str, str] | None:
        every = [(k, at) for k, by_unit in self.district.state.deliveries.items() for at in by_unit]
        return data.draw(st.sampled_from(every)) if every else None

    @rule(data=DATA)
    def the_addressee_acts(self, data: st.DataObject) -> None:
        if (found := self._some_delivery(data)) is None:
            return
        command, at = found
        mine = {"command": command, "unit": at}
        counts = data.draw(st.sampled_from([{}, {"moved": 3}, {"strange": 1}]))
        asked: list[Action] = [
            c.ConfirmDelivery(**mine, device=data.draw(st.sampled_from(["phone", "desk"]))),
            c.AcknowledgeCommand(**mine),
            c.AcknowledgeCommand(**mine),
            c.AcceptCommand(**mine, note="on it"),
            c.DeclineCommand(**mine, reason="no pumps"),
            c.ReportProgress(**mine, counts=counts, unchanged=data.draw(st.booleans())),
            c.CompleteCommand(**mine, note="done"),
            c.CompleteCommand(**mine),
        ]
        self.act(data.draw(st.sampled_from(self.at(at))), data.draw(st.sampled_from(asked)))

    @rule(data=DATA, to=addressings)
    def the_addressee_relays(self, data: st.DataObject, to: c.Addressing) -> None:
        if (found := self._some_delivery(data)) is None:
            return
        command, at = found
        below = [code for code, (_, parent) in TREE.items() if parent == at]
        if below and data.draw(st.booleans()):
            to = c.Addressing(units=below)
        who = data.draw(st.sampled_from(self.at(at)))
        self.act(who, c.RelayCommand(command=command, unit=at, to=to, text="From us:"))

    @rule(data=DATA, what=orders)
    def somebody_above_acts(self, data: st.DataObject, what: c.Order) -> None:
        if (found := self._some_delivery(data)) is None:
            return
        command, at = found
        mine = {"command": command, "unit": at}
        issuer = self.district.state.commands[command].holder
        asked: list[Action] = [
            c.VerifyDelivery(**mine),
            c.VerifyDelivery(**mine),
            c.SendBack(**mine, reason="look again"),
            c.SendBack(**mine, reason="look again"),
            c.RemindDelivery(**mine),
            c.RecordAcknowledgement(**mine, name="Old Wang", phone="021 99"),
            c.ReassignDelivery(**mine, to=data.draw(st.sampled_from(UNITS)), reason="too far"),
            c.AmendCommand(command=command, order=what),
            c.RecallCommand(command=command, reason="false alarm"),
            c.CloseCommand(command=command),
        ]
        who = data.draw(st.sampled_from([*self.at(issuer), *self.at(issuer), "commander", "east.desk"]))
        self.act(who, data.draw(st.sampled_from(asked)))

    @rule(data=DATA, command=st.sampled_from(["x1", "x5", "never"]), at=st.sampled_from(UNITS))
    def anybody_asks_about_anything(self, data: st.DataObject, command: str, at: str) -> None:
        kind = data.draw(
            st.sampled_from([c.AcknowledgeCommand, c.AcceptCommand, c.CompleteCommand, c.VerifyDelivery])
        )
        self.act(data.draw(st.sampled_from(self.people())), kind(command=command, unit=at))

    @rule(data=DATA, scope=st.sampled_from([*UNITS, "nowhere"]), level=st.sampled_from(i.ResponseLevel))
    def somebody_declares(self, data: st.DataObject, scope: str, level: i.ResponseLevel) -> None:
        declare = m.DeclareEmergency(
            scope=data.draw(st.sampled_from(["d", "east", scope])),
            incident=FLOOD,
            level=level,
            reason="rain",
            plan=data.draw(st.sampled_from([None, "flood", "flood", "none"])),
            without=data.draw(st.sampled_from([[], ["pumps"]])),
        )
        self.act(data.draw(st.sampled_from(["commander", "deputy", "east.commander", "east.desk"])), declare)

    @rule(data=DATA, level=st.sampled_from(i.ResponseLevel), done=st.booleans())
    def somebody_steers_an_activation(
        self, data: st.DataObject, level: i.ResponseLevel, done: bool
    ) -> None:
        state = self.district.state
        who = data.draw(st.sampled_from(["commander", "deputy", "east.commander", "admin"]))
        proposal = data.draw(st.sampled_from([*state.proposals, "never"]))
        activation = data.draw(st.sampled_from([*state.activations, "never"]))
        incident = data.draw(st.sampled_from([*state.incidents, "never"]))
        homes = {id: data.draw(st.sampled_from(["d", "d", "d", "east", "water"])) for id in state.commands}
        changed = msgspec.structs.replace(FLOOD, title="Worse")
        asked: list[Action] = [
            m.ConfirmEmergency(proposal=proposal),
            m.ConfirmEmergency(proposal=proposal),
            m.DropProposal(proposal=proposal),
            m.ChangeLevel(activation=activation, level=level, reason="more rain"),
            m.ChangeIncident(incident=incident, facts=changed),
            m.TickChecklist(activation=activation, item="lights", done=done),
            m.StandDown(activation=activation, reason="dry"),
            m.ResumeRoutine(activation=activation, hand_over=homes),
            m.ResumeRoutine(activation=activation),
            m.ChangeSettings(two_person=done),
        ]
        self.act(who, data.draw(st.sampled_from(asked)))

    @rule(data=DATA, kind=st.sampled_from(s.SituationKind), text=st.sampled_from(["", "water in the lane"]))
    def somebody_speaks_up(self, data: st.DataObject, kind: s.SituationKind, text: str) -> None:
        distress = data.draw(st.sampled_from([*self.district.state.distress, "never"]))
        asked: list[Action] = [
            s.ReportSituation(kind=kind, text=text),
            s.RaiseDistress(),
            s.AnswerDistress(distress=distress),
            s.CloseDistress(distress=distress, reason="safe"),
        ]
        self.act(data.draw(st.sampled_from(self.people())), data.draw(st.sampled_from(asked)))

    @rule(data=DATA, code=st.sampled_from([*UNITS, "nowhere"]), parent=st.sampled_from(UNITS))
    def the_tree_changes(self, data: st.DataObject, code: str, parent: str) -> None:
        kind = data.draw(st.sampled_from(u.UnitKind))
        asked: list[Action] = [
            u.AddUnit(unit=unit(code, kind, parent)),
            u.ChangeUnit(code=code, name="Renamed", short="R", phone="1", lon=121.3, lat=30.8),
            u.MoveUnit(code=code, parent=parent),
            u.MoveUnit(code="patrol", parent=parent),
            u.RetireUnit(code=code),
            u.RestoreUnit(code=code),
            u.SaveGroup(group=u.Group(id="hills", name="Hills", units=[code])),
            u.DropGroup(group="hills"),
        ]
        self.act(data.draw(st.sampled_from(STAFF_AND_OTHERS)), data.draw(st.sampled_from(asked)))

    @rule(data=DATA, at=st.sampled_from(UNITS), post=st.sampled_from(p.Post))
    def people_come_and_go(self, data: st.DataObject, at: str, post: p.Post) -> None:
        account = data.draw(st.sampled_from([*PEOPLE, "newcomer"]))
        asked: list[Action] = [
            p.OpenAccount(account="newcomer", login="newcomer", name="New", unit=at, post=post),
            p.ChangeAccount(account=account, name="Changed", phone="2"),
            p.AppointAccount(account=account, unit=at, post=post),
            p.CloseAccount(account=account),
            p.ReopenAccount(account=account),
            p.ReopenAccount(account=account),
            p.RequirePassword(account=account),
            p.RevokeSessions(account=account),
        ]
        who = data.draw(st.sampled_from(STAFF_AND_OTHERS))
        self.act(who, data.draw(st.sampled_from(asked)))

    @rule(data=DATA)
    def a_password_is_chosen(self, data: st.DataObject) -> None:
        due = [a.id for a in self.district.state.accounts.values() if a.password_due] or self.people()
        who = data.draw(st.sampled_from(due))
        self.act(who, p.NotePasswordChosen(account=who))

    @rule(data=DATA, version=st.integers(0, 2), automatic=st.booleans())
    def plans_change(self, data: st.DataObject, version: int, automatic: bool) -> None:
        known = self.district.state.plans["flood"]
        fresh = pl.Plan(
            id=data.draw(st.sampled_from(["flood", "other"])),
            name="Plan",
            kind=i.IncidentKind.FLOOD,
            level=i.ResponseLevel.II,
            version=data.draw(st.sampled_from([version, known.version])),
            templates=[msgspec.structs.replace(known.templates[0], automatic=automatic)],
            checklist=known.checklist,
        )
        asked: list[Action] = [pl.SavePlan(plan=fresh), pl.RetirePlan(plan="other"), pl.RetirePlan(plan="flood")]
        self.act(data.draw(st.sampled_from(STAFF_AND_OTHERS)), data.draw(st.sampled_from(asked)))
