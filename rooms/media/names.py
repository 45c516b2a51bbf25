"""Socket addresses as the kernel reads and writes them (Linux: struct sockaddr_in, sockaddr_in6)."""

import socket
import struct
from typing import Any

Address = tuple[Any, ...]


def pack(family: int, address: Address) -> bytes:
    host, port = address[0], address[1]
    head = struct.pack("=H", family)
    if family == socket.AF_INET6:
        scope = address[3] if len(address) > 3 else 0
        packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
        return head + struct.pack(">HI", port, 0) + packed + struct.pack("=I", scope)
    return head + struct.pack(">H", port) + socket.inet_aton(host) + bytes(8)


def unpack(name: bytes) -> Address:
    """As `socket.recvfrom` has it."""
    (port,) = struct.unpack_from(">H", name, 2)
    if len(name) == 28:
        (scope,) = struct.unpack_from("=I", name, 24)
        return socket.inet_ntop(socket.AF_INET6, name[8:24]), port, 0, scope
    return socket.inet_ntoa(name[4:8]), port
