"""The load of `media`: people in one room who send and receive, in a process of their own.

    python -m loadtests.media_load pingji|janus SOCKET PID

Orders come as JSON, a line each, and are answered by one:
{"scene": {…}}     everybody joins: fields of `Scene`
{"run": seconds}   they send and receive: what came, how late, and what CPU time process PID took for it
{"join": times}    one more joins and leaves again: ms from its offer to the first key frame on its stage
"""

from __future__ import annotations

import asyncio
import json
import resource
import struct
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import uvloop

from loadtests.media_janus import JanusLink, JanusPeer
from loadtests.media_link import MediaLink
from loadtests.media_offer import AUDIO
from loadtests.media_peer import MediaPeer, Sent
from loadtests.rig import Server

ROOM = "bench/room"
LEARNING = 15.0, 60.0  # seconds, at least and at most, a server may take to find out what the networks carry
A_LOOK = 5.0  # seconds
MORE = 1.01  # times the packets of the look before: it is still finding out
WARM_UP = 2.0  # seconds
LESSER = {"q": 15, "h": 30}  # packets a second of the smaller pictures, while anybody wants them
SETTLED = 0.3  # seconds for what is on its way
FRAME = 1 / 30
SAMPLE = 15  # one packet of sixteen is decrypted and tells how long it was on its way
PAYLOAD = bytes(955)  # with descriptor, time and headers: 1,000 bytes
SOUND = bytes(72)
CARRIES = 20_000_000  # bit/s, what every receiver says its network carries
KEY = b"\x9d\x01\x2a"  # in the first bytes of a key frame, before its width and height
FEEDS = 5  # of one connection of Janus: its unix socket takes no answer longer than 8 KB
HEIGHTS = {"q": 180, "h": 360, "f": 720, "screen": 720}


class Scene(msgspec.Struct):
    """Who does what. `mutual`: publishers also see and hear each other."""

    publishers: int = 1
    receivers: int = 10
    video: int = 1_000  # packets of 1,000 bytes per second and publisher
    audio: int = 0
    mutual: bool = False
    frames: bool = False  # all packets of a frame at once, as browsers send them; else evenly


class Watch(MediaPeer):
    """Counts everything, decrypts some."""

    waits: asyncio.Event | None = None  # for its first key frame
    keys_at = 0.0
    late: list[float]

    def _media(self, data: bytes) -> None:
        mid = self._mids.get(int.from_bytes(data[8:12], "big"))
        if mid is None:
            return
        self.arrived += 1
        heard = self.heard[mid]
        seq = data[2] << 8 | data[3]
        if heard.last_seq >= 0:
            heard.lost += ((seq - heard.last_seq - 1 + 0x8000) & 0xFFFF) - 0x8000
        heard.last_seq = seq
        if (seq & SAMPLE and self.waits is None) or self._dtls is None or self._dtls._rx_srtp is None:
            return
        plain = self._dtls._rx_srtp.unprotect(data)
        if self.waits is not None and KEY in plain[:64]:
            self.keys_at = time.monotonic()
            self.waits.set()
            self.waits = None
        self.late.append(time.monotonic() - int.from_bytes(plain[-8:], "big") / 1e9)


class OurPeer(Watch):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.late = []


class TheirPeer(Watch, JanusPeer):
    def __init__(self, lines: list[str]) -> None:
        JanusPeer.__init__(self, lines)
        self.late = []


class Film:
    """One stream that is sent so many times a second."""

    def __init__(self, peer: MediaPeer, name: str, rate: int, frames: bool = False) -> None:
        self.peer, self.stream, self.rate, self.frames = peer, peer.sent[name], rate, frames
        self.name, self.sound = name, name == "mic"
        self.resting = False
        height = HEIGHTS.get(name, 0)
        self.start = b"\x10\x02\x00" + KEY + struct.pack("<HH", height * 16 // 9, height)
        self.per_frame = max(1, round(rate * FRAME))
        self.at = 0
        self.due = 0.0

    def begin(self, now: float) -> None:
        self.due, self.at = now, 0
        self.stream.plis += 1

    def rest(self, resting: bool) -> None:
        """As a browser whose encoder is switched off: it comes back with a key frame."""
        if self.resting and not resting:
            self.stream.plis, self.at = self.stream.plis + 1, 0
        self.resting = resting

    def send(self, now: float) -> None:
        """What is due."""
        if self.resting:
            return
        self.due = max(self.due, now - 0.1)
        while self.due <= now:
            self.due += 1 / self.rate
            if self.sound:
                self.stream.ts += 48_000 // self.rate
                stamp = time.monotonic_ns().to_bytes(8, "big")
                self.peer.send_rtp(self.stream, SOUND + stamp, level=30)
            else:
                self._picture(self.stream)
                while self.frames and self.at:
                    self.due += 1 / self.rate
                    self._picture(self.stream)

    def _picture(self, stream: Sent) -> None:
        first, last = self.at == 0, self.at == self.per_frame - 1
        self.at = 0 if last else self.at + 1
        body = b""
        if first:
            stream.ts += 3_000
            stream.pid = (stream.pid + 1) & 0x7FFF
            stream.tl0 = (stream.tl0 + 1) & 0xFF
            body, stream.plis = self.start if stream.plis else b"\x11\x02\x00", 0
        head = bytes((0x90 if first else 0x80, 0xE0, 0x80 | stream.pid >> 8, stream.pid & 255, stream.tl0, 0))
        stamp = time.monotonic_ns().to_bytes(8, "big")
        self.peer.send_rtp(stream, head + body + PAYLOAD + stamp, marker=last)


class Load:
    """One server's people."""

    def __init__(self, path: Path, server: Server) -> None:
        self.path, self.server = path, server
        self.films: list[Film] = []
        self.receivers: list[Watch] = []
        self.scene = Scene()
        self.guests = 0

    async def open(self, scene: Scene) -> None:
        raise NotImplementedError

    async def join(self) -> tuple[Watch, float]:
        """One more who receives, and when it asked."""
        raise NotImplementedError

    async def leave(self, peer: Watch) -> None:
        """Who joined is gone again."""
        raise NotImplementedError

    def film(self, peer: MediaPeer) -> None:
        """What a publisher sends: sound, and the layers of its picture where there are any."""
        for name in peer.sent:
            if name != "mic":
                self.films.append(Film(peer, name, LESSER.get(name, self.scene.video), self.scene.frames))
        if self.scene.audio:
            self.films.append(Film(peer, "mic", self.scene.audio))

    async def play(self, seconds: float) -> None:
        """Send for so long, and report once a second as receivers do."""
        begun = now = time.monotonic()
        reported = 0.0
        while now < begun + seconds:
            for film in self.films:
                film.send(now)
            if now >= reported + 1:
                reported = now
                self.report()
            await asyncio.sleep(0.001)
            now = time.monotonic()

    async def learn(self) -> None:
        """Play until not more comes than before."""
        least, most = LEARNING
        begun = time.monotonic()
        came, before, now = self._arrived(), 0, 0
        while (passed := time.monotonic() - begun) < least or (now > before * MORE and passed < most):
            await self.play(A_LOOK)
            before, now = now, self._arrived() - came
            came += now

    def report(self) -> None:
        for film in self.films:
            film.peer.sender_report(next(n for n, s in film.peer.sent.items() if s is film.stream))
        for peer in self.receivers:
            peer.remb(CARRIES)
            for mid, heard in peer.heard.items():
                if heard.last_seq >= 0:
                    peer.receiver_report(mid)

    async def run(self, seconds: float) -> dict[str, Any]:
        for film in self.films:
            film.begin(time.monotonic())
        await self.play(WARM_UP)
        for peer in self.receivers:
            peer.late.clear()
        came, lost, cpu = self._arrived(), self._lost(), self.server.cpu()
        own, begun = _own(), time.monotonic()
        await self.play(seconds)
        forwarded = self._arrived() - came
        used, passed, own = self.server.cpu() - cpu, time.monotonic() - begun, _own() - own
        late = sorted(value for peer in self.receivers for value in peer.late)
        await asyncio.sleep(SETTLED)
        return {
            "us": used / max(1, forwarded) * 1e6,
            "per_s": forwarded / passed,
            "cpu": used / passed,
            "load": own / passed,
            "lost": self._lost() - lost,
            "p50_ms": late[len(late) // 2] * 1e3 if late else 0.0,
            "p99_ms": late[len(late) * 99 // 100] * 1e3 if late else 0.0,
        }

    async def first_pictures(self, times: int) -> dict[str, Any]:
        """Somebody joins while everybody goes on, again and again."""
        playing = asyncio.create_task(self.play(1e9))
        await asyncio.sleep(WARM_UP)
        took = []
        for _ in range(times):
            peer, asked = await self.join()
            await self._seen(peer)
            took.append((peer.keys_at - asked) * 1e3)
            await self.leave(peer)
        playing.cancel()
        return {"ms": took}

    async def _seen(self, peer: Watch) -> None:
        """It has a key frame; meanwhile it asks for one now and then, as browsers do."""
        for _ in range(30):
            if peer.waits is None:
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(peer.waits.wait(), 0.5)
                return
            for mid, line in peer.lines.items():
                if line not in AUDIO:
                    peer.ask_key(mid)
        raise RuntimeError(f"no picture: {peer.arrived} packets came")

    def _arrived(self) -> int:
        return sum(peer.arrived for peer in self.receivers)

    def cipher(self) -> str:
        dtls = self.films[0].peer._dtls
        assert dtls is not None
        return dtls._ssl.get_selected_srtp_profile().decode()  # type: ignore[union-attr]

    def _lost(self) -> int:
        return sum(heard.lost for peer in self.receivers for heard in peer.heard.values())


class OurLoad(Load):
    def __init__(self, path: Path, server: Server) -> None:
        super().__init__(path, server)
        self.senders: dict[str, MediaPeer] = {}

    def _told(self, message: dict[str, Any]) -> None:
        """Layers nobody looks at rest, as our client lets them."""
        if message["type"] == "Wanted":
            self._look_at(self.senders[message["participant"]], message["layers"].get("camera", []))

    def _look_at(self, peer: MediaPeer, wanted: list[str]) -> None:
        for film in self.films:
            if film.peer is peer and not film.sound:
                film.rest(film.name not in wanted)

    async def open(self, scene: Scene) -> None:
        self.scene = scene
        self.link = await MediaLink.open(self.path)
        self.link.told = self._told
        senders = [f"p{number}" for number in range(scene.publishers)]
        others = [f"r{number}" for number in range(scene.receivers)] + [f"g{number}" for number in range(99)]
        people = {who: {"devices": [who], "may": ["audio", "camera"]} for who in senders}
        people |= {who: {"devices": [who], "may": []} for who in others}
        room = {"room": ROOM, "seq": 1, "people": people, "stage": senders[:2]}
        await self.link.ask("SetRoom", room=room)
        slots = ["voice"] * 3 + ["stage"] + ["thumb"] * (scene.publishers - 2)
        for who in senders:
            peer = OurPeer(["mic", "camera", *(slots if scene.mutual else [])])
            self.senders[who] = peer
            self.film(peer)
            self._look_at(peer, ["q"])  # as our client begins
            await self.link.join(peer, ROOM, who)
            if scene.mutual:
                self.receivers.append(peer)
                staged = senders[0] if who != senders[0] else senders[1]
                await self._wish(peer, who, [each for each in senders if each not in {who, staged}])
        for who in others[: scene.receivers]:
            peer = OurPeer(slots)
            await self.link.join(peer, ROOM, who)
            self.receivers.append(peer)
            await self._wish(peer, who, senders[1:])

    async def _wish(self, peer: Watch, who: str, others: list[str]) -> None:
        thumbs = [mid for mid, line in peer.lines.items() if line == "thumb"]
        stages = [mid for mid, line in peer.lines.items() if line == "stage"]
        wishes = [{"mid": mid, "source": "", "height": 720} for mid in stages]
        wishes += [
            {"mid": mid, "source": other, "height": 720} for mid, other in zip(thumbs, others, strict=False)
        ]
        await self.link.ask("Want", room=ROOM, participant=who, device=who, wishes=wishes)

    async def join(self) -> tuple[Watch, float]:
        who = f"g{self.guests}"
        self.guests += 1
        peer = OurPeer(["voice"] * 3 + ["stage"])
        peer.waits, asked = asyncio.Event(), time.monotonic()
        await self.link.join(peer, ROOM, who)
        return peer, asked

    async def leave(self, peer: Watch) -> None:
        await peer.close()


class TheirLoad(Load):
    async def open(self, scene: Scene) -> None:
        self.scene = scene
        self.link = await JanusLink.open(self.path)
        await self.link.room()
        lines = (["mic"] if scene.audio else []) + (["screen"] if scene.video else [])
        self.feeds = []
        for _ in range(scene.publishers):
            peer = TheirPeer(lines)
            self.feeds.append(await self.link.publish(peer))
            self.film(peer)
        for feed in self.feeds if scene.mutual else []:
            await self._receive([other for other in self.feeds if other != feed])
        for _ in range(scene.receivers):
            await self._receive(self.feeds)

    async def _receive(self, feeds: list[int]) -> None:
        for start in range(0, len(feeds), FEEDS):
            some = feeds[start : start + FEEDS]
            self.receivers.append(await self.link.subscribe(some, TheirPeer))

    async def join(self) -> tuple[Watch, float]:
        def make(lines: list[str]) -> TheirPeer:
            peer = TheirPeer(lines)
            peer.waits = asyncio.Event()
            return peer

        asked = time.monotonic()
        return await self.link.subscribe(self.feeds[:1], make), asked

    async def leave(self, peer: Watch) -> None:
        assert isinstance(peer, JanusPeer)
        await self.link.leave(peer)


def _own() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def serve(load: Load) -> None:
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        order = json.loads(line)
        done: dict[str, Any] = {}
        if "scene" in order:
            await load.open(Scene(**order["scene"]))
            await load.learn()
            done = {"cipher": load.cipher()}
        elif "run" in order:
            done = await load.run(order["run"])
        elif "join" in order:
            done = await load.first_pictures(order["join"])
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    kind, path, pid = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    uvloop.run(serve((OurLoad if kind == "pingji" else TheirLoad)(path, Server(kind, None, pid))))
