"""Random actions by random people over time, valid and invalid: what the laws are tried on.

`RandomDistrict` only drives; a law is a subclass that looks at every decision (`decided`) and at every entry
(`happened`). Hypothesis chooses the rules and a seed for each, so that a failure shrinks to a few rules.
"""

import random
from collections.abc import Sequence

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
from tests.world.dispatching import DISPATCHING
from tests.world.meetings import MEETINGS

LAWS = settings(
    max_examples=120,
    stateful_step_count=30,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)

Chance = random.Random
SEED = st.integers(0, 2**30)
UNITS = [*TREE, "new1", "new2"]
COMMANDERS = ["commander", "commander", "deputy", "east.commander"]
STAFF = ["admin", "admin", "admin2", "commander"]
BUSY = [
    *(["time_passes", "somebody_issues", "the_addressee_acts", "the_addressee_acts"] * 2),
    *("the_addressee_completes", "the_addressee_relays", "somebody_above_acts"),
    *("somebody_judges_what_was_answered", "somebody_declares", "somebody_steers_the_switch"),
    *("somebody_stands_down", "somebody_speaks_up", "the_tree_changes", "people_come_and_go"),
    *("somebody_meets" for _ in range(8)),
    *("somebody_dispatches" for _ in range(6)),
]
SITUATION_TEXTS = ["", "water in the lane", "a tree is down"]


def some_order(chance: Chance) -> c.Order:
    return order(
        chance.choice(["Check the dyke", "Move people"]),
        acknowledge=chance.choice([None, 10, 60, 300]),
        accept=chance.choice([None, 30]),
        report=chance.choice([None, 60]),
        complete=chance.choice([None, 120, 3600]),
        escalate=chance.choice([10, 60, 300]),
        relay=chance.choice(list(c.Relay)),
    )


def some_addressing(chance: Chance, within: Sequence[str] = UNITS) -> c.Addressing:
    kinds = chance.sample(list(u.UnitKind), chance.randrange(3))
    areas = [c.Area(under=chance.choice(within), kinds=kinds)] if kinds else []
    groups = chance.choice([[], [], [], ["riverside"], ["hills"]])
    return c.Addressing(units=chance.choices(within, k=chance.randrange(4)), areas=areas, groups=groups)


class RandomDistrict(RuleBasedStateMachine):
    """The small district, driven at random."""

    def __init__(self) -> None:
        super().__init__()
        self.district = District()
        self.number = 0

    # for the laws

    def deciding(self) -> None:
        """Before a decision."""

    def decided(self, ask: Ask, action: Action, events: list[Event] | Rejected) -> None:
        """After a decision, before anything of it has happened."""

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

    def chance(self, seed: int) -> Chance:
        """The same rule with the same seed does something else the next time."""
        return random.Random(f"{seed} {self.number}")

    def people(self) -> list[str]:
        return list(self.district.state.accounts)

    def at(self, chance: Chance, code: str) -> str:
        """Mostly somebody who serves at a unit."""
        there = [a.id for a in self.district.state.accounts.values() if a.unit == code]
        return chance.choice(there if there and chance.random() < 0.9 else self.people())

    def some_delivery(self, chance: Chance) -> tuple[str, str]:
        every = [(k, at) for k, by_unit in self.district.state.deliveries.items() for at in by_unit]
        return chance.choice(every) if every and chance.random() < 0.97 else ("never", chance.choice(UNITS))

    @rule(seed=SEED, steps=st.integers(1, 30))
    def a_busy_hour(self, seed: int, steps: int) -> None:
        """Much of everything, so that runs go deep; `steps` lets a failure shrink."""
        chance = self.chance(seed)
        for _ in range(steps):
            what = chance.choice(BUSY)
            if what == "time_passes":
                self.time_passes(seconds=chance.choice([1, 9, 31, 61, 300, 90_000]))
            else:
                getattr(self, what)(seed=chance.randrange(2**30))

    @rule(seconds=st.sampled_from([0, 1, 9, 31, 61, 300, 601, 4000, 90_000]))
    def time_passes(self, seconds: int) -> None:
        self.district.now += seconds * 1000
        for _ in range(100):
            self.district.world.settle(self.district.now)
            if not self.act(None, h.Lapse()):
                return
        raise AssertionError("time does not come to rest")

    @rule(seed=SEED)
    def somebody_issues(self, seed: int) -> None:
        chance = self.chance(seed)
        who = chance.choice(["commander", "deputy", "water.desk", "east.desk", *self.people()])
        home = self.district.state.accounts[who].unit
        below = [code for code in TREE if u.is_under(self.district.state.units, code, home)]
        to = some_addressing(chance, UNITS if chance.random() < 0.1 else below or UNITS)
        activation = chance.choice([None, None, None, *self.district.state.activations])
        self.act(who, c.IssueCommand(order=some_order(chance), to=to, activation=activation))

    @rule(seed=SEED)
    def the_addressee_acts(self, seed: int) -> None:
        chance = self.chance(seed)
        command, at = self.some_delivery(chance)
        asked: list[Action] = [
            c.ConfirmDelivery(command=command, unit=at, device=chance.choice(["phone", "desk"])),
            c.AcknowledgeCommand(command=command, unit=at),
            c.AcknowledgeCommand(command=command, unit=at),
            c.AcceptCommand(command=command, unit=at, note="on it"),
            c.DeclineCommand(command=command, unit=at, reason="no pumps"),
            c.ReportProgress(
                command=command, unit=at, counts=chance.choice([{}, {"moved": 3}]), unchanged=True
            ),
            c.ReportProgress(command=command, unit=at, counts=chance.choice([{}, {"strange": 3}])),
        ]
        self.act(self.at(chance, at), chance.choice(asked))

    @rule(seed=SEED)
    def the_addressee_completes(self, seed: int) -> None:
        chance = self.chance(seed)
        command, at = self.some_delivery(chance)
        self.act(self.at(chance, at), c.CompleteCommand(command=command, unit=at, note="done"))

    @rule(seed=SEED)
    def the_addressee_relays(self, seed: int) -> None:
        chance = self.chance(seed)
        command, at = self.some_delivery(chance)
        below = [code for code, (_, parent) in TREE.items() if parent == at]
        to = c.Addressing(units=below) if below else some_addressing(chance)
        self.act(self.at(chance, at), c.RelayCommand(command=command, unit=at, to=to, text="From us:"))

    @rule(seed=SEED)
    def somebody_above_acts(self, seed: int) -> None:
        chance = self.chance(seed)
        command, at = self.some_delivery(chance)
        known = self.district.state.commands.get(command)
        asked: list[Action] = [
            c.RemindDelivery(command=command, unit=at),
            c.RecordAcknowledgement(command=command, unit=at, name="Old Wang", phone="021 99"),
            c.ReassignDelivery(command=command, unit=at, to=chance.choice(UNITS), reason="too far"),
            c.AmendCommand(command=command, order=some_order(chance)),
            c.AmendCommand(command=command, order=some_order(chance)),
            c.RecallCommand(command=command, reason="false alarm"),
            c.CloseCommand(command=command),
        ]
        self.act(self.at(chance, known.holder if known else "d"), chance.choice(asked))

    @rule(seed=SEED)
    def somebody_judges_what_was_answered(self, seed: int) -> None:
        chance = self.chance(seed)
        answered = [
            delivery
            for by_unit in self.district.state.deliveries.values()
            for delivery in by_unit.values()
            if delivery.step in (c.Step.COMPLETED, c.Step.DECLINED)
        ]
        command, at = self.some_delivery(chance)
        if answered:
            delivery = chance.choice(answered)
            command, at = delivery.command, delivery.unit
        known = self.district.state.commands.get(command)
        asked: list[Action] = [
            c.VerifyDelivery(command=command, unit=at),
            c.VerifyDelivery(command=command, unit=at),
            c.SendBack(command=command, unit=at, reason="look again"),
            c.ReassignDelivery(command=command, unit=at, to=chance.choice(UNITS), reason="too far"),
        ]
        self.act(self.at(chance, known.holder if known else "d"), chance.choice(asked))

    @rule(seed=SEED)
    def somebody_declares(self, seed: int) -> None:
        chance = self.chance(seed)
        declare = m.DeclareEmergency(
            scope=chance.choice(["d", "east", "west", *UNITS, "nowhere"]),
            incident=FLOOD,
            level=chance.choice(list(i.ResponseLevel)),
            reason="rain",
            plan=chance.choice([None, "flood", "flood", "none"]),
            without=chance.choice([[], ["pumps"]]),
        )
        self.act(chance.choice([*COMMANDERS, "east.desk"]), declare)

    @rule(seed=SEED)
    def somebody_steers_the_switch(self, seed: int) -> None:
        chance = self.chance(seed)
        state = self.district.state
        activation = chance.choice([*state.activations] or ["never"])
        asked: list[Action] = [
            m.ConfirmEmergency(proposal=chance.choice([*state.proposals, "never"])),
            m.ConfirmEmergency(proposal=chance.choice([*state.proposals, "never"])),
            m.DropProposal(proposal=chance.choice([*state.proposals, "never"])),
            m.ChangeLevel(
                activation=activation, level=chance.choice(list(i.ResponseLevel)), reason="more rain"
            ),
            m.ChangeIncident(
                incident=chance.choice([*state.incidents, "never"]),
                facts=msgspec.structs.replace(FLOOD, title="Worse"),
            ),
            m.TickChecklist(activation=activation, item="lights", done=chance.random() < 0.7),
        ]
        self.act(chance.choice(COMMANDERS), chance.choice(asked))
        tick = m.TickChecklist(activation=activation, item=chance.choice(["gates", "lights"]), done=True)
        self.act(chance.choice(self.people()), tick)

    @rule(seed=SEED)
    def somebody_stands_down(self, seed: int) -> None:
        chance = self.chance(seed)
        state = self.district.state
        activation = chance.choice([*state.activations] or ["never"])
        open_ = [*state.commands, *state.board.requests, *state.board.orders]
        homes = {id: chance.choice(["d", "d", "water", "safety", "east"]) for id in open_}
        asked: list[Action] = [
            m.StandDown(activation=activation, reason="dry"),
            m.ResumeRoutine(activation=activation, hand_over=homes),
            m.ResumeRoutine(activation=activation),
        ]
        self.act(chance.choice(COMMANDERS), chance.choice(asked))

    @rule(two_person=st.booleans(), within=st.sampled_from([None, 30, 300]))
    def settings_change(self, two_person: bool, within: int | None) -> None:
        self.act("admin", m.ChangeSettings(two_person=two_person, distress_within=within))

    @rule(seed=SEED)
    def somebody_speaks_up(self, seed: int) -> None:
        chance = self.chance(seed)
        distress = chance.choice([*self.district.state.distress] or ["never"])
        kind = chance.choice(list(s.SituationKind))
        asked: list[Action] = [
            s.ReportSituation(kind=kind, text=chance.choice(SITUATION_TEXTS)),
            s.RaiseDistress(),
            s.AnswerDistress(distress=distress),
            s.CloseDistress(distress=distress, reason="safe"),
        ]
        self.act(chance.choice(["commander", *self.people()]), chance.choice(asked))

    @rule(seed=SEED)
    def somebody_meets(self, seed: int) -> None:
        chance = self.chance(seed)
        for _ in range(3):
            who, action = chance.choice(MEETINGS)(chance, self.district.state)
            self.act(who, action)

    @rule(seed=SEED)
    def somebody_dispatches(self, seed: int) -> None:
        chance = self.chance(seed)
        for _ in range(5):
            who, action = chance.choice(DISPATCHING)(chance, self.district.state)
            self.act(who, action)

    @rule(seed=SEED)
    def the_tree_changes(self, seed: int) -> None:
        chance = self.chance(seed)
        code, parent = chance.choice([*UNITS, "nowhere"]), chance.choice(UNITS)
        spare = chance.choice(["west2", "new1", "new2", code])
        asked: list[Action] = [
            u.AddUnit(unit=unit(chance.choice(["new1", "new2"]), chance.choice(list(u.UnitKind)), parent)),
            u.ChangeUnit(code=code, name="Renamed", short="R", phone="1", lon=121.3, lat=30.8),
            u.MoveUnit(code=code, parent=parent),
            u.MoveUnit(code="patrol", parent=chance.choice(["east1", "east2", "west1", "west"])),
            u.RetireUnit(code=spare),
            u.RestoreUnit(code=spare),
            u.SaveGroup(group=u.Group(id="hills", name="Hills", units=[code])),
            u.DropGroup(group="hills"),
        ]
        self.act(chance.choice(STAFF), chance.choice(asked))

    @rule(seed=SEED)
    def people_come_and_go(self, seed: int) -> None:
        chance = self.chance(seed)
        account = chance.choice([*PEOPLE, "newcomer"])
        at, post = chance.choice([*PEOPLE.values(), (chance.choice(UNITS), chance.choice(list(p.Post)))])
        state = self.district.state
        away = [a.id for a in state.accounts.values() if not a.active]
        due = [a.id for a in state.accounts.values() if a.password_due]
        asked: list[Action] = [
            p.OpenAccount(account="newcomer", login="newcomer", name="New", unit=at, post=post),
            p.ChangeAccount(account=account, name="Changed", phone="2"),
            p.AppointAccount(account=account, unit=at, post=post),
            p.CloseAccount(account=account),
            p.ReopenAccount(account=chance.choice(away or [account])),
            p.ReopenAccount(account=chance.choice(away or [account])),
            p.RequirePassword(account=account),
            p.RevokeSessions(account=account),
        ]
        self.act(chance.choice(STAFF), chance.choice(asked))
        if chance.random() < 0.2:
            joining = chance.choice(["phone", "boat.chief"])
            self.act(None, p.JoinTeam(account=joining, unit=at, name="Phone", phone="3"))
        if due:
            who = chance.choice(due)
            self.act(who, p.NotePasswordChosen(account=chance.choice([who, who, account])))

    @rule(seed=SEED)
    def plans_change(self, seed: int) -> None:
        chance = self.chance(seed)
        known = self.district.state.plans["flood"]
        fresh = msgspec.structs.replace(
            known,
            id=chance.choice(["flood", "other"]),
            version=chance.choice([known.version, known.version, 0, 1]),
            templates=[msgspec.structs.replace(t, automatic=chance.random() < 0.8) for t in known.templates],
        )
        asked: list[Action] = [
            pl.SavePlan(plan=fresh),
            pl.SavePlan(plan=fresh),
            pl.RetirePlan(plan=chance.choice(["flood", "other"])),
        ]
        self.act(chance.choice(STAFF), chance.choice(asked))
