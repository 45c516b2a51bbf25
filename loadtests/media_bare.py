"""The load of `media` for the bare peer (peers/bare_packets.c): the same packets, not sealed, not rewritten.

    python -m loadtests.media_bare bare PORT PID

What it costs to receive and send them is the kernel's: the floor that a forwarder in user space stands on.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvloop

from loadtests.media_load import Load, Scene, Watch, serve
from loadtests.media_offer import Answer
from loadtests.rig import Server

TAG = bytes(16)  # as many as encryption adds


class _Open:
    """Where a sealed session would be."""

    def protect(self, data: bytes) -> bytes:
        return data + TAG

    def unprotect(self, data: bytes) -> bytes:
        return data[: -len(TAG)]


class _Plain:
    """Where DTLS would be."""

    _tx_srtp = _rx_srtp = _Open()


class BarePeer(Watch):
    """Sends and receives as it is. `others`: whose streams come, each in a slot of its own."""

    def __init__(self, lines: list[str], port: int) -> None:
        super().__init__(lines)
        self.late = []
        self._answer = Answer("", "", ("", ""), ("127.0.0.1", port), {}, {})
        self._dtls = _Plain()  # type: ignore[assignment]
        self.bind()

    def receive(self, others: list[BarePeer]) -> None:
        ssrcs = [stream.ssrc for other in others for stream in other.sent.values()]
        mids = [mid for mid, line in self.lines.items() if line == "thumb"]
        self._mids = dict(zip(ssrcs, mids, strict=True))
        self.send(b"R")


class BareLoad(Load):
    async def open(self, scene: Scene) -> None:
        self.scene = scene
        port = int(str(self.path))
        lines = (["mic"] if scene.audio else []) + (["screen"] if scene.video else [])
        slots = ["thumb"] * len(lines)
        senders = [
            BarePeer([*lines, *slots * (scene.publishers - 1)] if scene.mutual else lines, port)
            for _ in range(scene.publishers)
        ]
        for peer in senders:
            self.film(peer)
            if scene.mutual:
                peer.receive([other for other in senders if other is not peer])
                self.receivers.append(peer)
        for _ in range(scene.receivers):
            receiver = BarePeer(slots * scene.publishers, port)
            receiver.receive(senders)
            self.receivers.append(receiver)

    def report(self) -> None:
        """Nobody listens."""

    def cipher(self) -> str:
        return "none"


if __name__ == "__main__":
    uvloop.run(serve(BareLoad(Path(sys.argv[2]), Server(sys.argv[1], None, int(sys.argv[3])))))
