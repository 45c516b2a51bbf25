"""Who is shown and heard in whose slots, and in which layer.

- voices: the loudest three, and whoever is always heard while they speak; nobody hears themselves;
- stage: what its receiver pinned, else the first of the room's order who sends a picture, else the loudest,
  else whoever has it already; nobody sees themselves on the stage;
- share: whose screen the room shows;
- thumbnails: whom the receiver asked for.

Which layer a picture comes in is the allocator's; a layer that is chosen but does not flow yet is asked for
at its source (`demand`) while the nearest one that flows is shown.
"""

from rooms.control import Kind, Line
from rooms.media import telling
from rooms.media.flow import Feed, Slot, Source
from rooms.media.packet.allocate import PAUSED, Layer, Want
from rooms.media.packet.speakers import seat
from rooms.media.peer import Peer
from rooms.media.room import Room

RANKS = {Line.STAGE: 0, Line.SHARE: 0}
PINNED = 1
THUMBNAIL = 2


def settle(room: Room, now: float) -> None:
    """Work out who is in whose slots; layers follow in `allocate`, for those with something new in theirs."""
    order = stage_order(room, now)
    for peer in room.peers.values():
        if peer.keys is None and not peer.local:
            continue
        changed = _voices(room, peer)
        for slot in peer.slots.values():
            if slot.line is Line.VOICE:
                continue
            whom = _whom(room, peer, slot, order)
            if whom != slot.whom:
                slot.whom = whom
                peer.told_slots = False
            source = _shown(room, whom, slot.kind, now)
            changed = changed or source is not slot.source
            slot.show(source)
        if changed:
            peer.allocate_at = 0.0


def stage_order(room: Room, now: float) -> list[str]:
    """Who could be on the stage, best first: who sends before who does not."""
    ranked = dict.fromkeys([*room.policy.stage, *room.heard])
    sending = [who for who in ranked if _shown(room, who, Kind.CAMERA, now) is not None]
    return sending or [who for who in room.policy.stage if who in room.publishers]


def _shown(room: Room, whom: str, kind: Kind, now: float) -> Source | None:
    source = room.source(whom, kind)
    return source if source is not None and source.open and source.sending(now) else None


def _whom(room: Room, peer: Peer, slot: Slot, order: list[str]) -> str:
    if slot.line is Line.SHARE:
        return room.policy.share if room.policy.share != peer.participant else ""
    if slot.wish_source or slot.line is Line.THUMB:
        return slot.wish_source
    for who in order:
        if who != peer.participant:
            return who
    return slot.whom if slot.whom in room.publishers else ""


def _voices(room: Room, peer: Peer) -> bool:
    """Whether anybody else is heard now."""
    changed = False
    slots = [slot for slot in peer.slots.values() if slot.line is Line.VOICE]
    if not slots:
        return False
    seats = seat([slot.whom for slot in slots], room.heard, peer.participant)
    for slot, whom in zip(slots, seats, strict=False):
        if whom != slot.whom:
            slot.whom = whom
            peer.told_slots = False
        source = room.source(whom, Kind.AUDIO) if whom else None
        if source is not None and not source.open:
            source = None
        changed = changed or source is not slot.source
        slot.show(source)
    return changed


def allocate(room: Room, peer: Peer, now: float) -> bool:
    """Which layer each slot of this receiver shows, by what its network carries. Whether all of that is shown
    already, so that the next time may be later."""
    wants: list[Want] = []
    voices = 0
    for slot in peer.slots.values():
        source = slot.source
        if source is None:
            continue
        if slot.line is Line.VOICE:
            voices += 1
            slot.layer = 0
            slot.aim(source.feeds[0])
        elif slot.wish_height > 0:
            rank = RANKS.get(slot.line, THUMBNAIL)
            wants.append(Want(slot.mid, rank, slot.wish_height, layers(source, now)))
        else:
            slot.aim(None)
    if not wants:
        return True
    peer.spread_over = peer.downlink.estimate
    chosen = peer.allocator.choose(wants, peer.downlink.estimate, voices, peer.downlink.loss, now)
    steady = not peer.allocator.trying
    for want in wants:
        slot = peer.slots[want.slot]
        layer = chosen.get(want.slot, PAUSED)
        if layer == PAUSED:
            steady = False
            slot.aim(None)
        elif slot.source is not None:
            _aim(room, slot, slot.source, layer, now)
            steady = steady and slot.feed is slot.source.feeds[layer]
    return steady


def layers(source: Source, now: float) -> tuple[Layer, ...]:
    return tuple(
        Layer(feed.height, feed.up.bitrate if feed.up is not None else 0, feed.alive(now))
        for feed in source.feeds
    )


def _aim(room: Room, slot: Slot, source: Source, layer: int, now: float) -> None:
    if slot.layer != layer:
        slot.layer = layer
        want_layers(room, source, now)
    feed = source.feeds[layer]
    if not feed.flowing(now):
        feed = _nearest(source, layer, now) or feed
    if feed.codec not in slot.types:  # a browser that cannot play what cameras send
        slot.aim(None)
        return
    slot.aim(feed)
    if slot.target is feed and not feed.sound and not room.path.catch_up(slot, now):
        feed.want_key(now)  # again and again, it is asked for rarely


def _nearest(source: Source, layer: int, now: float) -> Feed | None:
    """The best flowing layer not above `layer`, else the lowest above."""
    flowing = [feed for feed in source.feeds if feed.flowing(now)]
    below = [feed for feed in flowing if feed.layer < layer]
    return below[-1] if below else flowing[0] if flowing else None


def want_layers(room: Room, source: Source, now: float) -> None:
    """Tell a source's client which layers anybody wants, when that changes.

    Of whom nothing comes the least layer is wanted, though nobody can look at it: a sender whose machine had
    no time for a while would otherwise be asked for nothing, and never be seen again.
    """
    if source.kind is Kind.AUDIO:
        return
    used = {slot.layer for slot in source.viewers if slot.layer != PAUSED}
    used |= {slot.feed.layer for slot in source.viewers if slot.feed is not None}
    if source.open and not source.there:
        used.add(0)
    wanted = source.demand.want(used, now)
    source.wanted = {layer: min(source.wanted.get(layer, now), now) for layer in wanted}
    if wanted == source.demand.told:
        return
    source.demand.told = wanted
    owner = source.owner
    if isinstance(owner, Peer) and not owner.local:
        room.tell(telling.wanted(owner))
