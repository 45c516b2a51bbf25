"""What an `act` asks, from its bytes.

Most are receipts: an action that needs nothing but ids. These are read by a plan of their class where the
compiled reader is there (docs/adr/0013); msgspec reads everything else, and says what is wrong with what
cannot be read.
"""

from typing import Any

import msgspec

from server.domain.message import Action, ActionId
from server.world.registry import ASKABLE, AnyAction

Plan = tuple[type[Action], tuple[str, ...], tuple[int, ...]]  # fields in order, and how long each may be


class Act(msgspec.Struct, gc=False):
    id: ActionId
    do: AnyAction


_decode = msgspec.msgpack.Decoder(Act).decode


def plain(raw: msgspec.Raw) -> tuple[str, Action]:
    """(id, action). Raises what msgspec raises."""
    act = _decode(raw)
    return act.id, act.do


def plan_of(action: type[Action]) -> Plan | None:
    """None unless all that is needed are ids. What may be left out is left out, or msgspec reads it."""
    told: Any = msgspec.inspect.type_info(action)
    needed = [field for field in told.fields if field.required]
    if not needed or not all(_is_id(field.type) for field in needed):
        return None
    return action, tuple(field.name for field in needed), tuple(field.type.max_length for field in needed)


def _is_id(kind: msgspec.inspect.Type) -> bool:
    """It takes letters, digits, ".", "_" and "-", if not more."""
    if not isinstance(kind, msgspec.inspect.StrType) or kind.max_length is None or kind.min_length != 1:
        return False
    return kind.pattern in (r"^[A-Za-z0-9._:\-]+\Z", r"^[A-Za-z0-9._\-]+\Z")


PLANS: dict[str, Plan] = {
    action.__name__: plan for action in ASKABLE if (plan := plan_of(action)) is not None
}

try:
    from server._swift import act as _read
except ImportError:
    asked = plain
else:

    def asked(raw: msgspec.Raw) -> tuple[str, Action]:
        """(id, action). Raises what msgspec raises."""
        return _read(raw, PLANS) or plain(raw)
