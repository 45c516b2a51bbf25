"""What happens to every message, frame and write: compiled (server/c, docs/adr/0013), or as in `plain`.

Both do the same to the same objects; whatever is not the ordinary case is Python's in both.
"""

from __future__ import annotations

from typing import Literal

from server.wire.sockets import plain

Way = Literal["compiled", "python"]
POSSIBLE: tuple[Way, ...]
try:
    from server import _swift as swift
except ImportError:  # it was not built here
    POSSIBLE = ("python",)
else:
    # without the newest of its functions it was built from older sources
    POSSIBLE = ("compiled", "python") if hasattr(swift, "deliver") else ("python",)

event, entry, ack = plain.event, plain.entry, plain.ack
hold, release, send = plain.hold, plain.release, plain.send
groups, deliver = plain.groups, plain.deliver
way: Way = "python"


def use(chosen: Way) -> None:
    """For all sockets of the process, from now on."""
    global event, entry, ack, hold, release, send, groups, deliver, way  # noqa: PLW0603
    module = swift if chosen == "compiled" else plain
    event, entry, ack = module.event, module.entry, module.ack
    hold, release, send = module.hold, module.release, module.send
    groups, deliver = module.groups, module.deliver
    way = chosen


use(POSSIBLE[0])
