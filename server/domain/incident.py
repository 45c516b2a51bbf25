"""What has happened, in the field's three scales, which are never one number.

`WarningColour` belongs to a warning, `IncidentGrade` to an incident, `ResponseLevel` to the response.
Urgency, severity and certainty are the words of CAP 1.2 (OASIS), so that an incident can be exchanged.
"""

from enum import IntEnum, StrEnum

import msgspec

from server.domain.message import Id, Line, Name, Position


class WarningColour(StrEnum):
    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"


class IncidentGrade(StrEnum):
    EXTREMELY_SERIOUS = "extremely_serious"  # 特别重大
    SERIOUS = "serious"  # 重大
    LARGER = "larger"  # 较大
    ORDINARY = "ordinary"  # 一般


class ResponseLevel(IntEnum):
    """1 is the highest."""

    I = 1  # noqa: E741 (the field writes these as Roman numerals)
    II = 2
    III = 3
    IV = 4


class IncidentKind(StrEnum):
    TYPHOON = "typhoon"
    FLOOD = "flood"
    HAZCHEM = "hazchem"
    FIRE = "fire"
    CROWD = "crowd"
    OUTAGE = "outage"
    HEALTH = "health"
    OTHER = "other"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class IncidentFacts(msgspec.Struct, frozen=True, kw_only=True):
    kind: IncidentKind
    title: Name
    grade: IncidentGrade
    place: Line = ""
    position: Position | None = None
    colour: WarningColour | None = None
    urgency: Urgency = Urgency.UNKNOWN
    severity: Severity = Severity.UNKNOWN
    certainty: Certainty = Certainty.UNKNOWN


class Incident(msgspec.Struct, kw_only=True):
    id: Id
    facts: IncidentFacts
    opened_at: int
    opened_by: str
