"""One connection to a media worker: length-prefixed msgpack of rooms.control over a stream socket.

Rules
- What arrives is handled in the order it came, on the loop's thread: the greeting before what follows it.
- A request is answered once or `Gone` is raised; nothing waits for ever.
- Anything that cannot be read ends the connection: the crew makes a new one, or a new worker.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast

import msgspec

from rooms import control as c

ANSWER_SECONDS = 10.0
UNREAD = 64 * 1024 * 1024  # bytes a worker may leave unread

T = TypeVar("T")
_read = msgspec.msgpack.Decoder(c.AnyAnswer).decode
_write = msgspec.msgpack.Encoder().encode


class Gone(Exception):
    """The worker went away, or did not answer in time."""


class Refusal(Exception):
    """The worker said no."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code = code
        self.why = why


class Ear(Protocol):
    """Who listens to a link; `lost` is the last call."""

    def greeted(self, link: "Link", greeted: c.Greeted) -> None: ...
    def told(self, link: "Link", told: c.Told) -> None: ...
    def lost(self, link: "Link") -> None: ...


class Link(asyncio.Protocol):
    """`await Link.open(...)`, then `tell` and `ask`, then `close`."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._transport: asyncio.WriteTransport | None = None
        self._rest = bytearray()
        self._next = 0
        self._waiting: dict[int, Callable[[c.Reply | None], None]] = {}

    @classmethod
    async def open(cls, address: str, ear: Ear, gateway: str) -> "Link":
        """Connect to a socket file, or to host:port, and greet. Raises OSError, Gone, Refusal."""
        loop = asyncio.get_running_loop()
        if "/" in address:
            _, link = await loop.create_unix_connection(lambda: cls(ear), address)
        else:
            host, _, port = address.rpartition(":")
            _, link = await loop.create_connection(lambda: cls(ear), host.strip("[]"), int(port))
        try:
            await link.ask(c.Hello(id=0, protocol=c.PROTOCOL, gateway=gateway), c.Greeted)
        except BaseException:
            link.close()
            raise
        return link

    @property
    def open_still(self) -> bool:
        return self._transport is not None

    def tell(self, request: c.AnyRequest, then: Callable[[c.Reply | None], None] | None = None) -> None:
        """Send; `then` gets the answer, or None when there will be none. The id is set here."""
        if self._transport is None:
            if then is not None:
                then(None)
            return
        self._next += 1
        request.id = self._next
        self._waiting[self._next] = then or _ignore
        body = _write(request)
        self._transport.write(len(body).to_bytes(4, "big") + body)
        if self._transport.get_write_buffer_size() > UNREAD:
            self.close()

    async def ask(self, request: c.AnyRequest, kind: type[T], within: float = ANSWER_SECONDS) -> T:
        """Send and wait for an answer of this kind. Raises Gone, Refusal."""
        answered: asyncio.Future[c.Reply | None] = asyncio.get_running_loop().create_future()

        def then(reply: c.Reply | None) -> None:
            if not answered.done():
                answered.set_result(reply)

        self.tell(request, then)
        try:
            async with asyncio.timeout(within):
                reply = await answered
        except TimeoutError:
            raise Gone("no answer in time") from None
        if isinstance(reply, c.Refused):
            raise Refusal(reply.code, reply.why)
        if not isinstance(reply, kind):
            raise Gone("gone" if reply is None else f"answered with {type(reply).__name__}")
        return reply

    def close(self) -> None:
        """`lost` follows at once."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
            self._over()

    def _over(self) -> None:
        waiting, self._waiting = self._waiting, {}
        for then in waiting.values():
            then(None)
        self._ear.lost(self)

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is none by class

    def connection_lost(self, exc: Exception | None) -> None:
        if self._transport is not None:
            self._transport = None
            self._over()

    def data_received(self, data: bytes) -> None:
        rest = self._rest
        rest += data
        at = 0
        while len(rest) >= at + 4:
            size = int.from_bytes(rest[at : at + 4], "big")
            if size > c.LONGEST:
                self.close()
                return
            if len(rest) < at + 4 + size:
                break
            try:
                message: Any = _read(bytes(rest[at + 4 : at + 4 + size]))
            except (msgspec.DecodeError, RecursionError):
                self.close()
                return
            at += 4 + size
            self._take(message)
            if self._transport is None:
                return
        del rest[:at]

    def _take(self, message: c.Reply | c.Told) -> None:
        if isinstance(message, c.Told):
            self._ear.told(self, message)
            return
        then = self._waiting.pop(message.id, None)
        if isinstance(message, c.Greeted):
            self._ear.greeted(self, message)
        if then is not None:
            then(message)


def _ignore(reply: c.Reply | None) -> None:
    return None


async def leave(link: Link) -> None:
    """Say good-bye to a worker: it ends with its last gateway."""
    with contextlib.suppress(Gone, Refusal):
        await link.ask(c.Leave(id=0), c.Done, within=2.0)
