"""Janus, the peer of `media`: started on loopback, spoken to over its unix socket, joined by our own peers.

Janus comes as Debian packages it, with a configuration of its own in a temporary folder: ICE-lite as ours,
the video room plugin, the unix socket transport, nothing else. A publisher offers and Janus answers; a
subscriber gets its own connection, on which Janus offers one m-line per stream and the peer answers.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from aioice import stun

from loadtests.media_peer import MediaPeer

LONGEST = 1 << 20
WAIT = 15.0  # seconds for an answer
PLUGINS = "/usr/lib/*/janus"
ROOM = 1234
READY = b"Unix Sockets thread started"
NUMBERED = ("a=mid", "a=rtpmap", "a=fmtp", "a=rtcp-fb", "a=extmap")
P = TypeVar("P", bound="JanusPeer")

_CONFIGURATION = """
general: {{
    configs_folder = "{folder}"
    plugins_folder = "{library}/plugins"
    transports_folder = "{library}/transports"
    events_folder = "{library}/events"
    loggers_folder = "{library}/loggers"
    debug_level = 4  # below, no transport starts
    session_timeout = 0
    admin_secret = "bench"
}}
certificates: {{ }}
media: {{ ipv6 = false, rtp_port_range = "{ports}" }}
nat: {{ ice_lite = false, ice_tcp = false, full_trickle = false }}
plugins: {{ disable = "{no_plugins}" }}
transports: {{ disable = "{no_transports}" }}
"""
_SOCKET = """
general: {{ enabled = true, json = "compact", path = "{folder}/janus.sock", type = "SOCK_SEQPACKET" }}
admin: {{ admin_enabled = false }}
"""


def library() -> Path:
    found = next(Path("/").glob(PLUGINS.removeprefix("/")), None)
    if found is None or shutil.which("janus") is None:
        raise SystemExit("janus is not installed")
    return found


class Janus:
    """The process."""

    name = "janus"

    def __init__(self, folder: Path, ports: str) -> None:
        where = library()
        plugins = [each.name for each in (where / "plugins").glob("*.so") if "videoroom" not in each.name]
        transports = [each.name for each in (where / "transports").glob("*.so") if "pfunix" not in each.name]
        (folder / "janus.jcfg").write_text(
            _CONFIGURATION.format(
                folder=folder,
                library=where,
                ports=ports,
                no_plugins=",".join(plugins),
                no_transports=",".join(transports),
            )
        )
        (folder / "janus.transport.pfunix.jcfg").write_text(_SOCKET.format(folder=folder))
        (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")
        self.socket = folder / "janus.sock"
        self.log = folder / "janus.log"
        self._start(folder)

    def _start(self, folder: Path) -> None:
        """Its socket's thread ends at once when it is quicker than the one that starts it: then again."""
        command = ["janus", "-F", str(folder), "-C", str(folder / "janus.jcfg")]
        over = time.monotonic() + WAIT
        while True:
            with self.log.open("wb") as log:
                self._process = subprocess.Popen(
                    command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
                )
            self.pid = self._process.pid
            while self._process.poll() is None and time.monotonic() < over:
                ready = READY in self.log.read_bytes() and self.socket.exists()
                time.sleep(0.2)
                if ready and self._process.poll() is None:
                    return
            self.stop()
            if time.monotonic() > over:
                raise RuntimeError(f"janus did not start: {self.log.read_text()[-600:]}")

    def stop(self) -> None:
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        self._process.kill()
        self._process.wait()


class JanusLink:
    """One client of Janus' API, with one session."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._session = 0
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._task = asyncio.create_task(self._listen())

    @classmethod
    async def open(cls, path: Path) -> JanusLink:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sock.connect(str(path))
        sock.setblocking(False)
        link = cls(sock)
        link._session = (await link._ask({"janus": "create"}))["data"]["id"]
        return link

    async def close(self) -> None:
        self._task.cancel()
        self._socket.close()

    async def attach(self) -> int:
        """A handle of the video room."""
        reply = await self._ask({"janus": "attach", "plugin": "janus.plugin.videoroom"})
        handle: int = reply["data"]["id"]
        return handle

    async def ask(self, handle: int, body: dict[str, Any], jsep: dict[str, Any] | None = None) -> Any:
        """Answers the event (or success) that answers it. RuntimeError: an error."""
        more = {} if jsep is None else {"jsep": jsep}
        reply = await self._ask({"janus": "message", "handle_id": handle, "body": body} | more)
        data = reply.get("plugindata", {}).get("data", {})
        if "error" in data:
            raise RuntimeError(f"{body}: {data['error']}")
        return reply

    async def room(self) -> None:
        """A room for as many as come; bit rates and key frame requests are left to them."""
        handle = await self.attach()
        wish = {"request": "create", "room": ROOM, "publishers": 500, "bitrate": 0, "fir_freq": 0}
        await self.ask(handle, wish | {"videocodec": "vp8", "audiocodec": "opus", "notify_joining": False})

    async def publish(self, peer: JanusPeer) -> int:
        """It joins and sends. Answers the feed others subscribe to."""
        handle = await self.attach()
        joined = await self.ask(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
        reply = await self.ask(handle, {"request": "publish"}, {"type": "offer", "sdp": peer.offer})
        await peer.connect(reply["jsep"]["sdp"])
        feed: int = joined["plugindata"]["data"]["id"]
        return feed

    async def subscribe(self, feeds: list[int], make: Callable[[list[str]], P]) -> P:
        """A new connection that receives all of what these send, once they do."""
        handle = await self.attach()
        wish = {"request": "join", "ptype": "subscriber", "room": ROOM}
        over = time.monotonic() + WAIT
        while True:
            try:
                reply = await self.ask(handle, wish | {"streams": [{"feed": feed} for feed in feeds]})
                break
            except RuntimeError:  # "No such feed": its connection is not up yet
                if time.monotonic() > over:
                    raise
                await asyncio.sleep(0.02)
        offer = reply["jsep"]["sdp"]
        peer = make(JanusPeer.lines_of(offer))
        peer.answer(offer)
        await self.ask(handle, {"request": "start"}, {"type": "answer", "sdp": peer.offer})
        await peer.connect(offer)
        peer.handle = handle
        return peer

    async def leave(self, peer: JanusPeer) -> None:
        await peer.vanish()
        await self._ask({"janus": "detach", "handle_id": peer.handle})

    async def _ask(self, message: dict[str, Any]) -> dict[str, Any]:
        transaction = secrets.token_hex(8)
        waiting = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        session = {"session_id": self._session} if self._session else {}
        text = json.dumps(message | session | {"transaction": transaction})
        await asyncio.get_running_loop().sock_sendall(self._socket, text.encode())
        try:
            async with asyncio.timeout(WAIT):
                reply: dict[str, Any] = await waiting
        finally:
            del self._waiting[transaction]
        if reply["janus"] == "error":
            raise RuntimeError(f"{message}: {reply['error']}")
        return reply

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        while data := await loop.sock_recv(self._socket, LONGEST):
            message = json.loads(data)
            waiting = self._waiting.get(message.get("transaction", ""))
            if message["janus"] != "ack" and waiting is not None and not waiting.done():
                waiting.set_result(message)


class JanusPeer(MediaPeer):
    """A peer that takes the active part in DTLS, whoever offered, and answers checks of a full agent."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines, ())
        self.offer = self.offer.replace("a=setup:actpass", "a=setup:active")
        self.handle = 0
        self.answers = False  # Janus offered: it controls which addresses are used

    @staticmethod
    def lines_of(offer: str) -> list[str]:
        """What to receive it in."""
        return ["voice" if section.startswith("audio") else "thumb" for section in offer.split("\r\nm=")[1:]]

    def answer(self, offer: str) -> None:
        """Makes `self.offer` the answer: every line accepted, as Janus numbers payloads and extensions."""
        self.answers = True
        head, *mine = self.offer.split("\r\nm=")
        answered = []
        for theirs, ours in zip(offer.split("\r\nm=")[1:], mine, strict=True):
            types = theirs.split("\r\n", 1)[0].split(" ")[3:]
            first, *rest = ours.rstrip().split("\r\n")
            lines = [" ".join(first.split(" ")[:3] + types)]
            lines += [line for line in rest if not line.startswith(NUMBERED)]
            lines += [line for line in theirs.split("\r\n") if line.startswith(NUMBERED)]
            answered.append("\r\n".join(lines))
        self.offer = "\r\nm=".join([head, *answered]) + "\r\n"

    def check(self, pwd: str | None = None) -> None:
        assert self._answer is not None
        role: dict[str, Any] = {"ICE-CONTROLLING": 1, "USE-CANDIDATE": None}
        if self.answers:
            role = {"ICE-CONTROLLED": 1}
        name = {"USERNAME": f"{self._answer.ufrag}:{self._ufrag}", "PRIORITY": 1_845_501_695}
        request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, attributes=name | role)
        self._say(request, self._answer.pwd)

    def _stun(self, data: bytes) -> None:
        message = stun.parse_message(data)
        if message.message_class == stun.Class.RESPONSE:
            self._agreed(not self.answers)
        elif message.message_class == stun.Class.REQUEST:
            assert self._answer is not None
            seen = {"XOR-MAPPED-ADDRESS": self._answer.address}
            response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, message.transaction_id, seen)
            self._say(response, self._pwd)
            self._agreed("USE-CANDIDATE" in message.attributes)

    def _agreed(self, chosen: bool) -> None:
        """DTLS begins when the controlling side has chosen; before, Janus drops it."""
        if chosen:
            self._checked.set()

    def _say(self, message: stun.Message, pwd: str) -> None:
        message.add_message_integrity(pwd.encode())
        message.add_fingerprint()
        self.send(bytes(message))
