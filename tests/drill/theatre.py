"""A drill without wire or clock: the stations' minds on the small district, under the real rules.

Time goes from deed to deed. Every station sees what its scope is shown, through bytes, as on the wire.
"""

from collections import Counter
from typing import Any

import msgspec

from clients.drill import told
from clients.drill.agenda import Agenda, Mind
from clients.drill.director import DirectorMind
from clients.drill.job import Job, Post
from clients.drill.mind import StationMind, person_of
from clients.drill.seen import Seen
from resources import actions as b
from resources.state import Category, ResourceFacts
from server.domain import command as c
from server.domain import message as msg
from server.domain.message import Action
from server.domain.people import Account
from server.domain.people import Post as Held
from server.domain.plans import Plan, PlanSaved
from server.domain.refusal import Rejected
from server.founding import read_plans
from server.world.registry import AnyAction
from server.world.scope import restrict
from tests.world.builders import District, Logged

STOCK = [
    b.ResourceEntry(
        id=f"{category}-{quantity}-{owner}-{number}",
        category=category,
        measure="只",
        facts=ResourceFacts(kind=kind, owner=owner, position=msg.Position(lon=121.3, lat=30.8)),
        quantity=quantity,
    )
    for kind, category, quantity, count in (
        ("移动水泵", Category.PUMP, 1, 3),
        ("冲锋舟", Category.BOAT, 1, 2),
        ("防汛沙袋", Category.MATERIAL, 900, 1),
        ("编织袋", Category.MATERIAL, 700, 1),
    )
    for owner in ("water", "safety", "west")
    for number in range(count)
]
ON_STAGE = frozenset({Held.DEPARTMENT_DESK, Held.TOWN_DESK, Held.VILLAGE_DESK, Held.FIELD})
_pack = msgspec.msgpack.Encoder().encode
_view = msgspec.msgpack.Decoder(told.View)


class Actor:
    """One station: what it sees and means to do."""

    def __init__(self, district: District, account: Account, mind: Mind) -> None:
        self.account = account.id
        self.scope = district.scope(account.id)
        self.seen = Seen(account=account.id, unit=account.unit)
        self.agenda = Agenda(mind)
        view = _view.decode(_pack(restrict(district.state, self.scope)))
        self.agenda.reconsider(self.seen, self.seen.start(view, with_plans=True), district.now)

    def hear(self, entry: Logged) -> None:
        for event in entry.visible(self.scope):
            heard = told.decoded(type(event).__name__, msgspec.Raw(_pack(event)))
            if heard is not None:
                self.agenda.reconsider(self.seen, self.seen.apply(heard, entry.at), entry.at)


class Theatre:
    """`play(seconds)` of the wall clock; `acts` is what was done, `refused` what the rules did not want."""

    def __init__(
        self, seed: str, directed: bool = False, plan: str = "typhoon-flood", stock: bool = False
    ) -> None:
        self.district = District()
        if stock:
            self.district.ask("admin", b.SaveResources(resources=STOCK), id="stock")
        self.plan: Plan = next(p for p in read_plans() if p.id == plan)
        self.district.append("system", [PlanSaved(plan=self.plan)])
        self.acts: list[tuple[int, str, dict[str, Any]]] = []
        self.refused: list[tuple[str, str, str]] = []
        self.deaf: set[str] = (
            set()
        )  # accounts without a network: they do what they meant to, and hear nothing
        self._told = len(self.district.log)
        self._asked = 0
        accounts = self.district.state.accounts.values()
        posts = [
            Post("", a.id, a.unit, self.district.state.units[a.unit].kind.value, a.post.value)
            for a in accounts
            if a.post in ON_STAGE
        ]
        job = Job(url="", log="drill", stations=posts, seed=seed)
        self.actors = [
            Actor(
                self.district, self.district.state.accounts[post.account], StationMind(person_of(job, post))
            )
            for post in posts
        ]
        if directed:
            deputy = self.district.state.accounts["deputy"]
            post = Post("", deputy.id, deputy.unit, "district", deputy.post.value)
            self.actors.append(Actor(self.district, deputy, DirectorMind(person_of(job, post), 8.0)))

    def play(self, seconds: float) -> None:
        until = self.district.now + round(seconds * 1000)
        while True:
            self._tell()
            due = [(at, actor.account, actor) for actor in self.actors if (at := actor.agenda.next_at())]
            at, _, actor = min(due, key=lambda row: row[:2], default=(until + 1, "", None))
            ring = self.district.world.next_ring()
            if ring is not None and ring <= min(at, until):
                self.district.wait(max(0, ring - self.district.now) / 1000)
                continue
            if actor is None or at > until:
                break
            self.district.now = max(self.district.now, at)
            self._act(actor)
        self.district.now = until

    def commander(self, action: Action, id: str | None = None) -> None:
        self.district.ask("commander", action, id)
        self._tell()

    def issue(self, *units: str, relay: c.Relay = c.Relay.OPTIONAL) -> str:
        """The commander's transfer order; its id."""
        move = next(t for t in self.plan.templates if t.id == "move-people")
        order = c.Order(
            title=move.title,
            text=move.text,
            priority=move.priority,
            clocks=move.clocks,
            relay=relay,
            fields=move.fields,
        )
        return self.district.issue(units, order)

    def done(self, kind: str, by: str | None = None) -> int:
        return sum(do["type"] == kind and by in (None, who) for _, who, do in self.acts)

    def kinds(self) -> Counter[str]:
        return Counter(do["type"] for _, _, do in self.acts)

    def _act(self, actor: Actor) -> None:
        taken = actor.agenda.take(actor.seen, self.district.now)
        if taken is None:
            return
        matter, stage, deed = taken
        self._asked += 1
        self.acts.append((self.district.now, actor.account, deed.do))
        try:
            action: Any = msgspec.convert(deed.do, AnyAction)
            self.district.ask(actor.account, action, f"s{self._asked}")
        except Rejected as refusal:
            self.refused.append((actor.account, stage, refusal.code.value))
        self._tell()
        actor.agenda.finish(actor.seen, matter, stage, self.district.now)

    def _tell(self) -> None:
        for entry in self.district.log[self._told :]:
            for actor in self.actors:
                if actor.account not in self.deaf:
                    actor.hear(entry)
        self._told = len(self.district.log)
