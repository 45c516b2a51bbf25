"""A lean Socket.IO v5 client: websocket only, msgpack packets, on aiohttp's websocket.

Why not python-socketio's AsyncClient: three hundred of them decode every event into dicts before anybody
asks for it and keep several tasks each; here an event that no station cares about costs a look at its name.

One reader calls `hear`; anybody may `ask`. A link that was lost is not used again.
"""

import asyncio
import socket
from typing import Any

import aiohttp
import msgspec
from msgspec import Raw

_CONNECT, _DISCONNECT, _EVENT, _ACK, _CONNECT_ERROR = 0, 1, 2, 3, 4
SILENCE = 70.0  # seconds without a word, pings included, after which the server is gone
ANSWER_WITHIN = 15.0


class Lost(Exception):
    """The connection ended: come back with the cursor."""


class Refused(Exception):
    """The server said no to the connection or to an action."""

    def __init__(self, code: str, retry: bool, after: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry = retry
        self.after = after  # seconds


class _Packet(msgspec.Struct):
    type: int
    data: Raw = Raw(b"\xc0")
    id: int | None = None


class _Error(msgspec.Struct):
    code: str = "internal"
    retry: bool = False
    after: int = 0


class _Answer(msgspec.Struct):
    seq: int = 0
    error: _Error | None = None


class _Refusal(msgspec.Struct):
    data: _Error = msgspec.field(default_factory=_Error)


_packet = msgspec.msgpack.Decoder(_Packet)
_arguments = msgspec.msgpack.Decoder(list[Raw])
_name = msgspec.msgpack.Decoder(str)
_answers = msgspec.msgpack.Decoder(list[_Answer])
_refusal = msgspec.msgpack.Decoder(_Refusal)
_pack = msgspec.msgpack.Encoder().encode


class Link:
    """One connection."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self._ws = ws
        self._asked: dict[int, asyncio.Future[_Answer]] = {}
        self._next = 0

    @classmethod
    async def open(cls, http: aiohttp.ClientSession, url: str, auth: dict[str, Any]) -> "Link":
        """Raises Refused, Lost."""
        address = f"{url}/socket.io/?EIO=4&transport=websocket"
        timeout = aiohttp.ClientWSTimeout(ws_receive=SILENCE, ws_close=2.0)
        try:
            ws = await http.ws_connect(address, timeout=timeout, compress=0, max_msg_size=0)
        except aiohttp.WSServerHandshakeError as error:
            raise Refused(f"http_{error.status}", retry=error.status >= 429) from None
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Lost(str(error)) from None
        link = cls(ws)
        await link._send({"type": _CONNECT, "nsp": "/", "data": auth})
        while True:
            packet = await link._packet()
            if packet.type == _CONNECT:
                return link
            if packet.type == _CONNECT_ERROR:
                await ws.close()
                why = _refusal.decode(packet.data).data
                raise Refused(why.code, why.retry, why.after / 1000)

    async def hear(self) -> tuple[str, Raw]:
        """The next event; raises Lost. Answers to `ask` are handed over on the way."""
        while True:
            packet = await self._packet()
            if packet.type == _EVENT:
                arguments = _arguments.decode(packet.data)
                return _name.decode(arguments[0]), arguments[1]
            if packet.type == _ACK and packet.id is not None:
                waiting = self._asked.pop(packet.id, None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(_answers.decode(packet.data)[0])
            elif packet.type in (_DISCONNECT, _CONNECT_ERROR):
                raise Lost("told to go")

    async def ask(self, id: str, do: dict[str, Any]) -> int:
        """The entry's seq (0: nothing to note). Raises Refused, Lost: then ask again with the same id."""
        self._next += 1
        number = self._next
        answered = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._send({"type": _EVENT, "nsp": "/", "data": ["act", {"id": id, "do": do}], "id": number})
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                answer: _Answer = await answered
        except TimeoutError:
            raise Lost("no answer") from None
        finally:
            self._asked.pop(number, None)
        if answer.error is not None:
            raise Refused(answer.error.code, answer.error.retry, answer.error.after / 1000)
        return answer.seq

    async def mention(self, position: dict[str, float]) -> None:
        """Volatile: where one is. Raises Lost."""
        await self._send({"type": _EVENT, "nsp": "/", "data": ["presence", {"position": position}]})

    def drop(self) -> None:
        """As when the signal is gone: no goodbye on any layer above TCP."""
        wire = self._ws.get_extra_info("socket")
        if wire is not None:
            try:
                wire.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

    async def close(self) -> None:
        self.lose()
        await self._ws.close()

    def lose(self) -> None:
        """Whoever waits for an answer learns that none will come."""
        for waiting in self._asked.values():
            if not waiting.done():
                waiting.set_exception(Lost("connection ended"))

    async def _send(self, packet: dict[str, Any]) -> None:
        try:
            await self._ws.send_bytes(_pack(packet))
        except (aiohttp.ClientError, OSError) as error:
            raise Lost(str(error)) from None

    async def _packet(self) -> _Packet:
        while True:
            try:
                message = await self._ws.receive()
            except TimeoutError:
                raise Lost("silence") from None
            if message.type is aiohttp.WSMsgType.BINARY:
                return _packet.decode(message.data)
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise Lost("connection ended")
            if message.data == "2":
                try:
                    await self._ws.send_str("3")
                except (aiohttp.ClientError, OSError) as error:
                    raise Lost(str(error)) from None
            elif message.data == "1":
                raise Lost("told to go")
