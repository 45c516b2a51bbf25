"""Who takes part in a consultation but has had no media for too long: the log is told, and when it is back.

Rules
- The clock runs from the moment a connection dies, and for everybody when a room comes to another worker or
  another gateway; whoever never connected gets longer, since a permission is asked on the screen first.
- While no worker carries a room it does not run: that is nobody's absence.
"""

from collections.abc import Callable

from rooms import control as c
from server.media.carried import REPLACED, Carried

LOST_AFTER = 30.0
NEVER_CAME_AFTER = 120.0

Noted = Callable[[str, str, str], None]  # room, participant, device


class Absence:
    """Time is an argument (monotonic seconds); `due` is to be called about once a second."""

    def __init__(self, on_lost: Noted, on_back: Noted) -> None:
        self._on_lost = on_lost
        self._on_back = on_back
        self._until: dict[tuple[str, str], float] = {}
        self._lost: set[tuple[str, str]] = set()

    def told(self, carried: Carried, told: c.Told, now: float) -> None:
        match told:
            case c.Connected() if carried.takes_part(told.participant, told.device):
                key = (told.room, told.participant)
                self._until.pop(key, None)
                self._lost.discard(key)
                self._on_back(told.room, told.participant, told.device)
            case c.Dead() if carried.takes_part(told.participant, told.device) and told.reason != REPLACED:
                self._until[told.room, told.participant] = now + LOST_AFTER

    def placed(self, carried: Carried, now: float) -> None:
        """A worker has it from now on."""
        self.people(carried, now, LOST_AFTER)
        for participant, device in _taking_part(carried):
            if self._connected(carried, participant, device):
                self._on_back(carried.room.room, participant, device)

    def people(self, carried: Carried, now: float, patience: float = NEVER_CAME_AFTER) -> None:
        """Who is in the room may have changed."""
        room = carried.room.room
        here = _taking_part(carried)
        for participant, device in here:
            key = (room, participant)
            if not self._connected(carried, participant, device) and key not in self._lost:
                self._until.setdefault(key, now + patience)
        present = {participant for participant, _ in here}
        for key in [key for key in (*self._until, *self._lost) if key[0] == room and key[1] not in present]:
            self._until.pop(key, None)
            self._lost.discard(key)

    def dropped(self, room: str) -> None:
        for key in [key for key in (*self._until, *self._lost) if key[0] == room]:
            self._until.pop(key, None)
            self._lost.discard(key)

    def due(self, rooms: dict[str, Carried], now: float) -> None:
        for key in [key for key, until in self._until.items() if until <= now]:
            room, participant = key
            carried = rooms.get(room)
            if carried is None or not carried.sent:
                self._until[key] = now + LOST_AFTER
                continue
            del self._until[key]
            person = carried.room.people.get(participant)
            if person is not None and person.devices:
                self._lost.add(key)
                self._on_lost(room, participant, person.devices[0])

    @staticmethod
    def _connected(carried: Carried, participant: str, device: str) -> bool:
        member = carried.members.get((participant, device))
        return member is not None and member.connected


def _taking_part(carried: Carried) -> list[tuple[str, str]]:
    return [
        (participant, person.devices[0])
        for participant, person in carried.room.people.items()
        if person.devices and not participant.startswith("cam:")
    ]
