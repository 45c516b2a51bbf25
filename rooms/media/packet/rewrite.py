"""What one receiver's slot is sent: fixed SSRC, its own gapless numbering, whatever source is behind it.

A `Rewriter` is bound to one `Up` at a time. `begin` binds it, from a key frame's first packet (video) or
any packet (sound); the caller then calls `forward` for that packet and for every later one of that `Up`, and stops
calling it for the `Up` before. So the hot function knows nothing of layers, and a switch is complete
between two packets.
"""

from rooms.media.packet.up import Packet, Up


class Rewriter:
    """One slot's stream towards one receiver.

    ssrc, pt: what the receiver was told; rate: RTP clock; sent_id: its abs-send-time extension id or 0 (then no
    extension is written at all); rtx_ssrc, rtx_pt: 0 if not negotiated, repeats then go on `ssrc` itself; first:
    the first sequence number, made by chance below 32768 (RFC 3711 section 3.3.1: a loss near a wrap at the
    start would desynchronise SRTP's rollover counter).

    Public to read: up (bound to, or None), packets, octets (payload, for SR), repeats.
    """

    __slots__ = ()

    def __init__(
        self,
        ssrc: int,
        pt: int,
        rate: int,
        sent_id: int = 0,
        rtx_ssrc: int = 0,
        rtx_pt: int = 0,
        first: int = 1,
        first_ts: int = 0,
    ) -> None:
        raise NotImplementedError

    def begin(self, up: Up, packet: Packet, now: float) -> None:
        """Binds to `up` from `packet` on. Layers of one sender share a `Clock` and are aligned by their sender reports;
        another sender (or no report yet) continues by the time that passed."""
        raise NotImplementedError

    def forward(self, packet: Packet, stamp: int) -> bytes | None:
        """The packet as this receiver gets it. None: not for it (before the beginning, dropped temporal layer,
        too late). `stamp`: `rtp.stamp(now)`, once per packet for all receivers."""
        raise NotImplementedError

    def limit(self, tid: int) -> None:
        """Temporal layers up to `tid` are sent (3: all). Less takes effect at once, more at the next sync point."""
        raise NotImplementedError

    def repeat(self, seq: int, now: float, rtt: float, stamp: int) -> bytes | None:
        """Answers one sequence number (16 bits) of a NACK; through RTX where negotiated. None: gone, or repeated
        less than one `rtt` (seconds) ago."""
        raise NotImplementedError

    def pause(self) -> None:
        """Unbinds: `forward` answers None until the next `begin`; numbering continues from there."""
        raise NotImplementedError

    def sender_report(self, now: float) -> bytes | None:
        """SR (without SDES) that ties this slot's timestamps to the sender's clock; None: nothing sent yet."""
        raise NotImplementedError
