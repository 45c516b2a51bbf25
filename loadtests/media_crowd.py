"""Part of a roll call's people, in a process of its own; see `rollcall`.

    python -m loadtests.media_crowd SOCKET PID FIRST COUNT TOTAL

Person number n is "pNNN". Each sends a camera, in the layers the worker says are wanted, and a microphone,
and receives the stage, three voices and the thumbnails of the next few. What they receive is counted in C
(media_ear) and nothing is decrypted but what comes in a slot that still waits for its first key frame: the
load shares the machine with what is measured.

Orders come as JSON, a line each, and are answered by one:
{"room": {…}}          sets the room; answers when
{"join": true}         everybody of this process joins, and goes on sending and receiving from then on
{"expect": n}          the stage of everybody (but n) waits for a key frame of person n
{"pictures": seconds}  until nobody waits, or so long: who waits still, and when the others had theirs
{"mark": true}         what was counted so far
"""

from __future__ import annotations

import asyncio
import json
import resource
import struct
import sys
import time
from pathlib import Path
from typing import Any

import uvloop
from pylibsrtp import Error

from loadtests.media_ear import Ear
from loadtests.media_link import MediaLink
from loadtests.media_peer import MediaPeer
from loadtests.rig import Server

ROOM = "bench/rollcall"
THUMBS = 8
LINES = ["mic", "camera", "voice", "voice", "voice", "stage", *["thumb"] * THUMBS]
STAGE = "5"
SPEAKERS = 3  # the first so many people speak, the others are quiet: a packet in 400 ms (Opus DTX)
TURN = 0.01  # seconds between two looks at all sockets
TRIES = 4
TOGETHER = 6  # who join at a time
LAYERS = {
    "q": (15, 1, 860, 180),
    "h": (30, 2, 860, 360),
    "f": (30, 7, 960, 720),
}  # fps, packets, bytes, height
START = b"\x9d\x01\x2a"
SHOWN = 3.0  # seconds a camera that is switched on sends its lowest layer, wanted or not
CARRIES = 6_000_000  # bit/s


class Person(MediaPeer):
    """One of them."""

    def __init__(self, number: int) -> None:
        super().__init__(LINES)
        self.number = number
        self.asked = 0.0
        self.began = 0.0  # to send and receive
        self.layers = ["q"]
        self.due = dict.fromkeys(("mic", *LAYERS), 0.0)
        self.waits: dict[str, int] = dict.fromkeys(map(str, range(5, len(LINES))), -1)  # mid → for whom
        self.had: dict[str, float] = {}  # mid → when its key frame came
        self.out = 0
        self.next = 0.0  # when something is due
        self.streams: dict[str, Any] = {}  # mid → what the ear counts

    @property
    def name(self) -> str:
        return name_of(self.number)

    def hear(self, ear: Ear, place: int) -> None:
        """The ear reads its socket from now on."""
        assert self._socket is not None
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        slots = {mid: ssrc for ssrc, mid in self._mids.items()}
        streams = ear.listen(place, self._socket.fileno(), list(slots.values()))
        self.streams = dict(zip(slots, streams, strict=True))
        for mid, stream in self.streams.items():
            stream.waits = mid in self.waits

    def expect(self, number: int) -> None:
        """Its stage waits for a key frame of that person."""
        self.waits[STAGE] = number
        self.streams[STAGE].waits = 1

    def _media(self, data: bytes) -> None:
        mid = self._mids.get(int.from_bytes(data[8:12], "big"))
        if mid in self.waits and self._dtls is not None and self._dtls._rx_srtp is not None:
            self._look(mid, data)

    def _look(self, mid: str, data: bytes) -> None:
        assert self._dtls is not None
        try:
            plain = self._dtls._rx_srtp.unprotect(data)
        except Error:
            return
        whom = int.from_bytes(plain[-2:], "big")
        if START in plain[:64] and self.waits[mid] in {-1, whom}:
            del self.waits[mid]
            self.had[mid] = time.monotonic()
            if mid in self.streams:
                self.streams[mid].waits = 0

    def play(self, now: float) -> None:
        """What is due."""
        if now < self.next:
            return
        if now >= self.due["mic"]:
            speaks = self.number < SPEAKERS
            self.due["mic"] = max(self.due["mic"] + (0.02 if speaks else 0.4), now - 0.1)
            self.speak(20 if speaks else 127, bytes(80 if speaks else 4))
            self.out += 1
        for layer in self.layers or (["q"] if now < self.began + SHOWN else []):
            if now >= self.due[layer]:
                fps, packets, size, height = LAYERS[layer]
                self.due[layer] = max(self.due[layer] + 1 / fps, now - 0.1)
                stream = self.sent[layer]
                key, stream.plis = stream.plis > 0, 0
                stream.pid, stream.tl0 = stream.pid + 1 & 0x7FFF, stream.tl0 + 1 & 0xFF
                stream.ts += 90_000 // fps
                start = b"\x10\x02\x00" + START + struct.pack("<HH", height * 16 // 9, height)
                for at in range(packets):
                    head = struct.pack(
                        ">BBHBB", 0x80 if at else 0x90, 0xE0, 0x8000 | stream.pid, stream.tl0, 0
                    )
                    body = b"" if at else start if key else b"\x11\x02\x00"
                    rest = head + body + bytes(size) + self.number.to_bytes(2, "big")
                    self.send_rtp(stream, rest, marker=at == packets - 1)
                self.out += packets
        self.next = min(self.due[name] for name in ("mic", *(self.layers or ["q"])))

    def report(self) -> None:
        """Once a second, as browsers do: one compound packet."""
        for name in ("mic", *self.layers):
            self.sender_report(name)
        blocks = [
            struct.pack(">IIIIII", self._slot(mid), 0, stream.last, 0, 0, 0)
            for mid, stream in self.streams.items()
            if stream.last >= 0
        ]
        head = struct.pack(">BBHI", 0x80 | len(blocks), 201, 1 + 6 * len(blocks), 1)
        exponent = CARRIES.bit_length() - 18
        value = 1 << 24 | exponent << 18 | CARRIES >> exponent
        remb = struct.pack(">BBHII4sII", 0x8F, 206, 5, 1, 0, b"REMB", value, 1)
        self.send_rtcp(head + b"".join(blocks) + remb)


class Crowd:
    def __init__(self, link: MediaLink, server: Server, numbers: range, total: int) -> None:
        self.link, self.server, self.numbers, self.total = link, server, numbers, total
        self.people: dict[str, Person] = {}
        self.ear = Ear(len(numbers), len(LINES))
        self.turns_late = 0.0
        self.again = 0  # offers made again, because nothing came of the first
        link.told = self._told

    def _told(self, message: dict[str, Any]) -> None:
        if message["type"] == "Wanted" and message["participant"] in self.people:
            person = self.people[message["participant"]]
            layers = message["layers"].get("camera", [])
            for layer in layers:
                if layer not in person.layers:
                    person.due[layer] = time.monotonic()
                    person.sent[layer].plis = 1  # an encoder that is switched on begins with a key frame
            person.layers = layers
            person.next = 0.0

    async def join(self) -> None:
        gate = asyncio.Semaphore(TOGETHER)

        async def one(number: int) -> None:
            asked = 0.0
            async with gate:
                for _ in range(TRIES):
                    person = Person(number)
                    asked = person.asked = asked or time.monotonic()
                    try:
                        return await self._join(person)
                    except (TimeoutError, ConnectionError):  # as a client does: another offer
                        self.again += 1
                        await person.vanish()
                raise TimeoutError(f"{person.name} did not get in")

        async with asyncio.TaskGroup() as group:
            for number in self.numbers:
                group.create_task(one(number))

    async def _join(self, person: Person) -> None:
        self.people[person.name] = person
        await self.link.join(person, ROOM, person.name)
        wishes: list[dict[str, Any]] = [{"mid": STAGE, "source": "", "height": 360}]
        for at in range(THUMBS):
            other = name_of((person.number + 1 + at) % self.total)
            wishes.append({"mid": str(6 + at), "source": other, "height": 180})
        await self.link.ask("Want", room=ROOM, participant=person.name, device=person.name, wishes=wishes)
        person.hear(self.ear, person.number - self.numbers.start)
        now = time.monotonic()
        person.due = dict.fromkeys(person.due, now + person.number % 33 / 500)
        person.began = now

    async def play(self) -> None:
        turn = 0
        while True:
            began = time.monotonic()
            people = [each for each in self.people.values() if each.began]
            by_place = {person.number - self.numbers.start: person for person in people}
            for place, data in self.ear.heard():
                if place in by_place:
                    by_place[place].got(data)
            for person in people:
                person.play(began)
                if (turn + person.number) % 100 == 0:
                    person.report()
            turn += 1
            passed = time.monotonic() - began
            self.turns_late = max(self.turns_late, passed)
            await asyncio.sleep(max(0.0, TURN - passed))

    def expect(self, number: int) -> None:
        for person in self.people.values():
            person.had.pop(STAGE, None)
            if person.number != number:
                person.expect(number)

    async def pictures(self, seconds: float) -> dict[str, Any]:
        for _ in range(round(seconds / TURN)):
            if not any(person.waits for person in self.people.values()):
                break
            await asyncio.sleep(TURN)
        people = self.people.values()
        return {
            "waiting": sum(len(person.waits) for person in people),
            "stage": [[person.asked, person.had[STAGE]] for person in people if STAGE in person.had],
            "all": [[p.asked, max(p.had.values())] for p in people if p.had and not p.waits],
        }

    def mark(self) -> dict[str, float]:
        used = resource.getrusage(resource.RUSAGE_SELF)
        slowest, self.turns_late = self.turns_late, 0.0
        came, lost = self.ear.counted()
        return {
            "at": time.monotonic(),
            "cpu": self.server.cpu(),
            "load": used.ru_utime + used.ru_stime,
            "came": came,
            "out": sum(person.out for person in self.people.values()),
            "lost": lost,
            "slowest_turn_ms": slowest * 1e3,
        }


def name_of(number: int) -> str:
    return f"p{number:03}"


async def serve(path: Path, pid: int, numbers: range, total: int) -> None:
    loop = asyncio.get_running_loop()
    crowd = Crowd(await MediaLink.open(path), Server("pingji", None, pid), numbers, total)
    playing = asyncio.create_task(crowd.play())
    while not playing.done() and (line := await loop.run_in_executor(None, sys.stdin.readline)):
        order = json.loads(line)
        done: dict[str, Any] = {}
        if "room" in order:
            await crowd.link.ask("SetRoom", room=order["room"] | {"room": ROOM})
            done = {"at": time.monotonic()}
        elif "join" in order:
            await crowd.join()
            done = {"again": crowd.again}
        elif "expect" in order:
            crowd.expect(order["expect"])
        elif "pictures" in order:
            done = await crowd.pictures(order["pictures"])
        elif "mark" in order:
            done = crowd.mark()
        print(json.dumps(done), flush=True)
    playing.cancel()


if __name__ == "__main__":
    pid, first, count, total = map(int, sys.argv[2:6])
    uvloop.run(serve(Path(sys.argv[1]), pid, range(first, first + count), total))
