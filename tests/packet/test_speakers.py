"""Who is heard, steadily."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rooms.media.packet.speakers import HOLD, Speakers, seat

LOUD, SOFT, SILENT = 20, 45, 127


def talk(
    speakers: Speakers, levels: dict[str, int], start: float, lasts: float, *always: str
) -> list[list[str]]:
    """Packets every 20 ms, a turn every 100 ms; what each turn said."""
    said = []
    for at in range(int(lasts * 50)):
        now = start + at / 50
        for source, level in levels.items():
            speakers.hear(source, level, now)
        if at % 5 == 4:
            said.append(speakers.turn(always, now))
    return said


def test_the_loudest_three_are_heard() -> None:
    speakers = Speakers()
    said = talk(speakers, {"a": 50, "b": 10, "c": 20, "d": 30, "e": SILENT}, 0.0, 1.0)
    assert said[-1] == ["b", "c", "d"]


def test_somebody_is_heard_within_a_fifth_of_a_second() -> None:
    speakers = Speakers()
    talk(speakers, {"a": SILENT}, 0.0, 1.0)
    assert talk(speakers, {"a": LOUD}, 1.0, 0.2)[-1] == ["a"]


def test_a_pause_for_breath_costs_nobody_the_seat() -> None:
    speakers = Speakers()
    talk(speakers, {"a": LOUD}, 0.0, 1.0)
    assert all(turn == ["a"] for turn in talk(speakers, {"a": SILENT}, 1.0, HOLD))
    assert talk(speakers, {"a": SILENT}, 1.0 + HOLD, 2.0)[-1] == []


def test_who_sends_no_packets_falls_silent() -> None:
    speakers = Speakers()
    talk(speakers, {"a": LOUD}, 0.0, 1.0)
    assert talk(speakers, {}, 1.0, HOLD + 1.5)[-1] == []


def test_voices_of_one_loudness_do_not_flicker() -> None:
    speakers = Speakers()
    levels = dict.fromkeys("abcd", SOFT)
    first = talk(speakers, levels, 0.0, 1.0)[-1]
    for at in range(50):
        levels = {name: SOFT + (at + place) % 3 for place, name in enumerate("abcd")}
        assert all(turn == first for turn in talk(speakers, levels, 1 + at / 5, 0.2))


def test_a_cough_takes_nobodys_seat() -> None:
    speakers = Speakers()
    before = talk(speakers, {"a": LOUD, "b": LOUD, "c": LOUD}, 0.0, 1.0)[-1]
    speakers.hear("d", 10, 1.0)
    assert speakers.turn([], 1.01) == before


def test_who_is_always_heard_is_heard_before_louder_ones_while_speaking() -> None:
    speakers = Speakers()
    levels = {"a": 10, "b": 12, "c": 14, "chair": 50}
    assert talk(speakers, levels, 0.0, 1.0, "chair")[-1] == ["a", "b", "chair"]
    levels["chair"] = SILENT
    assert talk(speakers, levels, 1.0, HOLD + 2, "chair")[-1] == ["a", "b", "c"]


def test_who_left_is_heard_no_longer() -> None:
    speakers = Speakers()
    talk(speakers, {"a": LOUD}, 0.0, 1.0)
    speakers.forget("a")
    assert speakers.turn([], 1.0) == []
    speakers.forget("nobody")


# ── voice slots ──


def test_nobody_hears_themselves() -> None:
    assert seat(["", "", ""], ["me", "a"], "me") == ["a", "", ""]


def test_a_newcomer_takes_an_empty_seat_then_that_of_one_who_is_silent() -> None:
    assert seat(["a", "", "c"], ["b", "a"], "me") == ["a", "b", "c"]
    assert seat(["a", "b", "c"], ["d", "c", "a"], "me") == ["a", "d", "c"]


names = st.sampled_from(["", *"abcdef"])


@given(st.lists(st.lists(st.sampled_from("abcdef"), unique=True, max_size=3), max_size=30))
def test_who_is_heard_has_one_seat_and_stays_in_it(turns: list[list[str]]) -> None:
    seats = [["", "", ""]]
    for heard in turns:
        seats.append(seat(seats[-1], heard, "a"))
        taken = [source for source in seats[-1] if source]
        assert len(set(taken)) == len(taken)
        assert set(heard) - {"a"} <= set(taken)
    for (before, after), heard in zip(pairwise(seats), turns, strict=True):
        for old, new in zip(before, after, strict=True):
            assert old == new or old not in heard
