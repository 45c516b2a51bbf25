"""What a room's connections did, counted."""

from rooms.control import Peer as Counted
from rooms.control import Stream
from rooms.media.peer import Peer
from rooms.media.room import Room


def count(room: Room) -> list[Counted]:
    return [
        Counted(
            participant=peer.participant,
            device=peer.device,
            rtt_ms=round(peer.downlink.rtt * 1000, 1),
            loss=peer.downlink.loss,
            estimate=peer.downlink.estimate,
            streams=[*_up(peer), *_down(peer)],
        )
        for peer in room.peers.values()
    ]


def _up(peer: Peer) -> list[Stream]:
    return [
        Stream(
            direction="up",
            kind=source.kind,
            source=peer.participant,
            layer=feed.rid,
            packets=feed.up.packets,
            bytes=feed.up.octets,
            lost=feed.lost,
            repaired=feed.up.repaired,
            keys=feed.up.keys,
            bitrate=feed.up.bitrate,
            height=0 if feed.sound else feed.height,
        )
        for source in peer.sources.values()
        for feed in source.feeds
        if feed.up is not None
    ]


def _down(peer: Peer) -> list[Stream]:
    return [
        Stream(
            direction="down",
            kind=slot.kind,
            source=slot.whom,
            layer=slot.feed.rid if slot.feed is not None else "",
            packets=slot.rewriter.packets,
            bytes=slot.rewriter.octets,
            repaired=slot.rewriter.repeats,
            bitrate=slot.bitrate,
            height=0 if slot.feed is None or slot.feed.sound else slot.feed.height,
        )
        for slot in peer.slots.values()
    ]
