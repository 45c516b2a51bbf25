"""A camera with an RTSP server (RFC 2326, interleaved over TCP), as small as tests need it.

Plays given access units at a steady rate, over and over. Can be told to want a password, to fall silent
and to hang up.
"""

import base64
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator


class RtspCamera:
    """Serves on a free port until closed. `units`: Annex B access units; `name`: the encoding's SDP name."""

    def __init__(self, units: list[bytes], name: str = "H264", fps: int = 15, password: str = "") -> None:
        self._units, self._name, self._fps, self._password = units, name, fps, password
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"rtsp://127.0.0.1:{self._listening.getsockname()[1]}/live"
        self.playing = 0  # sessions that play now
        self.silent = False
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()
        self._open = True

    def hang_up(self) -> None:
        """End every session; new ones are taken."""
        for one in self._sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.hang_up()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                one, _ = self._listening.accept()
            except OSError:
                return
            self._sockets.append(one)
            thread = threading.Thread(target=self._serve, args=(one,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, one: socket.socket) -> None:
        player: threading.Thread | None = None
        stop = threading.Event()
        with one, contextlib.suppress(OSError):
            for request in _requests(one):
                method = request[0].split(" ")[0]
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in request[1:])}
                if self._password and not self._admitted(headers.get("authorization", "")):
                    _answer(one, headers, "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n')
                    continue
                if method == "DESCRIBE":
                    sdp = (
                        "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n"
                        f"a=rtpmap:96 {self._name}/90000\r\na=fmtp:96 packetization-mode=1\r\n"
                        "a=control:track\r\n"
                    )
                    _answer(one, headers, "200 OK", "Content-Type: application/sdp\r\n", sdp)
                elif method == "SETUP":
                    transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n"
                    _answer(one, headers, "200 OK", transport)
                elif method == "PLAY":
                    _answer(one, headers, "200 OK", "Session: 1\r\n")
                    player = threading.Thread(target=self._play, args=(one, stop), daemon=True)
                    player.start()
                else:
                    _answer(one, headers, "200 OK", "Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN\r\n")
        stop.set()
        if player is not None:
            player.join(5)

    def _admitted(self, given: str) -> bool:
        wanted = base64.b64encode(f"camera:{self._password}".encode()).decode()
        return given == f"Basic {wanted}"

    def _play(self, one: socket.socket, stop: threading.Event) -> None:
        self.playing += 1
        sequence = number = 0
        try:
            while not stop.wait(1 / self._fps):
                if self.silent:
                    continue
                unit = self._units[number % len(self._units)]
                payloads = list(_payloads(unit))
                for last, payload in ((p is payloads[-1], p) for p in payloads):
                    header = struct.pack(
                        "!BBHII", 0x80, 96 | (0x80 if last else 0), sequence, number * 90_000 // self._fps, 7
                    )
                    sequence = (sequence + 1) & 0xFFFF
                    packet = header + payload
                    one.sendall(b"$\x00" + len(packet).to_bytes(2, "big") + packet)
                number += 1
        except OSError:
            pass
        finally:
            self.playing -= 1


def _payloads(unit: bytes) -> Iterator[bytes]:
    """Single NAL units and FU-A fragments."""
    for nal in filter(None, unit.replace(b"\x00\x00\x00\x01", b"\x00\x00\x01").split(b"\x00\x00\x01")):
        if len(nal) <= 1400:
            yield nal
            continue
        parts = [nal[at : at + 1400] for at in range(1, len(nal), 1400)]
        for n, part in enumerate(parts):
            edge = (0x80 if n == 0 else 0) | (0x40 if n == len(parts) - 1 else 0)
            yield bytes(((nal[0] & 0xE0) | 28, (nal[0] & 0x1F) | edge)) + part


def _requests(one: socket.socket) -> Iterator[list[str]]:
    """The requests of a connection, as lines; what a player sends on the interleaved channels is skipped."""
    waiting = b""
    while True:
        data = one.recv(65536)
        if not data:
            return
        waiting += data
        while waiting:
            if waiting[:1] == b"$":
                if len(waiting) < 4 or len(waiting) < 4 + int.from_bytes(waiting[2:4], "big"):
                    break
                waiting = waiting[4 + int.from_bytes(waiting[2:4], "big") :]
                continue
            head, end, rest = waiting.partition(b"\r\n\r\n")
            if not end:
                break
            waiting = rest
            yield head.decode().split("\r\n")


def _answer(one: socket.socket, asked: dict[str, str], status: str, headers: str, body: str = "") -> None:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    one.sendall(
        f"RTSP/1.0 {status}\r\nCSeq: {asked.get('cseq', '0')}\r\n{headers}{length}\r\n{body}".encode()
    )
