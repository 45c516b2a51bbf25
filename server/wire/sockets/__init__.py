"""Sockets: Socket.IO v5 over one websocket per client, and the fan-out of entries to them.

Knows packets, topics and connections; knows nothing of commands or units. See server.py for how it is used.
"""

from server.wire.sockets.audience import Audience, Outgoing
from server.wire.sockets.connection import Connection, State
from server.wire.sockets.packets import frame, frame_ack, frame_error
from server.wire.sockets.server import SocketServer
from server.wire.sockets.settings import Handlers, Refused, Settings

__all__ = [
    "Audience",
    "Connection",
    "Handlers",
    "Outgoing",
    "Refused",
    "Settings",
    "SocketServer",
    "State",
    "frame",
    "frame_ack",
    "frame_error",
]
