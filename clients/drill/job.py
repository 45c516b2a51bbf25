"""What is asked to be played: one JSON line on stdin, written by the server that hosts the drill."""

import msgspec

PACE = 12.0  # a simulated minute lasts five seconds: a tree fills within half a minute


class Post(msgspec.Struct, frozen=True):
    """A station: one account at one unit, with a session of its own. `lon`, `lat` in WGS-84 degrees."""

    token: str
    account: str
    unit: str
    kind: str
    post: str
    lon: float | None = None
    lat: float | None = None


class Directing(msgspec.Struct, frozen=True):
    """A session of a duty commander who acts when nobody else does."""

    token: str
    account: str
    unit: str
    after: float = 8.0  # seconds of nobody commanding


class Job(msgspec.Struct, frozen=True):
    """`seed`: the same seed plays the same drill; empty: the log's name. `pace`: times faster than life."""

    url: str
    log: str
    stations: list[Post]
    seed: str | int = ""
    pace: float = PACE
    director: Directing | None = None


def read(line: bytes) -> Job:
    """Raises msgspec.MsgspecError."""
    return msgspec.json.decode(line, type=Job)
