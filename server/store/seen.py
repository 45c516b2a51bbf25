"""What this node has seen of each log: one small file per log, beside the database.

A database restored from an older backup knows nothing of what came after it; this file does. It is written
without syncing, because an older one only notices less. It must not be part of the backup.
"""

import contextlib
import logging
import os
from pathlib import Path

import msgspec

from server.engine.journal import Head

log = logging.getLogger(__name__)


class Seen:
    """`note` and `recall` the head of a log."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def recall(self, name: str) -> Head | None:
        try:
            return msgspec.json.decode(self._file(name).read_bytes(), type=Head)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.MsgspecError) as trouble:
            log.warning("what was seen of %s cannot be read: %s", name, trouble)
            return None

    def note(self, name: str, head: Head) -> None:
        """Never fails: what is not kept is not noticed later."""
        part = self._file(name).with_suffix(".part")
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode(head))
            os.replace(part, self._file(name))

    def forget(self, name: str) -> None:
        with contextlib.suppress(OSError):
            self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.json"
