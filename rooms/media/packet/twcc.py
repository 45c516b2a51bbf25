"""Transport-wide feedback to senders (draft-holmer-rmcat-transport-wide-cc-extensions-01).

A browser estimates its uplink from the arrival times of everything it sends on a transport, so there is one
`Arrivals` per peer connection, for all its SSRCs including retransmissions and padding.
"""

from operator import sub
from struct import Struct

TICK = 4000  # ticks of 250 µs per second
REFERENCE = 256  # ticks in one unit (64 ms) of the reference time
MOST_PACKETS = 400  # reported in one feedback packet, so that it fits a datagram
MOST_GAP = (
    400  # numbers that never came, within one feedback packet; beyond, the next packet begins after them
)
FEW = 8  # packets
NONE, SMALL, LARGE = 0, 1, 2

_head = Struct(">BBHIIHH").pack
_large = Struct(">h").pack
_chunk = Struct(">H").pack


class Arrivals:
    __slots__ = ("_came", "_count", "_next", "_put_off")

    def __init__(self) -> None:
        self._came: dict[int, float] = {}  # by 16-bit number: cannot grow beyond 65,536
        self._next = -1  # extended number after the highest reported
        self._count = 0  # of feedback packets
        self._put_off = False

    def note(self, seq: int, now: float) -> None:
        """One packet with transport-wide sequence number `seq` (16 bits) arrived. Hot."""
        if seq not in self._came:
            self._came[seq] = now

    def due(self) -> bool:
        """Every 100 ms: whether to report now. Few packets wait once: feedback is not to cost more than it
        tells (browsers, too, send it every 50 to 250 ms, by what they receive)."""
        self._put_off = len(self._came) < FEW and not self._put_off
        return not self._put_off

    def feedback(self, ssrc: int, media: int) -> list[bytes]:
        """RTCP feedback packets about everything since the last call, [] if nothing came. Call every 100 ms
        (50 ms when busy). `ssrc` ours, `media` any SSRC of the sender.

        What came late is reported again from its own number on: senders keep what was reported lost for a
        while, and skip what they know.
        """
        if not self._came:
            return []
        came, self._came = self._came, {}
        ordinary = self._ordinary(ssrc, media, came)
        if ordinary is not None:
            return [ordinary]
        origin = self._next if self._next >= 0 else next(iter(came))
        arrived = sorted(
            (origin + ((seq - origin + 0x8000) & 0xFFFF) - 0x8000, at) for seq, at in came.items()
        )
        base = arrived[0][0]
        if self._next >= 0 and 0 < base - self._next <= MOST_GAP:
            base = self._next  # what was lost between two reports
        self._next = max(self._next, arrived[-1][0] + 1)
        packets = []
        while arrived:
            packet, used = self._packet(ssrc, media, base, arrived)
            packets.append(packet)
            arrived = arrived[used:]
            if arrived:
                base = arrived[0][0]
        return packets

    def _ordinary(self, ssrc: int, media: int, came: dict[int, float]) -> bytes | None:
        """The same packet, at a tenth of the price, when all came in order and at most 64 ms apart."""
        start, many = next(iter(came)), len(came)
        base = start if self._next < 0 else self._next
        if base & 0xFFFF != start or many > MOST_PACKETS or list(came) != list(range(start, start + many)):
            return None
        ticks = [int(at * TICK) for at in came.values()]
        reference = ticks[0] // REFERENCE
        try:
            deltas = bytes(map(sub, ticks, (reference * REFERENCE, *ticks)))
        except ValueError:  # one of another size
            return None
        self._next = base + many
        return self._written(ssrc, media, base, many, reference, _chunk(SMALL << 13 | many) + deltas)

    def _packet(
        self, ssrc: int, media: int, base: int, arrived: list[tuple[int, float]]
    ) -> tuple[bytes, int]:
        """One feedback packet from number `base` on, and how many of `arrived` it holds."""
        reference = int(arrived[0][1] * TICK) // REFERENCE
        before = reference * REFERENCE
        symbols: list[int] = []
        deltas: list[bytes] = []
        expected, used = base, 0
        for number, at in arrived:
            delta = int(at * TICK) - before
            if used and (
                used == MOST_PACKETS or number - expected > MOST_GAP or not -32768 <= delta <= 32767
            ):
                break
            symbols += [NONE] * (number - expected)
            if 0 <= delta <= 255:
                symbols.append(SMALL)
                deltas.append(bytes((delta,)))
            else:
                symbols.append(LARGE)
                deltas.append(_large(delta))
            before += delta
            expected = number + 1
            used += 1
        body = b"".join((*_chunks(symbols), *deltas))
        return self._written(ssrc, media, base, len(symbols), reference, body), used

    def _written(self, ssrc: int, media: int, base: int, many: int, reference: int, body: bytes) -> bytes:
        pad = -len(body) % 4
        if pad:
            body += bytes(pad - 1) + bytes((pad,))
        words = 4 + len(body) // 4
        last = (reference & 0xFFFFFF) << 8 | self._count & 0xFF
        self._count += 1
        head = _head(0xAF if pad else 0x8F, 205, words, ssrc, media, base & 0xFFFF, many)
        return head + last.to_bytes(4, "big") + body


def _chunks(symbols: list[int]) -> list[bytes]:
    """Run lengths where they are shorter, else vectors of fourteen (one bit) or seven (two bits)."""
    chunks = []
    at, end = 0, len(symbols)
    while at < end:
        symbol = symbols[at]
        run = at + 1
        while run < end and symbols[run] == symbol and run - at < 0x1FFF:
            run += 1
        run -= at
        some = symbols[at : at + 14]
        if run >= 14 or run == end - at or (LARGE in some and run >= 7):
            chunks.append(_chunk(symbol << 13 | run))
            at += run
        elif LARGE in some:
            some = some[:7]
            value = 0xC000
            for place, one in enumerate(some):
                value |= one << 12 - 2 * place
            chunks.append(_chunk(value))
            at += 7
        else:
            value = 0x8000
            for place, one in enumerate(some):
                value |= one << 13 - place
            chunks.append(_chunk(value))
            at += 14
    return chunks
