"""Reading an action: what the compiled reader takes, msgspec reads alike; everything else is msgspec's."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.domain import command as c
from server.wire.answers import MALFORMED
from server.wire.asked import PLANS, asked, plain

ids = (
    st.from_regex(r"[A-Za-z0-9._:\-]{1,90}\Z")
    | st.from_regex(r"[A-Za-z0-9._\-]{1,40}\Z")
    | st.text(max_size=5)
)
names = st.sampled_from(["command", "unit", "device", "type", "id", "account", "x"])
damage = st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=2)


def outcome(read: Any, raw: bytes) -> object:
    try:
        return read(msgspec.Raw(raw))
    except MALFORMED as error:
        return type(error)


@settings(deadline=None)
@given(
    st.sampled_from([*PLANS, "ReportProgress", "Nothing"]),
    ids,
    st.dictionaries(names, ids, max_size=4),
    damage,
)
@example("AcknowledgeCommand", "a", {"command": "c" * 80, "unit": "u" * 33}, [])
@example("AcknowledgeCommand", "a" * 57, {"command": "c", "unit": "u"}, [])
@example("AcknowledgeCommand", "a", {"command": "c:1", "unit": "u:1"}, [])
@example("AcknowledgeCommand", "a", {"command": "c"}, [])
def test_an_action_is_read_as_msgspec_reads_it(
    kind: str, id: str, fields: dict[str, str], broken: list[tuple[int, int]]
) -> None:
    plan = PLANS.get(kind)
    whole = dict.fromkeys(plan[1], "a.1") if plan else {}
    do = {"type": kind} | {
        name: value for name, value in (whole | fields).items() if name in whole or len(fields) > 3
    }
    raw = bytearray(msgspec.msgpack.encode({"id": id, "do": do}))
    for place, byte in broken:
        raw[place % len(raw)] = byte
    assert outcome(asked, bytes(raw)) == outcome(plain, bytes(raw))


def test_receipts_need_no_second_reader() -> None:
    swift: Any = pytest.importorskip("server._swift", reason="it was not compiled here")
    raw = msgspec.msgpack.encode(
        {
            "do": {"unit": "P1", "type": "AcknowledgeCommand", "command": "0190-c.1"},
            "id": "01909d2e-7d4b-7a3c-9f00-1a2b3c4d5e6f",
        }
    )
    assert swift.act(raw, PLANS) == (
        "01909d2e-7d4b-7a3c-9f00-1a2b3c4d5e6f",
        c.AcknowledgeCommand(command="0190-c.1", unit="P1"),
    )
    assert {"ConfirmDelivery", "JoinConsultation", "AcknowledgeOrder"} <= PLANS.keys()
