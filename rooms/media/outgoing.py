"""Datagrams on their way out: encrypted where they lie, handed to the kernel many at a time.

`sendto` for each datagram costs a system call, an address that is parsed again, and often the processor,
because the kernel wakes the receiver in the middle. `sendmmsg` (Linux) takes a batch. Each place of the
batch is a buffer libsrtp encrypts in; the length it writes there is the length the kernel reads.
"""

import socket
import sys
from typing import Any

from cffi import FFI
from pylibsrtp import ffi as srtp_ffi  # type: ignore[attr-defined]

from rooms.media.names import pack

PLACES = 128
ROOM = 2_304  # bytes of a place: the longest datagram and what encryption adds

_ffi = FFI()
_ffi.cdef(
    """
    struct iovec { void *iov_base; size_t iov_len; };
    struct msghdr {
        void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
        void *msg_control; size_t msg_controllen; int msg_flags;
    };
    struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
    int sendmmsg(int, struct mmsghdr *, unsigned int, int);
    """
)
_sendmmsg = _ffi.dlopen(None).sendmmsg
_LOW = 0 if sys.byteorder == "little" else _ffi.sizeof("size_t") - _ffi.sizeof("int")


def _borrow(pointer: Any, kind: str) -> Any:
    """The same address in libsrtp's own types."""
    return srtp_ffi.cast(kind, int(_ffi.cast("uintptr_t", pointer)))


class Outgoing:
    """The batch of one socket. Whoever fills places counts them in `used`, and flushes a full batch.

    views[n]: where to write datagram n; cells[n], sizes[n]: the same for libsrtp; heads[n].msg_name: to whom
    (`name_of` an address).
    """

    def __init__(self, out: socket.socket) -> None:
        self._descriptor = out.fileno()
        self._family = out.family
        name_size = 28 if out.family == socket.AF_INET6 else 16
        self._slab = _ffi.new("char[]", ROOM * PLACES)
        self._vectors = _ffi.new("struct iovec[]", PLACES)
        self._messages = _ffi.new("struct mmsghdr[]", PLACES)
        whole = memoryview(_ffi.buffer(self._slab))
        self.views = [whole[n * ROOM : (n + 1) * ROOM] for n in range(PLACES)]
        self.cells: list[Any] = []
        self.sizes: list[Any] = []
        self.heads: list[Any] = []
        self.used = 0
        self.unsent = 0
        for n in range(PLACES):
            vector, head = self._vectors[n], self._messages[n].msg_hdr
            vector.iov_base = self._slab + n * ROOM
            head.msg_iov = self._vectors + n
            head.msg_iovlen = 1
            head.msg_namelen = name_size
            length = _ffi.cast("char *", _ffi.addressof(vector, "iov_len")) + _LOW
            self.cells.append(_borrow(vector.iov_base, "char *"))
            self.sizes.append(_borrow(length, "int *"))
            self.heads.append(head)

    def name_of(self, address: tuple[Any, ...]) -> Any:
        """A socket address as the kernel reads it; the caller keeps it alive while it is sent to."""
        return _ffi.new("char[]", pack(self._family, address))

    def flush(self) -> None:
        """Everything goes out now. What the kernel does not take is lost, as datagrams are."""
        at, used, self.used = 0, self.used, 0
        while at < used:
            sent = _sendmmsg(self._descriptor, self._messages + at, used - at, 0)
            if sent <= 0:  # the first of them was refused: the others may still go
                self.unsent += 1
                sent = 1
            at += sent
