"""A call for help has a clock of its own and ends with an answer by name or by its own team's word."""

import pytest

from server.domain import mode as m
from server.domain import people as p
from server.domain import situation as s
from server.domain.message import Event
from server.domain.refusal import Code
from server.world.registry import ACTIONS
from tests.world.builders import District

MINUTE = s.ANSWER_WITHIN


@pytest.fixture
def district() -> District:
    return District()


def call(district: District, who: str = "patrol.chief") -> str:
    district.ask(who, s.RaiseDistress())
    return f"a{district.asked}"


def rung(events: list[Event]) -> list[str]:
    said = []
    for event in events:
        if isinstance(event, s.DistressReminded):
            said.append("reminded")
        elif isinstance(event, s.DistressEscalated):
            said.append(f"to {event.to}")
    return said


def test_an_unanswered_call_is_reminded_of_and_goes_up_from_superior_to_superior(district: District) -> None:
    id = call(district)
    assert district.wait(MINUTE - 1) == []
    assert rung(district.wait(1)) == ["reminded"]
    assert rung(district.wait(MINUTE)) == ["to east1"]
    assert rung(district.wait(MINUTE)) == ["to east"]
    assert rung(district.wait(MINUTE)) == ["to d"]
    assert district.wait(100_000) == []
    known = district.view("patrol.chief").distress[id]
    assert (known.escalated_to, known.answered_by) == ("d", None)


def test_a_district_sets_the_time_for_an_answer_and_a_call_keeps_the_one_it_was_raised_with(
    district: District,
) -> None:
    first = call(district)
    district.ask("admin", m.ChangeSettings(two_person=False, distress_within=20))
    second = call(district, "boat.chief")
    assert rung(district.wait(20)) == ["reminded"]
    assert rung(district.wait(20)) == ["to west"]
    within = {id: each.answer_within for id, each in district.view("commander").distress.items()}
    assert within == {first: MINUTE, second: 20}
    district.ask("admin", m.ChangeSettings(two_person=True))  # what is not named stays
    assert district.view("commander").distress_within == 20


def test_an_answered_call_rings_no_more(district: District) -> None:
    id = call(district)
    district.wait(MINUTE)
    district.ask("east.desk", s.AnswerDistress(distress=id))
    assert district.wait(100_000) == []


def test_a_call_from_where_nobody_is_above_goes_on_at_once_and_says_so(district: District) -> None:
    for who in ("east1.desk", "east1.second"):
        district.ask("admin", p.CloseAccount(account=who))
    id = call(district)
    raised, escalated = district.log[-1].events()
    assert isinstance(raised, s.DistressRaised)
    assert escalated == s.DistressEscalated(distress=id, unit="patrol", to="east", skipped=["east1"])
    assert rung(district.wait(2 * MINUTE)) == ["reminded", "to d"]


def test_who_closes_an_unanswered_call_from_above_has_answered_it_by_name(district: District) -> None:
    id = call(district)
    answered, closed = district.ask("east.desk", s.CloseDistress(distress=id, reason="Stood beside them"))
    assert answered == s.DistressAnswered(distress=id, unit="patrol", name="Name of east.desk")
    assert isinstance(closed, s.DistressClosed)
    assert district.state.distress == {}


def test_a_team_calls_off_its_own_false_alarm_unanswered(district: District) -> None:
    id = call(district)
    (closed,) = district.ask("patrol.chief", s.CloseDistress(distress=id, reason="Pressed by mistake"))
    assert closed == s.DistressClosed(distress=id, unit="patrol", reason="Pressed by mistake")


def test_no_call_is_closed_without_a_word_on_how_it_ended() -> None:
    import msgspec

    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "CloseDistress", "distress": "a1", "reason": ""}, ACTIONS["CloseDistress"])


def test_a_stranger_closes_nothing(district: District) -> None:
    id = call(district)
    assert district.refused("west.desk", s.CloseDistress(distress=id, reason="x")) is Code.OUT_OF_REACH
