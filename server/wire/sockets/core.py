"""python-socketio in its place: it decides about CONNECT and refusals and keeps its API for the rare
packet.

Why not more: its `emit` costs a task, a queue, a timer and a wake-up per recipient, and its manager walks
every room for every disconnect, which is quadratic when all clients drop at once (a room per client). So
the roster below is flat, `environ` maps a sid to the `Connection` itself, and neither events nor fan-out
pass through here. See docs/adr for the figures.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import socketio
from socketio.exceptions import ConnectionRefusedError as RefusedByHandler

from server.wire.sockets.connection import Connection, State
from server.wire.sockets.engine import Engine
from server.wire.sockets.settings import Handlers, Refused

if TYPE_CHECKING:
    from engineio import packet as eio_packet

_log = logging.getLogger(__name__)


class Roster(socketio.AsyncManager):  # type: ignore[misc]
    """Who is in, in one dict: sid → accepted. One namespace, so the Socket.IO sid is the Engine.IO sid, which
    gives nobody anything without long polling. Rooms are not kept here: see `audience`."""

    def __init__(self) -> None:
        super().__init__()
        self._accepted: dict[str, bool] = {}

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        if eio_sid in self._accepted:
            return None
        self._accepted[eio_sid] = False
        return eio_sid

    async def connect(self, sid: str, namespace: str) -> str:
        self._accepted[sid] = True
        return sid

    async def disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        self.forget(sid)

    def forget(self, sid: str) -> None:
        """Idempotent."""
        self._accepted.pop(sid, None)

    def is_connected(self, sid: str | None, namespace: str) -> bool:
        return sid is not None and self._accepted.get(sid, False)

    def get_namespaces(self) -> list[str]:
        return ["/"]

    def get_participants(self, namespace: str, room: str | None) -> Iterator[tuple[str, str]]:
        if room is None:
            yield from ((sid, sid) for sid, accepted in list(self._accepted.items()) if accepted)
        elif self._accepted.get(room, False):
            yield room, room

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        return eio_sid if eio_sid in self._accepted else None

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        return sid if sid in self._accepted else None

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:
        return self.eio_sid_from_sid(sid, namespace)


class Core(socketio.AsyncServer):  # type: ignore[misc]
    """`admit(connection, auth)` runs python-socketio's CONNECT; the rest of it is inherited."""

    eio: Engine
    manager: Roster

    def __init__(self, handlers: Handlers) -> None:
        super().__init__(
            client_manager=Roster(),
            serializer="msgpack",
            namespaces=["/"],
            async_handlers=False,
            monitor_clients=False,
        )
        self.environ: dict[str, Connection] = self.eio.connections
        self._owner = handlers
        self.on("connect", self._on_connect)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    async def admit(self, connection: Connection, auth: bytes | None) -> bool:
        """Asks the owner; answers CONNECT or CONNECT_ERROR. False: refused, or gone meanwhile."""
        await self._handle_connect(connection.sid, "/", auth)
        if connection.state is State.CONNECTING and self.manager.is_connected(connection.sid, "/"):
            return True
        self.manager.forget(connection.sid)
        return False

    async def _on_connect(self, _sid: str, connection: Connection, auth: bytes | None) -> bool:
        try:
            connection.context = await self._owner.on_connect(auth, connection, connection.remote)
        except Refused as refused:
            raise RefusedByHandler(refused.code, {"code": refused.code, "retry": refused.retry}) from None
        except Exception:  # noqa: BLE001 - a defect of the owner refuses this client and no other
            _log.exception("on_connect failed")
            raise RefusedByHandler("internal", {"code": "internal", "retry": True}) from None
        return True

    async def _send_eio_packet(self, eio_sid: str, eio_pkt: eio_packet.Packet) -> None:
        await self.eio.send(eio_sid, eio_pkt.data)
