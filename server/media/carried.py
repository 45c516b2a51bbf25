"""What is known of one room: what it should be, who carries it, what its worker has told.

Everything here is a whole that can be told again to a socket that comes back. It is lost with the process
and told anew by the worker to the next one.
"""

import msgspec

from rooms import control as c

Who = tuple[str, str]  # participant, device
REPLACED, BYE = "replaced", "bye"  # why a connection is dead: by a newer of the same device, by its own word


class Member(msgspec.Struct):
    """A device that has offered."""

    connected: bool = False
    lost: str = ""  # why, when it must offer again
    slots: dict[str, c.Slot] = msgspec.field(default_factory=dict)
    wanted: dict[c.Kind, list[str]] | None = None


class Carried(msgspec.Struct):
    """`worker`: the address of its place, "" while there is none."""

    room: c.Room
    worker: str = ""
    sent: bool = False  # whether the worker knows `room` as it is now
    members: dict[Who, Member] = msgspec.field(default_factory=dict)
    sending: dict[str, list[c.Kind]] = msgspec.field(default_factory=dict)
    quality: dict[str, c.Grade] = msgspec.field(default_factory=dict)
    speakers: list[str] = msgspec.field(default_factory=list)
    playing: dict[str, c.Playing] = msgspec.field(default_factory=dict)  # by camera participant

    def takes_part(self, participant: str, device: str) -> bool:
        """Whether this device may send."""
        person = self.room.people.get(participant)
        return person is not None and person.devices[:1] == [device]

    def member(self, participant: str, device: str) -> Member:
        return self.members.setdefault((participant, device), Member())

    def take(self, told: c.Told) -> None:
        """Remember what the worker tells."""
        match told:
            case c.Connected():
                member = self.member(told.participant, told.device)
                member.connected, member.lost = True, ""
            case c.Dead():
                self._died(told)
            case c.Slots():
                self.member(told.participant, told.device).slots = told.slots
            case c.Wanted():
                self.member(told.participant, told.device).wanted = told.layers
            case c.Sending():
                if told.kinds:
                    self.sending[told.participant] = told.kinds
                else:
                    self.sending.pop(told.participant, None)
            case c.Quality():
                self.quality.update(told.people)
            case c.Speaking():
                self.speakers = told.speakers
            case c.Playing():
                self.playing[told.participant] = told

    def _died(self, dead: c.Dead) -> None:
        """Who takes part is remembered as lost until they offer again or leave; others are forgotten."""
        who = (dead.participant, dead.device)
        member = self.members.get(who)
        if member is None:
            return
        member.connected, member.slots = False, {}
        if dead.reason == REPLACED:
            return  # by the offer that is being answered
        member.lost = dead.reason
        if dead.reason == BYE or not self.takes_part(*who):
            del self.members[who]

    def offered(self, participant: str, device: str) -> None:
        """An offer was answered: it is on its way to be connected."""
        self.members[participant, device] = Member()

    def forget_told(self) -> None:
        """The worker that told it is gone."""
        self.sending.clear()
        self.quality.clear()
        self.speakers = []

    def prune(self) -> None:
        """People who are not in the room any more are no members."""
        gone = [who for who in self.members if who[0] not in self.room.people]
        for who in gone:
            del self.members[who]
