"""A synthetic peer of a media worker: real ICE checks, a real DTLS handshake, real SRTP, no codec.

    peer = MediaPeer(["mic", "camera", "voice", "stage"])
    await peer.connect(answer)            # the answer to peer.offer
    peer.speak(); peer.show("q", key=True, size=900)
    peer.heard["3"].packets               # by the mid of the slot

Hundreds live in one process. What arrives is counted and, unless `decrypt` is False, decrypted for `packet`.
"""

import asyncio
import secrets
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from aiortc.rtcdtlstransport import State as DtlsState
from pylibsrtp import Error

from loadtests import media_offer
from loadtests.media_offer import LEVEL, MID, OPUS, RID, SENDS, TWCC, VP8, Answer
from loadtests.media_streams import Heard, Sent

__all__ = ["Heard", "MediaPeer", "Sent"]

CHECK = 1.0  # seconds between checks
OPENING = 15.0  # seconds for checks and handshake
_certificate: list[RTCCertificate] = []


class MediaPeer:
    """One connection. `lines`: its m-lines in order; their mids are "0", "1", …"""

    role = "controlling"  # what aiortc asks its transport

    def __init__(
        self, lines: list[str], rids: tuple[str, ...] = ("q", "h", "f"), decrypt: bool = True
    ) -> None:
        self.lines = {str(index): line for index, line in enumerate(lines)}
        self.decrypt = decrypt
        self.packet: Callable[[str, bytes], None] | None = None
        self.heard = {mid: Heard() for mid, line in self.lines.items() if line not in SENDS}
        self.feedback = 0  # transport-wide feedback packets
        self.reports = 0  # compound packets with reports
        self.arrived = 0  # RTP datagrams
        self.checks = True  # send connectivity checks
        self.six = False  # come by IPv6
        self.sent: dict[str, Sent] = {}  # "mic", "screen", or the rid of a camera's layer
        self.by_ssrc: dict[int, Sent] = {}
        for mid, line in self.lines.items():
            for rid in rids if line == "camera" else ("",) if line in SENDS else ():
                stream = Sent(mid, rid, OPUS if line == "mic" else VP8)
                self.sent[rid or line] = stream
                self.by_ssrc[stream.ssrc] = stream
        if not _certificate:
            _certificate.append(RTCCertificate.generateCertificate())
        self.certificate = _certificate[0]
        self._ufrag, self._pwd = secrets.token_hex(4), secrets.token_hex(12)
        print_ = next(f for f in self.certificate.getFingerprints() if f.algorithm == "sha-256")
        self.offer = media_offer.write(self.lines, self._ufrag, self._pwd, print_.value, rids)
        self._records: asyncio.Queue[bytes] = asyncio.Queue()
        self._checked = asyncio.Event()
        self._socket: socket.socket | None = None
        self._answer: Answer | None = None
        self._dtls: RTCDtlsTransport | None = None
        self._mids: dict[int, str] = {}
        self._repairs: dict[int, str] = {}
        self._twcc = 0
        self._tasks: list[asyncio.Task[None]] = []

    # ── connecting ──

    async def connect(self, answer: str) -> None:
        """Raises TimeoutError, ConnectionError."""
        self._answer = media_offer.read(answer, self.six)
        self._mids = {ssrc: mid for mid, ssrc in self._answer.slots.items()}
        self._repairs = {ssrc: mid for mid, ssrc in self._answer.repairs.items()}
        self.bind()
        self._tasks.append(asyncio.create_task(self._check()))
        async with asyncio.timeout(OPENING):
            await self._checked.wait()
            self._dtls = RTCDtlsTransport(self, [self.certificate])  # type: ignore[arg-type]
            self._dtls._set_role("client")
            await self._dtls.start(RTCDtlsParameters([RTCDtlsFingerprint(*self._answer.fingerprint)]))
        if self._dtls._state is not DtlsState.CONNECTED:
            raise ConnectionError("no DTLS")

    @property
    def address(self) -> tuple[str, int]:
        """Where it sends to."""
        assert self._answer is not None
        return self._answer.address

    @property
    def connected(self) -> bool:
        """Whether media can be sent."""
        return self._dtls is not None and self._dtls._state is DtlsState.CONNECTED

    def bind(self) -> None:
        """A fresh socket, hence another source port: a NAT that forgot, a phone that changed its network."""
        assert self._answer is not None
        loop = asyncio.get_running_loop()
        if self._socket is not None:
            loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._socket = socket.socket(socket.AF_INET6 if self.six else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.setblocking(False)
        self._socket.connect(self._answer.address)
        loop.add_reader(self._socket.fileno(), self._read)

    async def close(self) -> None:
        """As a browser does: DTLS says goodbye."""
        if self._dtls is not None:
            await self._dtls.stop()
        await self.vanish()

    async def vanish(self) -> None:
        """As a dead battery does."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._dtls is not None and self._dtls._task is not None:
            self._dtls._task.cancel()
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    async def _check(self) -> None:
        while True:
            if self.checks:
                self.check()
            await asyncio.sleep(CHECK if self._checked.is_set() else 0.1)

    def check(self, pwd: str | None = None) -> None:
        """One binding request, as the controlling side nominates."""
        assert self._answer is not None
        message = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{self._answer.ufrag}:{self._ufrag}",
                "PRIORITY": 1,
                "ICE-CONTROLLING": 1,
                "USE-CANDIDATE": None,
            },
        )
        message.add_message_integrity((pwd or self._answer.pwd).encode())
        self.send(bytes(message))

    def send(self, data: bytes) -> None:
        """A datagram as it is."""
        if self._socket is not None:
            try:
                self._socket.send(data)
            except OSError:  # full, or nobody there: lost
                return

    async def _recv(self) -> bytes:
        return await self._records.get()

    async def _send(self, data: bytes) -> None:
        self.send(data)

    # ── sending ──

    def speak(self, level: int = 30, payload: bytes = bytes(60)) -> None:
        """20 ms of sound at that level (0 loud … 127 silent)."""
        stream = self.sent["mic"]
        stream.ts += 960
        self.send_rtp(stream, payload, marker=False, level=level)

    def show(
        self, name: str = "q", key: bool = False, size: int = 900, packets: int = 1, height: int = 180
    ) -> None:
        """One frame of a layer, or of the screen, at 30 frames a second."""
        stream = self.sent[name]
        stream.ts += 3_000
        stream.pid = (stream.pid + 1) & 0x7FFF
        stream.tl0 = (stream.tl0 + 1) & 0xFF
        start = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", height * 16 // 9, height)
        for index in range(packets):
            head = struct.pack(
                ">BBHBB", 0x90 if index == 0 else 0x80, 0xE0, 0x8000 | stream.pid, stream.tl0, 0
            )
            body = (start if key else b"\x11\x02\x00") if index == 0 else b""
            self.send_rtp(stream, head + body + bytes(size), marker=index == packets - 1)

    def send_rtp(self, stream: Sent, payload: bytes, marker: bool = False, level: int | None = None) -> None:
        """One packet with the extensions a browser sends."""
        stream.seq = (stream.seq + 1) & 0xFFFF
        data = self.rtp(stream, stream.seq, payload, marker, level)
        stream.packets += 1
        stream.octets += len(payload)
        self.send_srtp(data)

    def rtp(self, stream: Sent, seq: int, payload: bytes, marker: bool, level: int | None = None) -> bytes:
        self._twcc = (self._twcc + 1) & 0xFFFF
        mid, rid = stream.mid.encode(), stream.rid.encode()
        extensions = struct.pack(">BH", TWCC << 4 | 1, self._twcc)
        extensions += bytes((MID << 4 | len(mid) - 1,)) + mid
        if rid:
            extensions += bytes((RID << 4 | len(rid) - 1,)) + rid
        if level is not None:
            extensions += bytes((LEVEL << 4, level))
        extensions += bytes(-len(extensions) % 4)
        head = struct.pack(
            ">BBHII", 0x90, stream.pt | (0x80 if marker else 0), seq, stream.ts & 0xFFFFFFFF, stream.ssrc
        )
        return head + struct.pack(">HH", 0xBEDE, len(extensions) // 4) + extensions + payload

    def send_srtp(self, data: bytes) -> None:
        if self._dtls is not None:
            self.send(self._dtls._tx_srtp.protect(data))

    def send_rtcp(self, data: bytes) -> None:
        if self._dtls is not None:
            self.send(self._dtls._tx_srtp.protect_rtcp(data))

    def sender_report(self, name: str) -> None:
        stream = self.sent[name]
        ntp = int((time.time() + 2_208_988_800) * (1 << 32))
        self.send_rtcp(
            struct.pack(
                ">BBHIQIII", 0x80, 200, 6, stream.ssrc, ntp, stream.ts & 0xFFFFFFFF, stream.packets,
                stream.octets,
            )
        )  # fmt: skip

    def ask_key(self, mid: str) -> None:
        self.send_rtcp(struct.pack(">BBHII", 0x81, 206, 2, 1, self._slot(mid)))

    def nack(self, mid: str, seq: int) -> None:
        self.send_rtcp(struct.pack(">BBHIIHH", 0x81, 205, 3, 1, self._slot(mid), seq, 0))

    def remb(self, bitrate: int) -> None:
        exponent = max(0, bitrate.bit_length() - 18)
        value = 1 << 24 | exponent << 18 | bitrate >> exponent
        self.send_rtcp(struct.pack(">BBHII4sII", 0x8F, 206, 5, 1, 0, b"REMB", value, 1))

    def receiver_report(self, mid: str, fraction: float = 0.0) -> None:
        seq = max(0, self.heard[mid].last_seq)
        block = struct.pack(">IIIIII", self._slot(mid), int(fraction * 255) << 24, seq, 0, 0, 0)
        self.send_rtcp(struct.pack(">BBHI", 0x81, 201, 7, 1) + block)

    def say_well(self, bitrate: int = 20_000_000) -> None:
        """What a receiver on a good network reports; once a second, or the worker believes little of it."""
        for mid, heard in self.heard.items():
            if heard.packets:
                self.receiver_report(mid)
        self.remb(bitrate)

    def _slot(self, mid: str) -> int:
        assert self._answer is not None
        return self._answer.slots[mid]

    # ── receiving ──

    def _read(self) -> None:
        while self._socket is not None:
            try:
                data = self._socket.recv(2_048)
            except OSError:  # nothing more, or nobody there
                return
            if data:
                self.got(data)

    def got(self, data: bytes) -> None:
        """One datagram."""
        first = data[0]
        if 127 < first < 192:
            if len(data) < 12:
                return
            if 192 <= data[1] <= 223:
                self._control(data)
            else:
                self._media(data)
        elif first < 4:
            self._stun(data)
        elif self._dtls is not None:
            self._records.put_nowait(data)

    def _stun(self, data: bytes) -> None:
        self._checked.set()

    def _media(self, data: bytes) -> None:
        self.arrived += 1
        ssrc = int.from_bytes(data[8:12], "big")
        mid = self._mids.get(ssrc)
        dtls = self._dtls
        if ssrc in self._repairs:
            self.heard[self._repairs[ssrc]].repeated += 1
            return
        if mid is None or dtls is None or dtls._rx_srtp is None:
            return
        heard = self.heard[mid]
        seq = data[2] << 8 | data[3]
        if heard.last_seq >= 0:
            heard.lost += ((seq - heard.last_seq - 1 + 0x8000) & 0xFFFF) - 0x8000
        heard.last_seq = seq
        heard.packets += 1
        heard.bytes += len(data)
        if not self.decrypt:
            return
        plain = _unprotected(dtls._rx_srtp.unprotect, data)
        if plain is None:
            return
        at = 12 + ((4 + 4 * int.from_bytes(plain[14:16], "big")) if plain[0] & 0x10 else 0)
        if self.lines[mid] != "voice" and b"\x9d\x01\x2a" in plain[at : at + 16]:
            heard.keys += 1
        if self.packet is not None:
            self.packet(mid, plain)

    def _control(self, data: bytes) -> None:
        dtls = self._dtls
        plain = (
            _unprotected(dtls._rx_srtp.unprotect_rtcp, data)
            if dtls is not None and dtls._rx_srtp is not None
            else None
        )
        while plain and len(plain) >= 12:
            size = 4 * (1 + int.from_bytes(plain[2:4], "big"))
            kind, count = plain[1], plain[0] & 31
            stream = self.by_ssrc.get(int.from_bytes(plain[8:12], "big"))
            if kind == 205 and count == 15:
                self.feedback += 1
            elif kind == 205 and count == 1 and stream is not None:
                stream.nacks += 1
            elif kind == 206 and count == 1 and stream is not None:
                stream.plis += 1
            elif kind in {200, 201}:
                self.reports += 1
            plain = plain[size:]


def _unprotected(unprotect: Any, data: bytes) -> bytes | None:
    try:
        plain: bytes = unprotect(data)
    except Error:
        return None
    return plain
