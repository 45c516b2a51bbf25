"""What the types refuse at the edge, before any rule looks at it."""

from typing import Any

import msgspec
import pytest

from server.domain import command as c
from server.domain.message import Id, Phone, UnitCode
from server.world.registry import ASKABLE, AnyAction, decode_events, encode_event, join


@pytest.mark.parametrize("text", ["", "a b", "中", "a\n", "a/b", "x" * 81])
def test_an_id_is_short_and_plain(text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, Id)


@pytest.mark.parametrize("text", ["a1", "310116.v-7", "x" * 64 + ".12"])
def test_an_action_id_with_what_is_made_of_it_is_an_id(text: str) -> None:
    assert msgspec.convert(text, Id) == text


@pytest.mark.parametrize(
    ("kind", "text"), [(UnitCode, "a:b"), (UnitCode, "u\n"), (Phone, "1; 2"), (Phone, "1\n")]
)
def test_codes_and_telephone_numbers_carry_nothing_strange(kind: Any, text: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, kind)


BAD: list[dict[str, Any]] = [
    {"type": "Lapse"},  # only the house asks that
    {"type": "FoundDistrict", "name": "x", "exercise": False, "units": [], "accounts": []},
    {"type": "AcknowledgeCommand", "command": "a"},
    {"type": "AcknowledgeCommand", "command": "a", "unit": "u", "by": "somebody else"},
    {"type": "AcknowledgeCommand", "command": 7, "unit": "u"},
    {"type": "RecallCommand", "command": "a", "reason": ""},
    {"type": "ReportProgress", "command": "a", "unit": "u", "counts": {"moved": -1}},
    {"type": "ReportProgress", "command": "a", "unit": "u", "position": {"lon": 200.0, "lat": 0.0}},
    {"command": "a", "unit": "u"},
    {"type": "Acknowledge"},
]


@pytest.mark.parametrize("asked", BAD)
def test_what_is_no_action_is_refused_when_it_is_parsed(asked: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(asked, AnyAction)


def test_an_action_is_parsed_by_its_name() -> None:
    asked = {"type": "AcknowledgeCommand", "command": "a", "unit": "u"}
    assert msgspec.convert(asked, AnyAction) == c.AcknowledgeCommand(command="a", unit="u")
    assert len({action.__name__ for action in ASKABLE}) == len(ASKABLE)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 300, 70_000])
def test_events_joined_from_their_bytes_come_back_whole(count: int) -> None:
    event = c.CommandClosed(command="a")
    assert decode_events(join([encode_event(event)] * count)) == [event] * count
