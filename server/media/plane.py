"""The rooms of this node and the workers that carry them.

Rules
- What a room should be is kept here whole, and said to its worker whenever that changes or the worker does.
- A room stays with its worker while that lives. When it dies, its rooms are placed anew at once and each of
  its members is told `Dead` with the reason "worker": they offer again, and media returns by itself.
- What workers tell is remembered by room (carried.py) and passed on; nothing here knows a client's socket.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import msgspec

from rooms import control as c
from server.media.carried import Carried
from server.media.crew import Crew, Worker
from server.media.link import Gone, Refusal
from server.media.placing import agreed, least_loaded

log = logging.getLogger(__name__)

WORKER = "worker"  # the reason of a death that no worker tells: it is gone itself
REMOVED = "removed"
COUNT_WITHIN = 1.5
FLAP_SECONDS = 5.0  # nodes that share workers: one that is started again keeps its rooms

Then = Callable[[c.Reply | None], None]


class Plane:
    """`man` with a crew, then `start`; `close` ends what was started."""

    def __init__(self) -> None:
        self.rooms: dict[str, Carried] = {}
        self.on_told: Callable[[c.Told], None] = lambda told: None
        self.on_placed: Callable[[Carried], None] = lambda carried: None  # on a worker that did not have it
        self.on_found: Callable[[str], Carried | None] = lambda room: (
            None
        )  # a worker has it: make it, if it is
        self.is_stale: Callable[[str, int], bool] = lambda room, seq: False  # what a log knows to be over
        self.on_room: Callable[[], None] = lambda: None  # there is one more, or one is another
        self.on_tap_lost: Callable[[str, str], None] = lambda room, participant: None
        self.moves = 0  # rooms placed anew because their worker was gone
        self._crew: Crew | None = None
        self._up: dict[str, Worker] = {}
        self._announced: dict[str, str] = {}
        self._flapping: dict[str, asyncio.TimerHandle] = {}
        self._placing = False
        self._starting: asyncio.Task[None] | None = None

    def man(self, crew: Crew) -> None:
        self._crew = crew

    @property
    def workers(self) -> list[Worker]:
        return self._crew.workers if self._crew is not None else []

    async def start(self) -> None:
        if self._crew is not None:
            self._starting = asyncio.create_task(self._begin(self._crew), name="media plane")

    async def _begin(self, crew: Crew) -> None:
        """Rooms are placed once it is known which workers are there already, and what they carry."""
        try:
            await crew.start()
        except OSError as trouble:
            log.error("no media: %s", trouble)
        self._placing = True
        self._place_all()

    async def close(self) -> None:
        self._placing = False
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        for timer in self._flapping.values():
            timer.cancel()
        if self._crew is not None:
            await self._crew.close()

    # ── rooms ─────────────────────────────────────────────────────────────────────────────────────

    def set_room(self, room: c.Room) -> None:
        """What a room should be from now on; the same again costs nothing."""
        carried = self.rooms.get(room.room)
        if carried is None:
            carried = self.rooms[room.room] = Carried(room)
        elif carried.sent and _same(carried.room, room):
            return
        else:
            carried.room = room
            carried.sent = False
            carried.prune()
        self._send(carried)
        self.on_room()

    def drop_room(self, name: str) -> None:
        """Everybody in it is disconnected."""
        carried = self.rooms.get(name)
        if carried is None:
            return
        self._leave(carried, self._of(carried), REMOVED)
        del self.rooms[name]

    def of_log(self, log_name: str) -> list[Carried]:
        return [carried for name, carried in self.rooms.items() if name.startswith(f"{log_name}/")]

    # ── what clients ask ──────────────────────────────────────────────────────────────────────────

    def ask(self, room: str, request: c.AnyRequest, then: Then) -> bool:
        """Pass a request to the worker of a room; False when none carries it.

        `then` is called with None when the worker goes away before it answers."""
        worker = self._of(self.rooms.get(room))
        if worker is None or worker.link is None:
            return False
        worker.link.tell(request, then)
        return True

    def worker_of(self, carried: Carried) -> str:
        """The name of the process that carries it, or ""."""
        worker = self._of(carried)
        return worker.name if worker is not None else ""

    def bye(self, room: str, participant: str, device: str) -> None:
        self.ask(room, c.Bye(id=0, room=room, participant=participant, device=device), _nothing)

    async def count(self) -> dict[str, c.Counted]:
        """What each worker has counted, by its address; who does not answer in time is left out."""

        async def one(worker: Worker) -> tuple[str, c.Counted] | None:
            if worker.link is None:
                return None
            try:
                return worker.address, await worker.link.ask(c.Count(id=0), c.Counted, COUNT_WITHIN)
            except (Gone, Refusal):
                return None

        return dict(found for found in await asyncio.gather(*map(one, self.workers)) if found is not None)

    # ── placing ───────────────────────────────────────────────────────────────────────────────────

    def _of(self, carried: Carried | None) -> Worker | None:
        return self._up.get(carried.worker) if carried is not None else None

    def _send(self, carried: Carried) -> None:
        if self._placing and not carried.worker:
            self._place(carried)
        worker = self._of(carried)
        if worker is not None and worker.link is not None:
            worker.link.tell(c.SetRoom(id=0, room=carried.room))
            carried.sent = True

    def _place(self, carried: Carried) -> None:
        """Choose a worker for a room that has none."""
        assert self._crew is not None
        if self._crew.shared:
            there = {address: self._announced[address] for address in (*self._up, *self._flapping)}
            carried.worker = agreed(carried.room.room, there) or ""
            return
        loads = {worker.address: 0 for worker in self.workers if worker.address in self._up}
        for other in self.rooms.values():
            if other.worker in loads:
                loads[other.worker] += 1 + len(other.room.people)
        carried.worker = least_loaded(loads) or ""

    def _place_all(self) -> None:
        """Rooms without a worker get one; with shared workers, the one that all nodes choose."""
        if not self._placing or self._crew is None:
            return
        for carried in self.rooms.values():
            before, fresh = carried.worker, not carried.sent
            if self._crew.shared:
                self._place(carried)
                if carried.worker != before:
                    fresh = True
                    if before:
                        self._leave(carried, self._up.get(before))
            if fresh:
                carried.sent = False
                self._send(carried)
                if carried.sent:
                    self.on_placed(carried)

    def _leave(self, carried: Carried, worker: Worker | None, reason: str = WORKER) -> None:
        """Its members lose their connections: told as the worker itself would."""
        if worker is not None and worker.link is not None:
            worker.link.tell(c.DropRoom(id=0, room=carried.room.room))
        carried.forget_told()
        for (participant, device), member in list(carried.members.items()):
            if member.lost:
                continue
            dead = c.Dead(room=carried.room.room, participant=participant, device=device, reason=reason)
            carried.take(dead)
            self.on_told(dead)

    # ── what the crew tells ───────────────────────────────────────────────────────────────────────

    def up(self, worker: Worker, greeted: c.Greeted) -> None:
        """A worker is there: a new one, or one with rooms that a node left behind."""
        self._up[worker.address] = worker
        self._announced[worker.address] = " ".join(sorted(greeted.addresses))
        timer = self._flapping.pop(worker.address, None)
        if timer is not None:
            timer.cancel()
        log.info("media worker %s is up at %s", greeted.worker, ", ".join(greeted.addresses))
        for carried in self.rooms.values():
            if carried.worker == worker.address:
                carried.sent = False
        for name, seq in greeted.rooms.items():
            self._found(worker, name, seq, greeted.peers.get(name, []))
        self._place_all()

    def _found(self, worker: Worker, name: str, seq: int, peers: list[list[str]]) -> None:
        """A room that a worker has already: it stays there, unless nobody wants it or another has it."""
        carried = self.rooms.get(name) or self.on_found(name)
        if carried is not None and carried.worker in ("", worker.address):
            carried.worker = worker.address
            self._adopt(carried, peers)
            self._send(carried)
            self.on_placed(carried)
        elif worker.link is not None and (
            (self._crew is not None and not self._crew.shared) or self.is_stale(name, seq)
        ):
            worker.link.tell(c.DropRoom(id=0, room=name))

    def _adopt(self, carried: Carried, peers: list[list[str]]) -> None:
        """Who is connected there, and who is no more."""
        here = {(peer[0], peer[1]) for peer in peers}
        for who in here:
            carried.member(*who).connected = True
        for (participant, device), member in list(carried.members.items()):
            if (participant, device) not in here and member.connected:
                dead = c.Dead(room=carried.room.room, participant=participant, device=device, reason="silent")
                carried.take(dead)
                self.on_told(dead)

    def down(self, worker: Worker) -> None:
        """Its rooms go to others."""
        self._up.pop(worker.address, None)
        mine = [carried for carried in self.rooms.values() if carried.worker == worker.address]
        if self._crew is not None and self._crew.shared:
            loop = asyncio.get_running_loop()
            self._flapping[worker.address] = loop.call_later(FLAP_SECONDS, self._stays_away, worker.address)
        for carried in mine:
            carried.sent = False
            if worker.address not in self._flapping:
                carried.worker = ""
            self._leave(carried, None)
            self.moves += 1
        self._place_all()

    def _stays_away(self, address: str) -> None:
        self._flapping.pop(address, None)
        self._place_all()

    def told(self, worker: Worker, told: c.Told) -> None:
        carried = self.rooms.get(told.room)
        if carried is None or carried.worker != worker.address:
            return
        if isinstance(told, c.Dead) and told.participant.startswith(("cam:", "rec:")):
            self.on_tap_lost(told.room, told.participant)
        self.say(told)

    def say(self, told: c.Told) -> None:
        """Remember and pass on what a worker, or a camera of this host, tells of a room."""
        carried = self.rooms.get(told.room)
        if carried is not None:
            carried.take(told)
            self.on_told(told)


def _same(one: c.Room, other: c.Room) -> bool:
    """But for the entry they were made from."""
    return msgspec.structs.replace(one, seq=other.seq) == other


def _nothing(reply: Any) -> None:
    return None
