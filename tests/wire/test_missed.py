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
            expected += frame_entry(entry_head(entry.seq, entry.at, entry.actor, entry.mark), seen)
    assert Missed(missed).seen_by(mine) == expected


def test_the_memory_answers_the_same_question_anew_once_something_was_added() -> None:
    recent = Recent(3)
    recent.add([published(seq, [("all",)]) for seq in (1, 2)])
    assert [entry.seq for entry in recent.after(1) or ()] == [2]
    recent.add([published(3, [("all",)])])
    assert [entry.seq for entry in recent.after(1) or ()] == [2, 3]
    recent.add([published(seq, [("all",)]) for seq in (4, 5)])
    assert recent.after(1) is None
    recent.begin(0, "")
    assert recent.after(4) is None


def test_the_memory_knows_the_marks_of_what_it_holds_and_of_the_one_before() -> None:
    recent = Recent(3)
    recent.begin(10, "m10")

    def more(*seqs: int) -> None:
        recent.add([Published(seq, 0, "amy", [], [], f"m{seq}") for seq in seqs])

    def known() -> dict[int, str]:
        return {seq: found for seq in range(30) if (found := recent.mark_at(seq)) is not None}

    assert known() == {10: "m10"}
    more(11, 12)
    assert known() == {10: "m10", 11: "m11", 12: "m12"}
    more(13, 14)
    assert known() == {11: "m11", 12: "m12", 13: "m13", 14: "m14"}
    more(*range(15, 25))  # more at once than it holds
    assert known() == {21: "m21", 22: "m22", 23: "m23", 24: "m24"}
