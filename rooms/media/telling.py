"""What clients are told: what is in their slots and why not, who speaks and sends, how networks are."""

from collections.abc import Iterator

from rooms.control import Connected, Grade, Kind, Picture, Quality, Sending, Slots, Speaking, Told, Wanted
from rooms.control import Slot as Shown
from rooms.media.flow import Slot
from rooms.media.packet.allocate import PAUSED
from rooms.media.peer import Peer
from rooms.media.room import Room

SPEAKING = 0.25  # seconds between two tellings of who speaks
WEAK = 1  # a grade at which a missing picture is the sender's network's doing


def speakers(room: Room, now: float) -> None:
    """Call every 100 ms."""
    always = [who for who, person in room.policy.people.items() if person.always_heard]
    heard = room.speakers.turn(always, now)
    if heard != room.heard:
        room.heard = heard
        room.unsettled = True
    if room.heard != room.told_speakers and now - room.told_speakers_at >= SPEAKING:
        room.told_speakers, room.told_speakers_at = list(room.heard), now
        room.tell(Speaking(room=room.name, speakers=room.told_speakers))


def sending(room: Room, now: float) -> None:
    """Who really sends what; what changed is told and settled anew."""
    for who, peer in room.publishers.items():
        changed = False
        for source in peer.sources.values():
            flows = source.sending(now) and source.open
            if flows != source.told:
                source.told = flows
                changed = True
        if changed:
            kinds = [kind for kind, source in peer.sources.items() if source.told]
            room.unsettled = True
            room.tell(Sending(room=room.name, participant=who, kinds=kinds))


def wanted(peer: Peer) -> Wanted:
    """Which layers of its pictures anybody wants."""
    layers: dict[Kind, list[str]] = {
        kind: [source.feeds[layer].rid for layer in source.wanted]
        for kind, source in peer.sources.items()
        if kind is not Kind.AUDIO
    }
    return Wanted(room=peer.room.name, participant=peer.participant, device=peer.device, layers=layers)


def slots(room: Room, peer: Peer, now: float) -> None:
    """What is in a receiver's slots, whole, when it changed."""
    shown = {mid: show(room, slot, now) for mid, slot in peer.slots.items()}
    peer.told_slots = True
    if shown != peer.slots_told:
        peer.slots_told = shown
        room.tell(Slots(room=room.name, participant=peer.participant, device=peer.device, slots=shown))


def show(room: Room, slot: Slot, now: float) -> Shown:
    picture = _picture(room, slot, now)
    height = slot.feed.height if slot.feed is not None and picture is Picture.LIVE else 0
    if slot.kind is Kind.AUDIO:
        height = 0
    return Shown(source=slot.whom, kind=slot.kind, picture=picture, height=height)


def _picture(room: Room, slot: Slot, now: float) -> Picture:
    """The first of these that is so."""
    if not slot.whom or (slot.kind is not Kind.AUDIO and slot.wish_height == 0):
        return Picture.EMPTY
    owner = room.publishers.get(slot.whom)
    if owner is None or owner.quiet:
        return Picture.LOST
    if not room.may(slot.whom, slot.kind):
        return Picture.MUTED
    if slot.source is None:
        if owner.grade.grade <= WEAK:
            return Picture.SOURCE_WEAK
        return Picture.MISSING if slot.kind in owner.means else Picture.OFF
    if slot.source.feeds[0].codec not in slot.types:
        return Picture.OFF
    if slot.layer == PAUSED:
        return Picture.BANDWIDTH
    if slot.feed is None:
        return Picture.WAITING
    if slot.kind is not Kind.AUDIO and not slot.feed.flowing(now):
        return Picture.SOURCE_WEAK if owner.grade.grade <= WEAK else Picture.WAITING
    return Picture.LIVE


def quality(room: Room, now: float) -> None:
    """Call every two seconds."""
    changed: dict[str, Grade] = {}
    for who, peer in room.publishers.items():
        grade = judge(peer)
        if (grade.grade, grade.reason) != (peer.grade.grade, peer.grade.reason):
            changed[who] = grade
        peer.grade = grade
    if changed:
        room.tell(Quality(room=room.name, people=changed))


def judge(peer: Peer) -> Grade:
    """Four for a good network, less for loss, delay, or pictures it could not carry."""
    loss = max([peer.downlink.loss, *(f.loss for s in peer.sources.values() for f in s.feeds)])
    rtt = peer.downlink.rtt
    paused = any(
        slot.source is not None and slot.layer == PAUSED and slot.wish_height and slot.kind is not Kind.AUDIO
        for slot in peer.slots.values()
    )
    grade, reason = 4, ""
    for worst, limit_loss, limit_rtt in ((3, 0.02, 0.25), (2, 0.06, 0.5), (1, 0.15, 1.0)):
        if loss > limit_loss:
            grade, reason = worst, "loss"
        elif rtt > limit_rtt:
            grade, reason = worst, "delay"
    if paused and grade > 2:
        grade, reason = 2, "bandwidth"
    if peer.quiet:
        grade, reason = 0, "silent"
    return Grade(grade=grade, reason=reason, rtt_ms=round(rtt * 1000, 1), loss=round(loss, 4))


def everything(room: Room) -> Iterator[Told]:
    """What holds now, for a gateway that has just come."""
    for peer in room.peers.values():
        if peer.keys is not None:
            yield Connected(room=room.name, participant=peer.participant, device=peer.device)
            if peer.slots_told:
                yield Slots(
                    room=room.name, participant=peer.participant, device=peer.device, slots=peer.slots_told
                )
            if peer.publishes and not peer.local:
                yield wanted(peer)
    for who, peer in room.publishers.items():
        yield Sending(
            room=room.name,
            participant=who,
            kinds=[kind for kind, source in peer.sources.items() if source.told],
        )
    yield Speaking(room=room.name, speakers=room.told_speakers)
    people = {who: peer.grade for who, peer in room.publishers.items()}
    if people:
        yield Quality(room=room.name, people=people)
