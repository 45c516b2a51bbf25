"""What an Action and an Event are: the two kinds of message the whole house speaks.

An Action is what somebody asks (imperative); an Event is what became of it (past tense). The class
name is the journal type, the wire type, the TypeScript case and the log key. Lengths are limited
here, at the type, so that parsing at the edge refuses what no rule should have to look at.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

# an action's id has at most 56, so that what the house puts behind it fits a column of 64;
# \Z: unlike $ it lets no line break through
Id = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"^[A-Za-z0-9._:\-]+\Z")]
UnitCode = Annotated[str, Meta(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9._\-]+\Z")]
AccountId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._:\-]+\Z")]
ActionId = Annotated[str, Meta(min_length=1, max_length=56, pattern=r"^[A-Za-z0-9._:\-]+\Z")]
_NO_NUL = r"^[^\x00]*\Z"  # databases do not take it in text
Name = Annotated[str, Meta(min_length=1, max_length=80, pattern=_NO_NUL)]
Line = Annotated[str, Meta(max_length=200, pattern=_NO_NUL)]
TEXT_AT_MOST = 4000
Text = Annotated[str, Meta(max_length=TEXT_AT_MOST, pattern=_NO_NUL)]
Phone = Annotated[str, Meta(max_length=40, pattern=r"^[0-9+ \-]*\Z")]
Seconds = Annotated[int, Meta(ge=10, le=30 * 86400)]
Count = Annotated[int, Meta(ge=0, le=10_000_000)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]

SYSTEM = "system"  # the actor of what the clock or the house does by itself


class Word(StrEnum):
    """A name out of a fixed set. Hashed as the string it is: `Enum` does that in Python, at every look-up."""

    __hash__ = str.__hash__


class Action(msgspec.Struct, kw_only=True, tag_field="type", tag=True, forbid_unknown_fields=True):
    """Something asked. Parsed at the edge from {"type": <class name>, ...fields}."""


class Event(msgspec.Struct, kw_only=True, gc=False):
    """Something that happened. Journalled and sent as [<class name>, {...fields}]."""


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """WGS-84 degrees; accuracy in metres when the device told it."""

    lon: Longitude
    lat: Latitude
    accuracy: float | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A stored file, named by the SHA-256 of its bytes; size in bytes."""

    sha256: Sha256
    name: Name
    type: Annotated[str, Meta(max_length=100)]
    size: Count
