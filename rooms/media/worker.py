"""A media worker: rooms, connections, the port and the socket gateways speak on, put together.

Every request is answered at once; nothing here waits. One ticker serves all that happens by time: 25 ms for
losses while there are any, 100 ms for feedback and speakers, a second for reports, spread over connections so
that a big room does not do it all in one moment.
"""

import asyncio
import resource
import secrets
from pathlib import Path as FilePath
from time import monotonic

from rooms.control import (
    PROTOCOL,
    Answered,
    AnyRequest,
    Attach,
    Attached,
    Bye,
    Connected,
    Count,
    Counted,
    Detach,
    Done,
    DropRoom,
    Greeted,
    Hello,
    Leave,
    Offer,
    Ping,
    Refused,
    Reply,
    SetRoom,
    Want,
)  # fmt: skip
from rooms.media import answer, feedback, ice, sdp, seating, telling
from rooms.media.counting import count
from rooms.media.dtls import Certificate, Handshake, Keys
from rooms.media.link import Link
from rooms.media.local import DEVICE, Tap
from rooms.media.mux import UdpMux, bind
from rooms.media.pace import TICK, Pace, Ticker
from rooms.media.paths import open_path
from rooms.media.peer import OPENING, QUIET, SILENT, Peer
from rooms.media.room import Room

SETTLING = 0.0005  # seconds per person from one working out of who shows whom to the next
CHANGING, STEADY = 0.2, 1.0  # seconds until layers are chosen again; at once when a network carries less
CROWD = 40  # people of a room who are always seen to turn by turn
MOST_ROOMS = 200
MOST_PEERS = 400  # of a room, watchers included
MOST_ALL = 1_000


class Worker:
    """One process's."""

    def __init__(
        self, socket: FilePath, host: str, port: int, announce: list[tuple[str, int]], how: str = "auto"
    ) -> None:
        """`how`: which packet path, see `paths`."""
        self.id = secrets.token_hex(8)
        self.over = asyncio.Event()
        self.link = Link(socket, self.serve, self.over.set)
        bound = bind(host, port)
        self.path = open_path(how, bound, self._control)
        self.mux: UdpMux[Peer] = UdpMux(bound, self.path)
        self.addresses = [(each, outer or self.mux.port) for each, outer in announce]
        self.certificate = Certificate()
        self.rooms: dict[str, Room] = {}
        self._served = {
            Hello: self._hello,
            SetRoom: self._set_room,
            DropRoom: self._drop_room,
            Offer: self._offer,
            Want: self._want,
            Bye: self._bye,
            Attach: self._attach,
            Detach: self._detach,
            Count: self._count,
            Ping: self._ping,
            Leave: self._leave,
        }

    async def run(self) -> None:
        """Until no gateway came for too long, or `over` is set."""
        await self.link.open()
        self.mux.listen()
        self._pace = Pace(monotonic() - TICK / 2)  # turns fall between two ticks of the clock, not on one
        ticker = Ticker(self._turn_all)
        self.path.hurry = ticker.hurry
        try:
            over: asyncio.Future[object] = asyncio.ensure_future(self.over.wait())
            await asyncio.wait([ticker.failed, over], return_when=asyncio.FIRST_COMPLETED)
            if ticker.failed.done():
                ticker.failed.result()
        finally:
            ticker.stop()
            for room in list(self.rooms.values()):
                self._empty(room, "")
            self.mux.close()
            await self.link.close()

    # ── requests ──

    def serve(self, request: AnyRequest) -> Reply:
        reply: Reply = self._served[type(request)](request)  # type: ignore[operator]
        self.path.hurry()
        return reply

    def _hello(self, hello: Hello) -> Reply:
        asyncio.get_running_loop().call_soon(self._tell_again)
        return Greeted(
            id=hello.id,
            protocol=PROTOCOL,
            worker=self.id,
            addresses=[f"{host}:{port}" for host, port in self.addresses],
            rooms={name: room.policy.seq for name, room in self.rooms.items()},
            path=self.path.how,
            peers={
                name: [
                    [peer.participant, peer.device] for peer in room.peers.values() if peer.keys is not None
                ]
                for name, room in self.rooms.items()
            },
        )

    def _tell_again(self) -> None:
        """Behind the greeting: a new gateway knows nothing, and for others it is a repetition."""
        for room in self.rooms.values():
            for told in telling.everything(room):
                room.tell(told)

    def _ping(self, request: Ping) -> Reply:
        return Done(id=request.id)

    def _leave(self, request: Leave) -> Reply:
        """The last gateway ends in order: so does the worker, when that has been answered."""
        if self.link.gateways == 1:
            asyncio.get_running_loop().call_later(0.05, self.over.set)
        return Done(id=request.id)

    def _set_room(self, request: SetRoom) -> Reply:
        policy = request.room
        room = self.rooms.get(policy.room)
        if room is None:
            if len(self.rooms) >= MOST_ROOMS:
                return Refused(id=request.id, code="worker_full", why="too many rooms")
            self.rooms[policy.room] = Room(policy, self.path, self.link.tell)
        elif policy.seq >= room.policy.seq:
            for peer in room.obey(policy):
                self.mux.remove(peer)
        return Done(id=request.id)

    def _drop_room(self, request: DropRoom) -> Reply:
        room = self.rooms.pop(request.room, None)
        if room is not None:
            self._empty(room, "removed")
        return Done(id=request.id)

    def _offer(self, request: Offer) -> Reply:
        now = monotonic()
        room = self.rooms.get(request.room)
        if room is None:
            return Refused(id=request.id, code="unknown_room")
        if not room.admits(request.participant, request.device):
            return Refused(id=request.id, code="not_admitted")
        before = room.peers.get((request.participant, request.device))
        if before is None and len(room.peers) >= MOST_PEERS:
            return Refused(id=request.id, code="room_full")
        if before is None and sum(len(each.peers) for each in self.rooms.values()) >= MOST_ALL:
            return Refused(id=request.id, code="worker_full")
        try:
            peer, text = self._answer(room, request, now)
        except sdp.BadOffer as bad:
            return Refused(id=request.id, code=bad.code, why=str(bad))
        if before is not None:
            self._drop(before, "")
        room.join(peer)
        self.mux.add(peer)
        return Answered(id=request.id, sdp=text)

    def _answer(self, room: Room, request: Offer, now: float) -> tuple[Peer, str]:
        offered = sdp.read(request.sdp)
        choices = answer.choose(offered, request.lines)
        peer = Peer(room, request.participant, request.device, ice.credentials(), now)
        peer.remote_ufrag = offered.ufrag
        peer.arrange(choices)
        peer.handshake = Handshake(
            self.certificate,
            offered.fingerprints,
            lambda data: self._send(peer, data),
            lambda keys: self._secured(peer, keys),
        )
        here = answer.Here(
            peer.here.ufrag, peer.here.pwd, self.certificate.fingerprint, self.addresses, peer.cname
        )
        return peer, answer.write(offered, choices, here)

    def _want(self, request: Want) -> Reply:
        room = self.rooms.get(request.room)
        peer = None if room is None else room.peers.get((request.participant, request.device))
        if room is None or peer is None:
            return Refused(id=request.id, code="unknown_room" if room is None else "not_admitted")
        peer.wish(request.wishes)
        if request.means is not None:
            peer.means = frozenset(request.means)
        room.unsettled = True
        return Done(id=request.id)

    def _bye(self, request: Bye) -> Reply:
        room = self.rooms.get(request.room)
        peer = None if room is None else room.peers.get((request.participant, request.device))
        if peer is not None:
            self._drop(peer, "bye")
        return Done(id=request.id)

    def _attach(self, request: Attach) -> Reply:
        now = monotonic()
        room = self.rooms.get(request.room)
        if room is None:
            return Refused(id=request.id, code="unknown_room")
        if not room.admits(request.participant, DEVICE, local=True):
            return Refused(id=request.id, code="not_admitted")
        before = room.peers.get((request.participant, DEVICE))
        if before is not None:
            self._drop(before, "")
        try:
            tap = Tap(room, request.participant, FilePath(request.path), now)
        except OSError as error:
            return Refused(id=request.id, code="unreachable", why=str(error))
        room.join(tap)
        return Attached(id=request.id, path=str(tap.path))

    def _detach(self, request: Detach) -> Reply:
        room = self.rooms.get(request.room)
        peer = None if room is None else room.peers.get((request.participant, DEVICE))
        if peer is not None:
            self._drop(peer, "")
        return Done(id=request.id)

    def _count(self, request: Count) -> Reply:
        used = resource.getrusage(resource.RUSAGE_SELF)
        counted = self.path.counted()
        return Counted(
            id=request.id,
            worker=self.id,
            cpu_seconds=used.ru_utime + used.ru_stime,
            packets_in=counted.packets_in,
            packets_out=counted.packets_out,
            rooms={name: count(room) for name, room in self.rooms.items()},
        )

    # ── connections ──

    def _send(self, peer: Peer, data: bytes) -> None:
        if peer.address is not None:
            self.mux.send(data, peer.address)

    def _secured(self, peer: Peer, keys: Keys | None) -> None:
        """The handshake ended: with keys, or not; or the client closed DTLS."""
        if peer.closed:
            return
        if keys is None:
            self._drop(peer, "bye")
            return
        peer.keys = keys
        peer.room.unsettled = True
        self.path.hurry()
        peer.room.tell(Connected(room=peer.room.name, participant=peer.participant, device=peer.device))

    def _control(self, peer: Peer, data: bytes, now: float) -> None:
        feedback.heard(self.path, peer, data, now)
        self.path.hurry()

    def _drop(self, peer: Peer, reason: str) -> None:
        self.mux.remove(peer)
        peer.room.drop(peer, reason)

    def _empty(self, room: Room, reason: str) -> None:
        for peer in list(room.peers.values()):
            self._drop(peer, reason)

    # ── time ──

    def _turn_all(self) -> bool:
        """Whether anything presses."""
        now = monotonic()
        self._pace.turn(now)
        presses = False
        for room in self.rooms.values():
            presses |= self._turn(room, now)
        self.path.flush()
        return presses

    def _turn(self, room: Room, now: float) -> bool:
        """Whether somebody comes, waits for a picture or misses packets; of a crowd somebody always does."""
        due = self._pace.due
        if due(4):
            telling.speakers(room, now)
            telling.sending(room, now)
        if room.unsettled and now >= room.settle_at:
            room.unsettled = False
            room.settle_at = now + len(room.peers) * SETTLING
            seating.settle(room, now)
        presses = len(room.peers) > CROWD
        for index, peer in enumerate(list(room.peers.values())):
            if peer.keys is not None or peer.local:
                presses |= feedback.repairs(self.path, peer, now)
                if due(4, index):
                    feedback.arrivals(self.path, peer)
                if due(40, index):
                    feedback.reports(self.path, peer, now)
                    peer.second(now)
                if now >= peer.allocate_at:
                    peer.allocate_at = now + (STEADY if seating.allocate(room, peer, now) else CHANGING)
                if isinstance(peer, Tap):
                    peer.turn()
                    presses = True
                elif not peer.told_slots or due(40, index):
                    telling.slots(room, peer, now)
            else:
                presses = True
            if due(20, index):
                self._listen(room, peer, now)
        if due(40):
            for peer in room.publishers.values():
                for source in peer.sources.values():
                    seating.want_layers(room, source, now)
        if due(80):
            telling.quality(room, now)
        return presses or room.unsettled

    def _listen(self, room: Room, peer: Peer, now: float) -> None:
        """Whether it is still there."""
        silent = now - peer.checked_at
        there = peer.keys is not None or peer.local
        if silent > (SILENT if there else OPENING):
            self._drop(peer, "silent")
        elif silent > QUIET and there and not peer.quiet:
            peer.quiet = True
            room.unsettled = True
            for viewer in list(room.peers.values()):
                viewer.told_slots = False
