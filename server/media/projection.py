"""One log followed to its rooms: what the journal says of a consultation becomes what a worker enforces.

Rules
- A room is made anew from the state when a batch of entries touched its consultation, once for the batch: an
  answered action is already in force at the worker for whatever its caller asks next.
- A camera that is watched alone is a room without entries of its own. Everybody who may see it is in it, so
  that every node makes the same room; it goes when nobody watches any more.
- Sessions that end take their media with them, also that of a device whose socket is gone already.
- Absence is asked to be noted under an id that every node makes alike: one entry, however many nodes see it.
"""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from time import monotonic

from rooms import control as c
from rooms.consultation import actions as a
from rooms.consultation import events as e
from server.domain import people as p
from server.domain import units as u
from server.domain.message import Action, Event
from server.domain.refusal import Rejected
from server.engine.engine import Engine
from server.engine.inbox import Answer
from server.engine.published import Published
from server.media.absence import Absence
from server.media.carried import Carried
from server.media.plane import Plane
from server.media.rules import CAMERA, camera_room, consultation_room

EVERY = 1.0
UNWATCHED_FOR = 20.0  # seconds until a camera nobody watches is let go
ASKED_AGAIN_AFTER = 10.0

_OPENS = (e.ConsultationOpened, e.ConsultationShown)
_PEOPLE_AND_CAMERAS = (
    p.AccountOpened,
    p.AccountAppointed,
    p.AccountClosed,
    p.AccountReopened,
    u.UnitMoved,
    e.CameraRegistered,
    e.CameraChanged,
    e.CameraRetired,
)
_ENDS_SESSIONS = (p.AccountClosed, p.SessionsRevoked, p.PasswordRequired)
_TOUCHES: frozenset[type[Event]] = frozenset(
    {
        *_OPENS,
        *_PEOPLE_AND_CAMERAS,
        *_ENDS_SESSIONS,
        *(kind for kind in vars(e).values() if isinstance(kind, type) and issubclass(kind, e.OfConsultation)),
    }
)


class Projection:
    """`start`, then `told` with every batch; `close` when the log leaves this node."""

    def __init__(self, engine: Engine, plane: Plane) -> None:
        self.log = engine.journal.log
        self._engine = engine
        self._plane = plane
        self._task: asyncio.Task[None] | None = None
        self._unwatched: dict[str, float] = {}
        self.absence = Absence(self._absent, self._back)

    def start(self) -> None:
        self._make_all()
        self._task = asyncio.create_task(self._look(), name=f"rooms of {self.log}")

    async def close(self, *, for_good: bool) -> None:
        """`for_good`: the log itself is over, and so are its rooms."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for carried in self._plane.of_log(self.log):
            if for_good:
                self._plane.drop_room(carried.room.room)

    # ── following the log ─────────────────────────────────────────────────────────────────────────

    def told(self, published: Sequence[Published], events: Sequence[Event]) -> None:
        """On the way of every entry: nothing is done here for those that are not about rooms."""
        if _TOUCHES.isdisjoint(map(type, events)):
            return
        touched: set[str] = set()
        everything = False
        for event in events:
            if isinstance(event, e.OfConsultation):
                touched.add(event.consultation)
            elif isinstance(event, _OPENS):
                touched.add(event.consultation.id)
            elif isinstance(event, _PEOPLE_AND_CAMERAS):
                everything = True
            if isinstance(event, _ENDS_SESSIONS):
                self._expel(event.account)
        if everything:
            self._make_all()
        else:
            for id in touched:
                self._make(id)

    def restored(self) -> None:
        """The journal is another one: what workers know may come from entries that are none any more."""
        for carried in self._plane.of_log(self.log):
            self._drop(carried.room.room)
        self._make_all()

    def _make_all(self) -> None:
        for id in self._engine.world.state.consultations:
            self._make(id)
        for carried in self._plane.of_log(self.log):
            if carried.room.room.startswith(f"{self.log}/{CAMERA}"):
                self._camera(carried.room.room)

    def _make(self, id: str) -> None:
        state = self._engine.world.state
        consultation = state.consultations.get(id)
        if consultation is None:
            self._drop(f"{self.log}/{id}")
        else:
            self._set(consultation_room(state, consultation))

    def _set(self, room: c.Room) -> None:
        self._plane.set_room(room)
        self.absence.people(self._plane.rooms[room.room], monotonic())

    def _drop(self, name: str) -> None:
        if name in self._plane.rooms:
            self._plane.drop_room(name)
            self.absence.dropped(name)

    def _expel(self, account: str) -> None:
        for carried in self._plane.of_log(self.log):
            for participant, device in list(carried.members):
                if participant == account:
                    self._plane.bye(carried.room.room, participant, device)

    # ── what the wire asks ────────────────────────────────────────────────────────────────────────

    def room(self, name: str) -> Carried | None:
        """That of a consultation, or of a camera, which is watched from now on; None: there is none.

        Only while the engine is at rest."""
        carried = self._plane.rooms.get(f"{self.log}/{name}")
        if carried is None and name.startswith(CAMERA):
            return self._camera(f"{self.log}/{name}")
        return carried

    def has_seen(self, seq: int) -> bool:
        """Whether what was made of this entry is known here, or over."""
        return seq <= self._engine.seq

    def _camera(self, name: str) -> Carried | None:
        room = camera_room(self._engine.world.state, name.split(CAMERA, 1)[1])
        if room is None:
            self._drop(name)
            return None
        self._plane.set_room(room)
        self._unwatched.setdefault(name, monotonic())
        return self._plane.rooms[name]

    # ── absence ───────────────────────────────────────────────────────────────────────────────────

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            now = monotonic()
            self.absence.due(self._plane.rooms, now)
            self._let_cameras_go(now)

    def _let_cameras_go(self, now: float) -> None:
        for name in list(self._unwatched):
            carried = self._plane.rooms.get(name)
            if carried is None:
                del self._unwatched[name]
            elif any(not participant.startswith("cam:") for participant, _ in carried.members):
                self._unwatched[name] = now
            elif now - self._unwatched[name] > UNWATCHED_FOR:
                del self._unwatched[name]
                self._drop(name)

    def _absent(self, room: str, participant: str, device: str) -> None:
        self._note(room, participant, a.LoseParticipant, device)

    def _back(self, room: str, participant: str, device: str) -> None:
        consultation = self._engine.world.state.consultations.get(room.removeprefix(f"{self.log}/"))
        person = consultation.participants.get(participant) if consultation is not None else None
        if person is not None and person.lost_at is not None:
            self._note(room, participant, a.RegainParticipant, device)

    def _note(
        self,
        room: str,
        account: str,
        kind: type[a.LoseParticipant | a.RegainParticipant],
        device: str,
    ) -> None:
        """Ask the log to note it. Refused: it is so already, or the person has left."""
        consultation = room.removeprefix(f"{self.log}/")
        if consultation.startswith(CAMERA):
            return
        id = _alike(kind, consultation, account, self._engine.seq)
        asked: Action = kind(consultation=consultation, account=account, device=device)

        def answered(answer: Answer) -> None:
            if isinstance(answer, Rejected) and answer.retry:
                loop = asyncio.get_running_loop()
                loop.call_later(ASKED_AGAIN_AFTER, self._note, room, account, kind, device)

        try:
            self._engine.submit(id, None, asked, answered)
        except Rejected as refusal:
            answered(refusal)


def _alike(kind: type[Action], consultation: str, account: str, seq: int) -> str:
    """Nodes that note one thing at one head ask with one id."""
    digest = sha256(f"{consultation}\0{account}\0{seq}".encode()).hexdigest()[:24]
    return f"{kind.__name__}.{digest}"
