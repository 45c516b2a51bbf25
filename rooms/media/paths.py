"""Which packet path a worker uses: the compiled one where it was built, unless told otherwise."""

import logging
import socket

from rooms.media.path import Control, Path
from rooms.media.plain import PlainPath

log = logging.getLogger(__name__)
HOWS = ("auto", "compiled", "python")


def open_path(how: str, port: socket.socket, control: Control) -> Path:
    """`how`: one of HOWS. Raises ImportError: "compiled", and it is not there."""
    if how != "python":
        try:
            from rooms.media.swift import SwiftPath

            return SwiftPath(port, control)
        except ImportError as trouble:
            if how == "compiled":
                raise
            log.info("the packet path stays in Python: %s", trouble)
    return PlainPath(port, control)
