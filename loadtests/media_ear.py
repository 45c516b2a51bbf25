"""What many synthetic peers receive, read and counted in C (peers/drain.c); Python gets what is no media, and
the media of streams that wait for something."""

from collections.abc import Iterator
from typing import Any

from cffi import FFI

from loadtests.rig import compiled

KEPT = 1 << 20

_ffi = FFI()
_ffi.cdef(
    """
    struct stream { uint32_t ssrc; int32_t last; int64_t came, lost; int32_t waits; };
    int drain(int, const int *, int, struct stream *, uint8_t *, int);
    """
)


class Ear:
    """`peers` of them, each with at most `each` streams."""

    def __init__(self, peers: int, each: int) -> None:
        self._library: Any = _ffi.dlopen(compiled("drain", "-shared", "-fPIC"))
        self._peers, self._each = peers, each
        self._descriptors = _ffi.new("int[]", [-1] * peers)
        self._streams = _ffi.new("struct stream[]", peers * each)
        self._kept = _ffi.new("uint8_t[]", KEPT)

    def listen(self, peer: int, descriptor: int, ssrcs: list[int]) -> list[Any]:
        """From now on; answers its streams, in that order. The same peer again begins anew."""
        first = peer * self._each
        streams = [_ffi.addressof(self._streams, first + at) for at in range(self._each)]
        for stream, ssrc in zip(streams, ssrcs + [0] * (self._each - len(ssrcs)), strict=True):
            stream.ssrc, stream.last, stream.waits = ssrc, -1, 1
        self._descriptors[peer] = descriptor
        return streams[: len(ssrcs)]

    def deafen(self, peer: int) -> None:
        self._descriptors[peer] = -1

    def heard(self) -> Iterator[tuple[int, bytes]]:
        """Everything there is: (peer, datagram) of what was kept."""
        used = self._library.drain(
            self._peers, self._descriptors, self._each, self._streams, self._kept, KEPT
        )
        kept = bytes(_ffi.buffer(self._kept, used))
        at = 0
        while at < used:
            end = at + 4 + (kept[at + 2] << 8 | kept[at + 3])
            yield kept[at] << 8 | kept[at + 1], kept[at + 4 : end]
            at = end

    def counted(self) -> tuple[int, int]:
        """Packets that came, and numbers that did not."""
        streams = [self._streams[at] for at in range(self._peers * self._each)]
        return sum(stream.came for stream in streams), sum(stream.lost for stream in streams)
