"""What time does by itself in a consultation: which deadlines stand. All times epoch ms."""

from collections.abc import Iterator

from rooms.consultation.state import (
    EMPTY_FOR_MS,
    LOST_FOR_MS,
    RECORDING_SHOWN_MS,
    RINGS_FOR_MS,
    Consultation,
    RecordingFile,
    Ringing,
)

RINGING = "ringing"
LOST = "lost"
ROLL_CALL = "roll_call"
EMPTY = "empty"
RECORDING = "recording"
BELLS = frozenset({RINGING, LOST, ROLL_CALL, EMPTY, RECORDING})

Bell = tuple[int, str, str, str]  # when, consultation or recording, account or "", which


def bells(room: Consultation) -> Iterator[Bell]:
    """Every deadline that stands in a room; units that rang together stop together."""
    rung = {invited.rung_at for invited in room.invited.values() if invited.state is Ringing.RINGING}
    for at in sorted(rung):
        yield at + RINGS_FOR_MS, room.id, "", RINGING
    for person in room.participants.values():
        if person.lost_at is not None:
            yield person.lost_at + LOST_FOR_MS, room.id, person.account, LOST
    if room.roll_call is not None and room.roll_call.ended_at is None:
        yield room.roll_call.ends_at, room.id, "", ROLL_CALL
    if room.empty_since is not None and room.activation is None:
        yield room.empty_since + EMPTY_FOR_MS, room.id, "", EMPTY


def archive_bell(file: RecordingFile) -> Bell:
    return file.stopped_at + RECORDING_SHOWN_MS, file.id, "", RECORDING


def missed(room: Consultation, at: int) -> list[str]:
    """The units whose ringing ends at a moment."""
    return [
        invited.unit
        for invited in room.invited.values()
        if invited.state is Ringing.RINGING and invited.rung_at + RINGS_FOR_MS == at
    ]
