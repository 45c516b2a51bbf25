"""A worker goes before what else runs on the machine: media that waits for its turn is media lost.

A quarter of a second without a core and the port is full. What is asked for is small (one core, and far less
than all of it most of the time), so it is asked for as niceness, which bends under load, not as real time,
which does not: real time made each packet dearer, because everything was sent in smaller batches.

Linux shares time out by sessions first, where nobody shares it out otherwise (autogroups); a worker in a
session of its own raises that, too. Whoever may not raise anything goes on as everybody else.
"""

import os
from pathlib import Path

USUAL = -10
AUTOGROUP = Path("/proc/self/autogroup")


def wanted(said: str) -> int:
    """`PINGJI_MEDIA_NICE` as a number; without it `USUAL`, but on a single core nothing: there the server's
    own work would wait. Raises ValueError."""
    if said:
        return max(-20, min(19, int(said)))
    return USUAL if len(os.sched_getaffinity(0)) > 1 else 0


def take(nice: int) -> int:
    """Takes that niceness if it may, and answers which one there is now."""
    before = os.getpriority(os.PRIO_PROCESS, 0)
    if nice == 0 or nice == before:
        return before
    try:
        os.setpriority(os.PRIO_PROCESS, 0, nice)
        if os.getsid(0) == os.getpid():
            AUTOGROUP.write_text(str(nice))
    except OSError:  # not permitted, or no autogroups here
        pass
    return os.getpriority(os.PRIO_PROCESS, 0)
