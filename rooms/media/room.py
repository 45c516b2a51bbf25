"""A room: who is in it, who sees and hears whom. The log says what may be; this says what is.

The room's policy comes whole (`SetRoom`) and is obeyed at once: who is not in it is disconnected, what
somebody may not send is not let through from the next packet on. Everything else follows from what really
flows: the stage goes to the first of its order who sends, voices to the loudest, thumbnails to whom the
receiver asked for, and each picture comes in the layer its size and the receiver's network are worth.
"""

from collections.abc import Callable

from rooms.control import Connected, Dead, Kind, Sending, Told
from rooms.control import Room as Policy
from rooms.media.flow import Source
from rooms.media.packet.speakers import Speakers
from rooms.media.path import Path
from rooms.media.peer import Peer

Key = tuple[str, str]  # participant, device


class Room:
    """One consultation, as this worker forwards it."""

    def __init__(self, policy: Policy, path: Path, tell: Callable[[Told], None]) -> None:
        self.policy = policy
        self.path = path
        self.tell = tell
        self.speakers = Speakers()
        self.heard: list[str] = []
        self.peers: dict[Key, Peer] = {}
        self.publishers: dict[str, Peer] = {}
        self.unsettled = True  # who shows whom must be worked out again …
        self.settle_at = 0.0  # … but not before
        self.told_speakers: list[str] = []
        self.told_speakers_at = 0.0

    @property
    def name(self) -> str:
        return self.policy.room

    # ── who is in ──

    def obey(self, policy: Policy) -> list[Peer]:
        """A newer policy. Answers whom it does not let in any more; they are out already."""
        self.policy = policy
        gone = [p for p in self.peers.values() if not self.admits(p.participant, p.device, p.local)]
        for peer in gone:
            self.drop(peer, "removed")
        for peer in self.peers.values():
            self.opened(peer)
        self.unsettled = True
        return gone

    def admits(self, participant: str, device: str, local: bool = False) -> bool:
        """Whether that connection may be there; a local one is a camera of the room, or its recorder.

        Any device of a person that a gateway vouches for may be; all but the first only receive."""
        if local and participant.startswith("rec:"):
            return bool(self.policy.recording) and participant == f"rec:{self.policy.recording}"
        return participant in self.policy.people

    def join(self, peer: Peer) -> None:
        self.peers[peer.participant, peer.device] = peer
        self.opened(peer)
        self.unsettled = True

    def drop(self, peer: Peer, reason: str) -> None:
        """It is out: no key of its is left. `reason` "": nobody needs to be told."""
        if peer.closed:
            return
        self.path.flush()  # nothing of the batch may point to its address
        peer.close()
        self.peers.pop((peer.participant, peer.device), None)
        if self.publishers.get(peer.participant) is peer:
            del self.publishers[peer.participant]
            self.speakers.forget(peer.participant)
        self.unsettled = True
        if any(source.told for source in peer.sources.values()):
            self.tell(Sending(room=self.name, participant=peer.participant, kinds=[]))
        if reason:
            self.tell(Dead(room=self.name, participant=peer.participant, device=peer.device, reason=reason))

    def woke(self, peer: Peer) -> None:
        """Its network is back."""
        peer.quiet = False
        self.unsettled = True
        self.tell(Connected(room=self.name, participant=peer.participant, device=peer.device))

    def opened(self, peer: Peer) -> None:
        """Let through what the policy lets this connection send; the rest ends at the next packet."""
        person = self.policy.people.get(peer.participant)
        if person is None:  # a recorder
            return
        peer.publishes = peer.local or (bool(person.devices) and person.devices[0] == peer.device)
        for kind, source in peer.sources.items():
            source.let(peer.publishes and kind in person.may)
        if peer.publishes:
            self.publishers[peer.participant] = peer
        elif self.publishers.get(peer.participant) is peer:
            del self.publishers[peer.participant]
        if Kind.AUDIO not in person.may:
            self.speakers.forget(peer.participant)

    def source(self, participant: str, kind: Kind) -> Source | None:
        peer = self.publishers.get(participant)
        return None if peer is None else peer.sources.get(kind)

    def may(self, participant: str, kind: Kind) -> bool:
        person = self.policy.people.get(participant)
        return person is not None and kind in person.may
