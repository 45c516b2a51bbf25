"""What a client missed is what it would have been told, from an index that all who come back share."""

from hypothesis import given
from hypothesis import strategies as st

from server.engine.published import Published, Recent
from server.wire.missed import Missed
from server.wire.sockets.packets import entry_head, frame_entry

topics = st.lists(st.sampled_from(["all", "u:1", "u:2", "a:amy", "directory"]), max_size=3).map(tuple)
entries = st.lists(st.lists(topics, max_size=4), min_size=1, max_size=5)


def published(seq: int, audiences: list[tuple[str, ...]]) -> Published:
    """Its events are told apart by entry and place."""
    return Published(seq, seq * 10, "amy", [f"{seq}.{n}".encode() for n in range(len(audiences))], audiences)


@given(entries, st.frozensets(st.sampled_from(["all", "u:1", "u:2", "u:3"])))
def test_each_entry_is_replayed_with_the_events_of_the_clients_topics(
    audiences: list[list[tuple[str, ...]]], mine: frozenset[str]
) -> None:
    missed = [published(seq, listed) for seq, listed in enumerate(audiences, start=7)]
    expected = b""
    for entry in missed:
        seen = [e for e, who in zip(entry.events, entry.audiences, strict=True) if mine & {*who}]
        if seen:
            expected += frame_entry(entry_head(entry.seq, entry.at, entry.actor), seen)
    assert Missed(missed).seen_by(mine) == expected


def test_the_memory_answers_the_same_question_anew_once_something_was_added() -> None:
    recent = Recent(3)
    recent.add([published(seq, [("all",)]) for seq in (1, 2)])
    assert [entry.seq for entry in recent.after(1) or ()] == [2]
    recent.add([published(3, [("all",)])])
    assert [entry.seq for entry in recent.after(1) or ()] == [2, 3]
    recent.add([published(seq, [("all",)]) for seq in (4, 5)])
    assert recent.after(1) is None
    recent.forget()
    assert recent.after(4) is None
