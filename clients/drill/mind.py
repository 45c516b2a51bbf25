"""Which of the rules applies: one's own order, a unit below, a call for help, or what comes up unasked."""

from collections.abc import Container
from random import Random

from clients.drill import board, desk, dispatching, ground, person
from clients.drill.job import Job, Post
from clients.drill.person import Deed, Intention, Person
from clients.drill.seen import DISTRESS, NEEDS, SELF, Matter, Seen
from clients.drill.track import home


def person_of(job: Job, post: Post) -> Person:
    """The person of a station; teams go about, desks stay. Without a position: the middle of the stations."""
    seed = str(job.seed or job.log)
    chance = Random(f"{seed}/{post.account}")
    lon, lat = post.lon, post.lat
    if lon is None or lat is None:
        placed = [(p.lon, p.lat) for p in job.stations if p.lon is not None and p.lat is not None]
        lon = sum(p[0] for p in placed) / len(placed) if placed else 0.0
        lat = sum(p[1] for p in placed) / len(placed) if placed else 0.0
        lon, lat = lon + chance.uniform(-0.03, 0.03), lat + chance.uniform(-0.02, 0.02)
    return Person(
        account=post.account,
        unit=post.unit,
        kind=post.kind,
        post=post.post,
        device="station",
        seed=seed,
        pace=job.pace,
        speed=chance.lognormvariate(0.0, 0.2),
        home=home(lon, lat, chance if post.post == person.TEAM else None),
    )


class StationMind:
    """Remembers intentions only to spare the arithmetic: they follow from the seed."""

    def __init__(self, who: Person) -> None:
        self.who = who
        self._meant: dict[str, Intention] = {}

    def stage(self, seen: Seen, matter: Matter, done: Container[str]) -> str:
        if matter == SELF:
            return ground.stage(self.who, seen)
        if matter[0] == DISTRESS:
            call = seen.distress.get(matter[1])
            return "" if call is None else desk.call_stage(self.who, seen, call)
        if matter == NEEDS:
            return dispatching.ask_stage(self.who, seen)
        if matter[0] == board.REQUEST:
            asked = seen.board.requests.get(matter[1])
            return "" if asked is None else dispatching.request_stage(self.who, seen, asked)
        if matter[0] in (board.ORDER, board.DISCREPANCY):
            order = seen.board.orders.get(matter[1])
            return "" if order is None else dispatching.order_stage(self.who, seen, order)
        command, duty = seen.commands.get(matter[0]), seen.duty(*matter)
        if command is None or duty is None:
            return ""
        if duty.unit == self.who.unit:
            meant = self._meant.get(command.id)
            if meant is None:
                chance = self.who.chance("intend", command.id)
                meant = self._meant[command.id] = person.intend(self.who, command, chance)
            return person.stage(self.who, seen, command, duty, meant, done)
        return desk.stage(seen, command, duty) if self.who.post != person.TEAM else ""

    def where(self, seen: Seen, now: int) -> dict[str, float]:
        return dispatching.where(self.who, seen, now)

    def deed(self, seen: Seen, matter: Matter, stage: str, now: int) -> Deed | None:
        if matter == SELF:
            return ground.deed(self.who, seen, stage)
        if matter[0] == DISTRESS:
            return desk.call_deed(self.who, seen.distress[matter[1]], stage, now)
        if matter == NEEDS:
            return dispatching.ask_deed(self.who, seen, stage)
        if matter[0] == board.REQUEST:
            return dispatching.request_deed(self.who, seen.board.requests[matter[1]], stage, now)
        if matter[0] == board.ORDER:
            return dispatching.order_deed(self.who, seen, seen.board.orders[matter[1]], stage, now)
        command, duty = seen.commands[matter[0]], seen.duties[matter[0]][matter[1]]
        if duty.unit == self.who.unit:
            return person.deed(self.who, seen, command, duty, stage, now)
        return desk.deed(self.who, seen, command, duty, stage, now)
