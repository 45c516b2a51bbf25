"""A gateway in the hands of a test: it speaks to a worker's socket, and remembers all it was told."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from rooms.control import (
    PROTOCOL,
    AnyAnswer,
    Greeted,
    Hello,
    Kind,
    Person,
    Reply,
    Request,
    Room,
    SetRoom,
    Told,
)

_read = msgspec.msgpack.Decoder(AnyAnswer).decode
_write = msgspec.msgpack.Encoder().encode
SECONDS = 20.0

T = TypeVar("T")


class Gateway:
    """Connected; `ask` sends a request and answers its reply; `told` is everything else, in order."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._news = threading.Condition()
        self._replies: dict[int, Reply] = {}
        self._asked = 0
        self.told: list[Told] = []
        self.closed = False
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def hello(self) -> Greeted:
        reply = self.ask(Hello, protocol=PROTOCOL, gateway="test")
        assert isinstance(reply, Greeted)
        return reply

    def ask(self, kind: type[Request], **fields: Any) -> Reply:
        with self._news:
            self._asked += 1
            mine = self._asked
        body = _write(kind(id=mine, **fields))
        self._socket.sendall(len(body).to_bytes(4, "big") + body)
        with self._news:
            if not self._news.wait_for(lambda: mine in self._replies or self.closed, SECONDS):
                raise TimeoutError(f"no reply to {kind.__name__}")
            if mine not in self._replies:
                raise ConnectionError("the worker closed the link")
            return self._replies.pop(mine)

    def room(self, name: str, seq: int = 1, **policy: Any) -> Reply:
        """`room("r", people={"a": ["audio"]})`: each person has one device, named like them."""
        people = {
            who: may if isinstance(may, Person) else Person(devices=[who], may=[Kind(kind) for kind in may])
            for who, may in policy.pop("people").items()
        }
        return self.ask(SetRoom, room=Room(room=name, seq=seq, people=people, **policy))

    def await_told(
        self, kind: type[T], wanted: Callable[[T], bool] = lambda told: True, seconds: float = SECONDS
    ) -> T:
        """The first telling of that kind that is wanted, already there or to come."""
        found: list[T] = []

        def look() -> bool:
            found[:] = [told for told in self.told if isinstance(told, kind) and wanted(told)]
            return bool(found) or self.closed

        with self._news:
            self._news.wait_for(look, seconds)
            if not found:
                raise AssertionError(f"no such {kind.__name__}; told: {self.told[-20:]}")
            return found[0]

    def forget(self) -> None:
        with self._news:
            self.told.clear()

    def send_raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def close(self) -> None:
        with suppress(OSError):  # the worker may have closed it
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._socket.close()

    def _listen(self) -> None:
        stream = self._socket.makefile("rb")
        while True:
            try:
                head = stream.read(4)
                body = stream.read(int.from_bytes(head, "big")) if len(head) == 4 else b""
            except OSError:
                body = b""
            if not body:
                break
            message = _read(body)
            with self._news:
                if isinstance(message, Reply):
                    self._replies[message.id] = message
                else:
                    self.told.append(message)
                self._news.notify_all()
        with self._news:
            self.closed = True
            self._news.notify_all()


def until(ready: Callable[[], bool], seconds: float = SECONDS) -> None:
    """Return once `ready()`; fail after `seconds`."""
    over = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < over, "it did not happen in time"
        time.sleep(0.02)
