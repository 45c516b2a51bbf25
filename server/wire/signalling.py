"""Media on the socket: who may offer where, and what workers tell, to the right sockets only.

Rules
- Authority is decided here, on every request: the room must have this account, and only the device it joined
  with may send; any other of its devices watches. The worker enforces the same on every packet.
- An answer to a request comes from the worker, or says that there is none (`media_down`, to be tried again).
- A socket that ends does not touch media, unless its session has ended: then its device is cut off. A socket
  that comes back is told everything that holds now.
- What is told goes straight to the connections it concerns. Speakers and quality are left out for a client
  that does not keep up; whatever would leave its screen wrong is not.
"""

import asyncio
import logging
from collections.abc import Iterable
from functools import partial
from time import monotonic

import msgspec

from rooms import control as c
from server.domain.refusal import Code, Rejected
from server.media.carried import REPLACED, Carried, Member
from server.media.plane import Plane
from server.media.projection import Projection
from server.wire import signals as s
from server.wire.answers import told as in_words
from server.wire.hosted import Hosted, Seat
from server.wire.sockets import Connection, frame
from server.wire.sockets.rates import Bucket

log = logging.getLogger(__name__)

SDP_AT_MOST = 200_000
LINES_AT_MOST = 64
WISHES_AT_MOST = 64
OFFER_RATE, OFFER_BURST = 1.0, 10.0  # a second and account
TRY_AGAIN = 1000  # ms: a dead worker's room has another by then
CUT_OFF = frozenset({Code.SESSION_REVOKED.value, Code.LOG_CLOSED.value})

SENDS = frozenset({c.Line.MIC, c.Line.CAMERA, c.Line.SCREEN})
REFUSED: dict[str, Code] = {
    "bad_sdp": Code.BAD_OFFER,
    "no_codec": Code.BAD_OFFER,
    "too_large": Code.TOO_LARGE,
    "not_admitted": Code.NOT_IN_ROOM,
    "room_full": Code.ROOM_FULL,
    "worker_full": Code.ROOM_FULL,
}

_request = msgspec.msgpack.Decoder(s.MediaRequest)
_pack = msgspec.msgpack.Encoder().encode


class Signalling:
    """One per node; `follow` and `unfollow` with the logs it hosts."""

    def __init__(self, hosted: dict[str, Hosted], plane: Plane) -> None:
        self._hosted = hosted
        self._plane = plane
        self._projections: dict[str, Projection] = {}
        self._offers: dict[tuple[str, str], Bucket] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        plane.on_told = self._told
        plane.on_placed = self._placed
        plane.on_found = self._found
        plane.is_stale = self._is_stale

    def follow(self, projection: Projection) -> None:
        self._projections[projection.log] = projection
        projection.start()

    async def unfollow(self, log_name: str, *, for_good: bool) -> None:
        projection = self._projections.pop(log_name, None)
        if projection is not None:
            await projection.close(for_good=for_good)

    # ── what clients ask ──────────────────────────────────────────────────────────────────────────

    def heard(self, connection: Connection, seat: Seat, raw: msgspec.Raw, ack: int) -> None:
        """Raises Rejected, and what a decoder raises."""
        request = _request.decode(raw)
        asked = (request.offer is not None) + (request.wishes is not None) + request.bye
        if asked != 1:
            raise Rejected(Code.BAD_ACTION, why="one of offer, wishes, bye")
        if request.offer is not None:
            self._take_offer(connection, seat, request, request.offer, ack)
        elif request.wishes is not None:
            self._wish(connection, seat, request.room, request.wishes, request.sends, ack)
        else:
            self._plane.bye(_name(seat, request.room), seat.account, seat.device)
            connection.reply(ack, _pack({}))

    def _take_offer(
        self, connection: Connection, seat: Seat, request: s.MediaRequest, sdp: str, ack: int
    ) -> None:
        if len(sdp) > SDP_AT_MOST or len(request.lines) > LINES_AT_MOST:
            raise Rejected(Code.TOO_LARGE, most=SDP_AT_MOST)
        key = (seat.hosted.engine.journal.log, seat.account)
        now = monotonic()
        bucket = self._offers.get(key)
        if bucket is None:
            bucket = self._offers[key] = Bucket(OFFER_BURST, now)
        wait = bucket.take(now, OFFER_RATE, OFFER_BURST)
        if wait:
            raise Rejected(Code.RATE_LIMITED, after=int(wait * 1000) + 1)
        task = asyncio.create_task(self._offer(connection, seat, request, sdp, ack))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _offer(
        self, connection: Connection, seat: Seat, request: s.MediaRequest, sdp: str, ack: int
    ) -> None:
        """Behind all that was asked before: an offer right behind its joining is no stranger's. No await
        after that: the room is what the log says, and the worker hears it first."""
        try:
            await seat.hosted.engine.up_to_date()
            carried = self._admitted(seat, request.room)
            sends = carried.takes_part(seat.account, seat.device)
            if not sends and not SENDS.isdisjoint(request.lines.values()):
                raise Rejected(Code.BAD_OFFER, why="this device watches: it has no lines to send on")
            offer = c.Offer(
                id=0,
                room=carried.room.room,
                participant=seat.account,
                device=seat.device,
                sdp=sdp,
                lines=request.lines,
            )
            then = partial(self._answered, connection, seat, ack, carried, self._plane.worker_of(carried))
            if not self._plane.ask(carried.room.room, offer, then):
                raise Rejected(Code.MEDIA_DOWN, after=TRY_AGAIN)
        except Rejected as refusal:
            connection.reply(ack, _pack(in_words(refusal)))
        except Exception:  # a defect must not leave the caller without an answer
            log.exception("an offer of %s failed", seat.account)
            connection.reply(ack, _pack(in_words(Rejected(Code.INTERNAL))))

    def _answered(
        self,
        connection: Connection,
        seat: Seat,
        ack: int,
        carried: Carried,
        worker: str,
        reply: c.Reply | None,
    ) -> None:
        if isinstance(reply, c.Answered):
            carried.offered(seat.account, seat.device)
            connection.reply(ack, _pack(s.MediaAnswer(sdp=reply.sdp, worker=worker)))
            self._tell_all(connection, carried, seat.account, seat.device)
            return
        connection.reply(ack, _pack(in_words(_refusal(reply))))

    def _wish(
        self,
        connection: Connection,
        seat: Seat,
        room: str,
        wishes: list[c.Wish],
        sends: list[c.Kind] | None,
        ack: int,
    ) -> None:
        if len(wishes) > WISHES_AT_MOST:
            raise Rejected(Code.TOO_LARGE, most=WISHES_AT_MOST)
        name = _name(seat, room)
        who, device = seat.account, seat.device
        want = c.Want(id=0, room=name, participant=who, device=device, wishes=wishes, means=sends)

        def then(reply: c.Reply | None) -> None:
            done = isinstance(reply, c.Done)
            connection.reply(ack, _pack({} if done else in_words(_refusal(reply))))

        if name not in self._plane.rooms:
            raise Rejected(Code.NOT_IN_ROOM)
        if not self._plane.ask(name, want, then):
            raise Rejected(Code.MEDIA_DOWN, after=TRY_AGAIN)

    def _admitted(self, seat: Seat, room: str) -> Carried:
        """Raises Rejected: no such room, or not for this account."""
        projection = self._projections.get(seat.hosted.engine.journal.log)
        carried = projection.room(room) if projection is not None else None
        if carried is None or seat.account not in carried.room.people:
            raise Rejected(Code.NOT_IN_ROOM)
        return carried

    # ── sockets come and go ───────────────────────────────────────────────────────────────────────

    def came(self, connection: Connection, seat: Seat) -> None:
        """Everything that holds in the rooms this device is in, and what it has lost meanwhile."""
        for carried in self._plane.of_log(seat.hosted.engine.journal.log):
            member = carried.members.get((seat.account, seat.device))
            room = _short(carried)
            if member is None:
                if carried.sent and carried.takes_part(seat.account, seat.device):
                    connection.write(_framed(s.MediaLost(room=room, lost="worker")))
            elif member.lost:
                connection.write(_framed(s.MediaLost(room=room, lost=member.lost)))
            else:
                if member.connected:
                    connection.write(_framed(s.MediaConnected(room=room, connected=True)))
                self._tell_all(connection, carried, seat.account, seat.device)

    def went(self, seat: Seat, reason: str) -> None:
        """A socket has ended; media goes on, unless the right to it has ended too."""
        if seat.account not in seat.hosted.seats:
            self._offers.pop((seat.hosted.engine.journal.log, seat.account), None)
        if reason not in CUT_OFF:
            return
        for carried in self._plane.of_log(seat.hosted.engine.journal.log):
            if (seat.account, seat.device) in carried.members:
                self._plane.bye(carried.room.room, seat.account, seat.device)

    def _tell_all(self, connection: Connection, carried: Carried, participant: str, device: str) -> None:
        """What holds in a room, whole."""
        room = _short(carried)
        member = carried.members.get((participant, device)) or Member()
        words: list[msgspec.Struct] = [
            s.MediaSending(room=room, sending=carried.sending),
            s.MediaSpeakers(room=room, speakers=carried.speakers),
        ]
        if carried.playing:
            words.append(_cameras(room, carried.playing.values()))
        if carried.quality:
            words.append(s.MediaQuality(room=room, quality=carried.quality))
        if member.wanted is not None:
            words.append(s.MediaWanted(room=room, wanted=member.wanted))
        if member.slots:
            words.append(s.MediaSlots(room=room, slots=member.slots))
        connection.write(b"".join(map(_framed, words)))

    # ── what workers tell ─────────────────────────────────────────────────────────────────────────

    def _told(self, told: c.Told) -> None:
        log_name, _, room = told.room.partition("/")
        hosted = self._hosted.get(log_name)
        carried = self._plane.rooms.get(told.room)
        projection = self._projections.get(log_name)
        if hosted is None or carried is None or projection is None:
            return
        projection.absence.told(carried, told, monotonic())
        match told:
            case c.Slots():
                self._tell(hosted, told, s.MediaSlots(room=room, slots=told.slots))
            case c.Wanted():
                self._tell(hosted, told, s.MediaWanted(room=room, wanted=told.layers))
            case c.Connected():
                self._tell(hosted, told, s.MediaConnected(room=room, connected=True))
            case c.Dead():
                if told.reason != REPLACED:
                    self._tell(hosted, told, s.MediaLost(room=room, lost=told.reason))
            case c.Sending():
                sending = {told.participant: told.kinds}
                self._tell_room(hosted, carried, s.MediaSending(room=room, sending=sending))
            case c.Speaking():
                speaking = s.MediaSpeakers(room=room, speakers=told.speakers)
                self._tell_room(hosted, carried, speaking, lossy=True)
            case c.Quality():
                quality = s.MediaQuality(room=room, quality=told.people)
                self._tell_room(hosted, carried, quality, lossy=True)
            case c.Playing():
                self._tell_room(hosted, carried, _cameras(room, [told]))

    def _tell(
        self, hosted: Hosted, told: c.Slots | c.Wanted | c.Connected | c.Dead, words: msgspec.Struct
    ) -> None:
        for connection in _of(hosted, told.participant, told.device):
            connection.write(_framed(words))

    def _tell_room(
        self, hosted: Hosted, carried: Carried, words: msgspec.Struct, *, lossy: bool = False
    ) -> None:
        framed = _framed(words)
        for participant, device in carried.members:
            for connection in _of(hosted, participant, device):
                if connection.fd >= 0 or not lossy:
                    connection.write(framed)

    # ── what the plane asks ───────────────────────────────────────────────────────────────────────

    def _projection(self, room: str) -> Projection | None:
        return self._projections.get(room.partition("/")[0])

    def _placed(self, carried: Carried) -> None:
        projection = self._projection(carried.room.room)
        if projection is not None:
            projection.absence.placed(carried, monotonic())

    def _found(self, room: str) -> Carried | None:
        projection = self._projection(room)
        return projection.room(room.partition("/")[2]) if projection is not None else None

    def _is_stale(self, room: str, seq: int) -> bool:
        projection = self._projection(room)
        return projection is not None and projection.has_seen(seq)


def _refusal(reply: c.Reply | None) -> Rejected:
    if isinstance(reply, c.Refused) and reply.code in REFUSED:
        code = REFUSED[reply.code]
        return Rejected(code, why=reply.why) if reply.why else Rejected(code)
    return Rejected(Code.MEDIA_DOWN, after=TRY_AGAIN)


def _name(seat: Seat, room: str) -> str:
    return f"{seat.hosted.engine.journal.log}/{room}"


def _short(carried: Carried) -> str:
    return carried.room.room.partition("/")[2]


def _cameras(room: str, told: Iterable[c.Playing]) -> s.MediaCameras:
    cameras = {one.participant: s.CameraState(state=one.state, why=one.why) for one in told}
    return s.MediaCameras(room=room, cameras=cameras)


def _framed(words: msgspec.Struct) -> bytes:
    return frame("media", _pack(words))


def _of(hosted: Hosted, account: str, device: str) -> Iterable[Connection]:
    """The sockets of a device: one, or none."""
    return [one for one in hosted.seats.get(account, ()) if one.context.device == device]
