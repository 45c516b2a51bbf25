"""A unix datagram socket at a path, for us alone: both ends of a tap are made so."""

import os
import socket
from contextlib import suppress


def listening(path: str) -> socket.socket:
    """Bound to `path`, of mode 0600; what was there before is gone. Raises OSError."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    before = os.umask(0o177)
    try:
        with suppress(FileNotFoundError):
            os.unlink(path)
        opened.bind(path)
    except OSError:
        opened.close()
        raise
    finally:
        os.umask(before)
    return opened
