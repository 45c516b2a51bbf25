"""The rules of packets: what a forwarding room does with RTP and RTCP. No socket, no clock, no room.

Time is an argument: `now` is seconds of a clock that never goes back (`time.monotonic()`, `loop.time()`).
Sequence numbers inside are *extended* (they do not wrap: RFC 3550 appendix A.1); they are cut to 16 bits
when a packet is written. What a peer may have invented either parses or is dropped: the readers of RTP
answer None, those of RTCP leave out what they do not understand, and nothing here raises on any bytes.

A packet's way, each arrow one call, none of them async:

    scan(data, ids) -> (start, end, twcc, level)          once per datagram            rtp
    arrivals.note(twcc, now)                              once, for the sender         twcc
    up.receive(data, start, end, now) -> Packet | None    once: order, loss, codec     up
    rewriter.forward(packet, stamp) -> bytes | None       once for every receiver      rewrite

A `Packet` is a tuple shared by all receivers and by the history of its up-stream; `rewriter.forward`
packs a new header and joins it to the shared payload. What was sent is not kept per receiver: a repeat
is written anew from the up-stream's history and the few `Span`s that say how numbers were mapped then.
A receiver begins with a new key frame (`begin`), or with a remembered one (`catch_up`).

Beside the way, on a timer: `up.nacks`, `up.block` and `clock` (rtcp towards senders), `keyframes`
(when to ask for a key frame), `bandwidth` and `allocate` (what a receiver's network carries),
`demand` (what a sender need not send), `speakers` (who is heard).
"""
