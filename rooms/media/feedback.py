"""RTCP ends here: what peers say is acted on, what they are told is the worker's own.

In: sender reports set the source's clock, receiver reports and REMB the receiver's bandwidth, NACKs are
answered from the source's history, key frame requests are passed on rarely. Out: transport-wide feedback
every 100 ms, NACKs as losses show, sender and receiver reports each second.
"""

from rooms.media.flow import Slot
from rooms.media.packet import rtcp
from rooms.media.packet.rtp import stamp
from rooms.media.path import Path
from rooms.media.peer import Peer

LONGEST = 1_200  # bytes of one compound packet
MOST_REPEATS = 64  # sequence numbers of one NACK that are answered


def heard(path: Path, peer: Peer, data: bytes, now: float) -> None:
    """One decrypted RTCP packet of a peer."""
    for said in rtcp.parse(data):
        if isinstance(said, rtcp.SenderReport):
            feed = peer.feeds.get(said.ssrc)
            if feed is not None and feed.up is not None:
                feed.up.report(said.ntp, said.ts, now)
            _blocks(peer, said.blocks, now)
        elif isinstance(said, rtcp.ReceiverReport):
            _blocks(peer, said.blocks, now)
        elif isinstance(said, rtcp.Remb):
            peer.downlink.remb(said.bitrate, now)
            _narrower(peer)
        elif isinstance(said, rtcp.Nack):
            slot = peer.by_ssrc.get(said.media)
            if slot is not None:
                _repeat(path, peer, slot, said.seqs[:MOST_REPEATS], now)
        elif isinstance(said, rtcp.KeyRequest):
            slot = peer.by_ssrc.get(said.media)
            if slot is not None and slot.feed is not None and peer.patience.allows(now):
                slot.feed.want_key(now)


def _blocks(peer: Peer, blocks: tuple[rtcp.Block, ...], now: float) -> None:
    ours = [block for block in blocks if block.ssrc in peer.by_ssrc]
    if ours:
        peer.downlink.heard(ours, now)
        _narrower(peer)


def _narrower(peer: Peer) -> None:
    """Its network carries less than when its layers were chosen: they are chosen again now, not by and by."""
    if peer.downlink.estimate < peer.spread_over:
        peer.allocate_at = 0.0


def _repeat(path: Path, peer: Peer, slot: Slot, seqs: list[int], now: float) -> None:
    mark = stamp(now)
    for seq in seqs:
        data = slot.rewriter.repeat(seq, now, peer.downlink.rtt, mark)
        if data is not None:
            path.send(slot, data)


def arrivals(path: Path, peer: Peer) -> None:
    """Every 100 ms: what came, so that the sender's own estimator works; every 200 ms of who sends little."""
    if peer.feeds and peer.arrivals.due():
        for data in peer.arrivals.feedback(peer.ssrc, next(iter(peer.feeds))):
            path.send_rtcp(peer, data)


def repairs(path: Path, peer: Peer, now: float) -> bool:
    """Every tick: ask again for what is missing, and for a key frame where it was given up or is due. Whether
    there is anything to ask for."""
    asks = False
    for ssrc, feed in peer.feeds.items():
        up = feed.up
        if up is None:
            continue
        missing = up.missing
        if not (missing.gaps or missing.gone or feed.keys.waiting) or not feed.source.open:
            continue
        if feed.slots or feed.waiting:
            asks = True
            seqs, given_up = up.nacks(now, peer.downlink.rtt)
            if seqs:
                path.send_rtcp(peer, rtcp.nack(peer.ssrc, ssrc, seqs))
            if given_up and not feed.sound:
                feed.want_key(now)
        if not feed.sound and feed.keys.due(now):
            if feed.waiting or feed.slots:
                peer.ask_key(feed)
            else:
                feed.keys.forget()
    return asks


def reports(path: Path, peer: Peer, now: float) -> None:
    """Each second: what we sent, and how what it sends arrives."""
    parts: list[bytes] = []
    ssrcs: list[int] = []
    for slot in peer.slots.values():
        part = slot.rewriter.sender_report(now)
        if part is not None and slot.feed is not None:
            parts.append(part)
            ssrcs.append(slot.rewriter.ssrc)
    blocks = []
    for feed in peer.feeds.values():
        if feed.up is not None and feed.up.packets:
            block = feed.up.block(now)
            feed.loss, feed.lost = block.fraction / 256, block.lost
            blocks.append(block)
    if blocks:
        parts.append(rtcp.receiver_report(peer.ssrc, blocks))
    if ssrcs:
        parts.append(rtcp.cname(ssrcs, peer.cname))
    compound = b""
    for part in parts:
        if compound and len(compound) + len(part) > LONGEST:
            path.send_rtcp(peer, compound)
            compound = b""
        compound += part
    if compound:
        path.send_rtcp(peer, compound)
