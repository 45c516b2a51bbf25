"""What to do when: for each matter the stage that is expected now, and its time.

A mind says what is expected; the agenda remembers what has been done, so that nothing is done twice while
the answer of the log is under way.
"""

from collections.abc import Container, Iterable
from typing import Protocol

from clients.drill.person import Deed
from clients.drill.seen import Matter, Seen


class Mind(Protocol):
    """Pure. The same stage of the same matter gives the same deed, with fresh contents."""

    def stage(self, seen: Seen, matter: Matter, done: Container[str]) -> str:
        """What is expected now; "" when nothing is."""

    def deed(self, seen: Seen, matter: Matter, stage: str, now: int) -> Deed | None:
        """How and when; None: after all not."""

    def where(self, seen: Seen, now: int) -> dict[str, float]:
        """Where they are, for the map."""


class Agenda:
    """Times in epoch ms of the server."""

    def __init__(self, mind: Mind) -> None:
        self._mind = mind
        self._due: dict[Matter, tuple[str, int]] = {}
        self._done: set[str] = set()

    def reconsider(self, seen: Seen, matters: Iterable[Matter], now: int) -> None:
        """Look again at what may have changed."""
        for matter in matters:
            stage = self._mind.stage(seen, matter, self._done)
            before = self._due.get(matter)
            if before is not None and before[0] == stage:
                continue
            deed = self._mind.deed(seen, matter, stage, now) if stage and stage not in self._done else None
            if deed is None:
                self._due.pop(matter, None)
            else:
                self._due[matter] = (stage, deed.at)

    def clear(self) -> None:
        """Before a fresh snapshot is considered; what was done stays done."""
        self._due.clear()

    def next_at(self) -> int | None:
        return min((at for _, at in self._due.values()), default=None)

    def take(self, seen: Seen, now: int) -> tuple[Matter, str, Deed] | None:
        """The earliest deed that is due, made of what is seen now; it stays on the agenda until `finish`."""
        if not self._due:
            return None
        matter = min(self._due, key=lambda m: self._due[m][1])
        stage, at = self._due[matter]
        if at > now:
            return None
        deed = self._mind.deed(seen, matter, stage, now)
        if deed is None:
            del self._due[matter]
            return self.take(seen, now)
        return matter, stage, deed

    def finish(self, seen: Seen, matter: Matter, stage: str, now: int) -> None:
        """Done, or refused for good: never again."""
        self._done.add(stage)
        if self._due.get(matter, ("", 0))[0] == stage:
            del self._due[matter]
        self.reconsider(seen, (matter,), now)
