"""Locks between processes that share a folder: held as long as the process lives."""

import contextlib
import fcntl
import os
from pathlib import Path


def take(lock: int) -> bool:
    """Whether the lock of an open file is ours now. It goes with the last descriptor, also an inherited."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def locked(held: contextlib.ExitStack, path: Path) -> bool:
    """Whether the lock is ours now, for as long as `held` lasts. Raises OSError."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not take(lock):
        os.close(lock)
        return False
    held.callback(os.close, lock)
    return True
