"""What clients missed, indexed by topic, so that each one's part costs its own size.

Ten thousand phones that come back after a command to all of them missed one entry of ten thousand events and
see two each: looking through all events for each phone would be a hundred million looks.
"""

from collections.abc import Collection, Sequence
from itertools import groupby
from operator import itemgetter

from server.engine.published import Published
from server.wire.sockets.packets import entry_head, frame_entry


class Missed:
    """Consecutive entries, at least one."""

    def __init__(self, entries: Sequence[Published]) -> None:
        self._entries = entries
        self._places: dict[str, list[tuple[int, int]]] = {}  # topic → (entry, event), ascending
        for index, entry in enumerate(entries):
            for number, topics in enumerate(entry.audiences):
                place = (index, number)
                for topic in topics:
                    self._places.setdefault(topic, []).append(place)

    def seen_by(self, topics: Collection[str]) -> bytes:
        """The frames of the entries in which these topics see something, with what they see."""
        places = {place for topic in topics for place in self._places.get(topic, ())}
        framed = []
        for index, seen in groupby(sorted(places), itemgetter(0)):
            entry = self._entries[index]
            events = [entry.events[number] for _, number in seen]
            framed.append(frame_entry(entry_head(entry.seq, entry.at, entry.actor, entry.mark), events))
        return b"".join(framed)
