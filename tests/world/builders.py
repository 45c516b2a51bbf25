"""A small district to test with, and steps that read like sentences.

    d                         district: commander, deputy, admin, admin2, observer
    ├─ water ─ pump           department (water.desk) with a team (pump.chief)
    ├─ safety                 department (safety.desk)
    ├─ east                   town: east.desk, east.commander
    │  ├─ east1 ─ patrol      village: east1.desk, east1.second; team: patrol.chief
    │  └─ east2               village: east2.desk
    └─ west ─ boat            town: west.desk; team: boat.chief
       ├─ west1               village: west1.desk
       └─ west2               village where nobody is

`District` keeps a log as the engine does: decide, take each event's audience before it is applied, keep
its bytes.
"""

from collections.abc import Sequence

import msgspec

from server.domain import command as c
from server.domain import house as h
from server.domain import incident as i
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import units as u
from server.domain.message import SYSTEM, Action, Event
from server.domain.people import Post
from server.domain.refusal import Code, Rejected
from server.domain.units import UnitKind
from server.world.ask import Ask
from server.world.audience import audience
from server.world.decide import decide
from server.world.founding import FoundDistrict
from server.world.registry import decode_events, encode_event, join
from server.world.scope import Scope, restrict, scope_of
from server.world.state import State
from server.world.world import World

BEGIN = 1_700_000_000_000  # epoch ms
DAY = 24 * 3600
_encoder = msgspec.msgpack.Encoder()
_canonical = msgspec.msgpack.Encoder(order="sorted")
_decoder = msgspec.msgpack.Decoder(State)

TREE: dict[str, tuple[UnitKind, str | None]] = {
    "d": (UnitKind.DISTRICT, None),
    "water": (UnitKind.DEPARTMENT, "d"),
    "safety": (UnitKind.DEPARTMENT, "d"),
    "east": (UnitKind.TOWN, "d"),
    "west": (UnitKind.TOWN, "d"),
    "east1": (UnitKind.VILLAGE, "east"),
    "east2": (UnitKind.VILLAGE, "east"),
    "west1": (UnitKind.VILLAGE, "west"),
    "west2": (UnitKind.VILLAGE, "west"),
    "pump": (UnitKind.TEAM, "water"),
    "patrol": (UnitKind.TEAM, "east1"),
    "boat": (UnitKind.TEAM, "west"),
}
PEOPLE: dict[str, tuple[str, Post]] = {
    "commander": ("d", Post.DUTY_COMMANDER),
    "deputy": ("d", Post.DUTY_COMMANDER),
    "admin": ("d", Post.ADMINISTRATOR),
    "admin2": ("d", Post.ADMINISTRATOR),
    "observer": ("d", Post.OBSERVER),
    "water.desk": ("water", Post.DEPARTMENT_DESK),
    "safety.desk": ("safety", Post.DEPARTMENT_DESK),
    "east.commander": ("east", Post.DUTY_COMMANDER),
    "east.desk": ("east", Post.TOWN_DESK),
    "west.desk": ("west", Post.TOWN_DESK),
    "east1.desk": ("east1", Post.VILLAGE_DESK),
    "east1.second": ("east1", Post.VILLAGE_DESK),
    "east2.desk": ("east2", Post.VILLAGE_DESK),
    "west1.desk": ("west1", Post.VILLAGE_DESK),
    "pump.chief": ("pump", Post.FIELD),
    "patrol.chief": ("patrol", Post.FIELD),
    "boat.chief": ("boat", Post.FIELD),
}
FLOOD = i.IncidentFacts(
    kind=i.IncidentKind.FLOOD, title="Heavy rain", grade=i.IncidentGrade.LARGER, colour=i.WarningColour.ORANGE
)


class Logged(msgspec.Struct, frozen=True):
    """One entry, as the journal keeps it."""

    seq: int
    at: int
    actor: str
    bodies: list[bytes]  # one per event
    audiences: list[tuple[str, ...]]

    def events(self) -> list[Event]:
        return decode_events(join(self.bodies))

    def visible(self, scope: Scope) -> list[Event]:
        """What a connection with this scope is sent of the entry, read back from its bytes."""
        seen = zip(self.bodies, self.audiences, strict=True)
        return decode_events(join([body for body, topics in seen if not scope.topics.isdisjoint(topics)]))


def canonical(state: State) -> bytes:
    """The same bytes for equal states, whatever the order in which they came to be."""
    return _canonical.encode(state)


def copy(state: State) -> State:
    """Through bytes, as a snapshot goes."""
    return _decoder.decode(_encoder.encode(state))


def unit(code: str, kind: UnitKind = UnitKind.VILLAGE, parent: str | None = "d") -> u.Unit:
    return u.Unit(code=code, kind=kind, name=f"Unit {code}", short=code, parent=parent, phone="021 1234")


def template(
    id: str, units: Sequence[str] = (), automatic: bool = True, areas: Sequence[c.Area] = ()
) -> pl.Template:
    return pl.Template(
        id=id,
        title=f"Template {id}",
        text="Go and look.",
        priority=c.Priority.URGENT,
        addressing=c.Addressing(units=list(units), areas=list(areas)),
        clocks=c.Clocks(acknowledge=60, report=600),
        automatic=automatic,
    )


def plan() -> pl.Plan:
    """Two automatic commands (villages of the scope; the water department) and one that is only offered."""
    villages = c.Area(under="scope", kinds=[UnitKind.VILLAGE])
    return pl.Plan(
        id="flood",
        name="Flood plan",
        kind=i.IncidentKind.FLOOD,
        level=i.ResponseLevel.III,
        version=1,
        templates=[
            template("villages", areas=[villages]),
            template("pumps", ["water"]),
            template("shelter", ["safety"], automatic=False),
        ],
        rooms=[pl.PlannedRoom(id="room", name="Room", invitees=[pl.Invitee(post=Post.DUTY_COMMANDER)])],
        resources=[pl.PlannedResource(kind="Pump", quantity=3, measure="台", place="Depot")],
        checklist=[
            pl.ChecklistItem(id="lights", text="Street lights"),
            pl.ChecklistItem(id="gates", text="", post=Post.DEPARTMENT_DESK),
        ],
    )


def founding() -> FoundDistrict:
    return FoundDistrict(
        name="Small district",
        exercise=False,
        units=[unit(code, kind, parent) for code, (kind, parent) in TREE.items()],
        accounts=[
            p.Account(id=id, login=id, name=f"Name of {id}", unit=at, post=post)
            for id, (at, post) in PEOPLE.items()
        ],
        plans=[plan()],
        groups=[u.Group(id="riverside", name="Riverside", units=["east1", "west1", "boat"])],
    )


def order(
    title: str = "Check the dyke",
    *,
    acknowledge: int | None = 300,
    accept: int | None = None,
    report: int | None = None,
    complete: int | None = None,
    escalate: int = 300,
    relay: c.Relay = c.Relay.OPTIONAL,
    fields: Sequence[str] = ("moved",),
) -> c.Order:
    return c.Order(
        title=title,
        text="Walk along the dyke and report.",
        priority=c.Priority.URGENT,
        clocks=c.Clocks(
            acknowledge=acknowledge, accept=accept, report=report, complete=complete, escalate=escalate
        ),
        relay=relay,
        fields=[c.ReportField(key=key, label=key, measure="人") for key in fields],
    )


class District:
    """The log of the small district, at one moment; `ask` and `wait` move it on."""

    def __init__(self) -> None:
        self.world = World(State(log="d"))
        self.log: list[Logged] = []
        self.now = BEGIN
        self.asked = 0
        self.ask(None, founding(), id="founding")

    @property
    def state(self) -> State:
        return self.world.state

    def decide(self, who: str | None, action: Action, id: str | None = None) -> tuple[Ask, list[Event]]:
        """What would happen; nothing does. Ids are a1, a2, … in the order of asking."""
        if id is None:
            self.asked += 1
            id = f"a{self.asked}"
        account = None if who is None else self.state.accounts[who]
        ask = Ask(id=id, account=account, now=self.now)
        return ask, decide(self.world, action, ask)

    def ask(self, who: str | None, action: Action, id: str | None = None) -> list[Event]:
        """Ask and let it happen."""
        _, events = self.decide(who, action, id)
        if events:
            self.append(who or SYSTEM, events)
        return events

    def append(self, actor: str, events: Sequence[Event]) -> Logged:
        bodies: list[bytes] = []
        audiences: list[tuple[str, ...]] = []
        self.state.seq += 1
        self.state.at = self.now
        for event in events:
            audiences.append(audience(self.world, event, events))
            bodies.append(encode_event(event))
            self.world.apply(event, self.now)
        entry = Logged(self.state.seq, self.now, actor, bodies, audiences)
        self.log.append(entry)
        return entry

    def refused(self, who: str | None, action: Action) -> Code | None:
        """The code with which an action is refused; None when it is not."""
        try:
            self.decide(who, action)
        except Rejected as refusal:
            return refusal.code
        return None

    def lapse(self) -> list[Event]:
        """Everything that is due now, as the shell's timer brings it about."""
        happened: list[Event] = []
        for _ in range(1000):
            self.world.settle(self.now)
            events = self.ask(None, h.Lapse())
            if not events:
                return happened
            happened += events
            self.world.settle(self.now)
        raise AssertionError("time does not come to rest")

    def wait(self, seconds: float) -> list[Event]:
        """Let time pass, ringing at every deadline on the way."""
        until = self.now + round(seconds * 1000)
        happened = self.lapse()
        while (ring := self.world.next_ring()) is not None and ring <= until:
            self.now = max(self.now, ring)
            happened += self.lapse()
            self.world.settle(self.now)
        self.now = until
        return happened

    # what is asked most

    def issue(self, to: Sequence[str], what: c.Order | None = None, by: str = "commander") -> str:
        """Issue a command to units; its id."""
        self.ask(by, c.IssueCommand(order=what or order(), to=c.Addressing(units=list(to))))
        return f"a{self.asked}"

    def relay(self, command: str, at: str, to: Sequence[str], by: str) -> str:
        self.ask(by, c.RelayCommand(command=command, unit=at, to=c.Addressing(units=list(to))))
        return f"a{self.asked}"

    def acknowledge(self, command: str, at: str, by: str) -> list[Event]:
        return self.ask(by, c.AcknowledgeCommand(command=command, unit=at))

    def complete(self, command: str, at: str, by: str) -> list[Event]:
        return self.ask(by, c.CompleteCommand(command=command, unit=at))

    def declare(self, scope: str = "d", by: str = "commander", plan: str | None = None) -> str:
        """Throw the switch; the id of the activation (or of the proposal when two are needed)."""
        self.ask(
            by,
            m.DeclareEmergency(
                scope=scope, incident=FLOOD, level=i.ResponseLevel.III, reason="Rain", plan=plan
            ),
        )
        return f"a{self.asked}"

    # what is looked at most

    def delivery(self, command: str, at: str) -> c.Delivery:
        return self.state.deliveries[command][at]

    def scope(self, who: str) -> Scope:
        return scope_of(self.state, self.state.accounts[who])

    def view(self, who: str) -> State:
        """What the account is shown, through bytes."""
        return copy(restrict(self.state, self.scope(who)))
