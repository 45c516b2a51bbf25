"""Taps: a camera that publishes, a recorder that subscribes; plain RTP over unix datagram sockets.

The other process binds `path` and only then is `Attach` asked for. The worker binds `path + ".worker"`,
connects it to `path` and at once sends WATCHED to a camera, BOUND of every slot to a recorder. Sockets are
of mode 0600. A datagram is

    kind u8 · slot u8 · body

    kind          from the worker                               to the worker
    0 RTP         to a recorder: one packet                     from a camera: one packet
    1 REPORT      to a recorder: an RTCP sender report          from a camera: an RTCP sender report
    2 BOUND       to a recorder: msgpack {source, kind, codec}  –
    3 KEY         to a camera: a key frame is wanted            from a recorder: a key frame is wanted
    4 WATCHED     to a camera: slot 1 somebody sees it, else 0  –
    5 BYE         detached, or the worker ends                  it ends
    6 ALIVE       –                                             each second; silent for 10 s is dead

Payload types, for both: 111 opus/48000/2, 96 VP8/90000, 102 H264/90000 (packetization mode 1, constrained
baseline, SPS and PPS before each IDR). A packet is at most 1,300 bytes and carries no header extensions.

A camera sends its picture in slot 0 and, if it has sound, that in slot 1. Its timestamps are tied to its
clock by a REPORT every few seconds (without: by arrival). It sends while WATCHED says so and may always; a
camera source that knows no key frame requests ignores KEY.

A recorder has eight slots: 0..5 voices, 6 stage, 7 share. Each slot is one RTP stream: one SSRC, numbers
without gaps, whoever is behind it. BOUND says who is from now on (source "" nobody; codec "" with it), and
again each second, as does a REPORT of each slot that flows: the reports of all slots are in one clock, the
worker's. Whatever the kernel does not take at once is queued here, up to `MOST_QUEUED` datagrams.
"""
