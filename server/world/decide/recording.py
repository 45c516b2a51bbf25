"""Deciding roll calls and recordings: what a consultation leaves behind."""

from collections.abc import Callable
from typing import Any

from rooms import consultation as r
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.domain.units import lineage
from server.world.ask import Ask
from server.world.lookup import consultation_of, participant_of
from server.world.state import State
from server.world.world import World


def _running(room: r.Consultation) -> r.RollCall | None:
    return room.roll_call if room.roll_call is not None and room.roll_call.ended_at is None else None


def _start_roll_call(world: World, action: r.StartRollCall, ask: Ask) -> list[Event]:
    """Every invited unit and every unit in the room is called, the host not."""
    room = consultation_of(world.state, action.consultation)
    if _running(room) is not None:
        raise Rejected(Code.WRONG_STEP, step="roll_call")
    present = (person.unit for person in room.participants.values())
    sites = [unit for unit in dict.fromkeys((*room.invited, *present)) if unit != room.host]
    if not sites:
        raise Rejected(Code.NOBODY_ADDRESSED)
    roll_call = r.RollCall(
        id=ask.id,
        called_at=ask.now,
        called_by=ask.who.name,
        seconds=action.seconds,
        ends_at=ask.now + action.seconds * 1000,
        sites=sites,
        answered={},
    )
    return [r.RollCallStarted(consultation=room.id, roll_call=roll_call)]


def _answer_roll_call(world: World, action: r.AnswerRollCall, ask: Ask) -> list[Event]:
    room, who = consultation_of(world.state, action.consultation), ask.who
    participant_of(room, who.id)
    called = room.roll_call
    if called is None or who.unit not in called.sites:
        raise Rejected(Code.WRONG_STEP, step="roll_call")
    if who.unit in called.answered:
        return []
    late = called.ended_at is not None or ask.now > called.ends_at
    answer = r.Answer(account=who.id, name=who.name, at=ask.now, late=late, picture=action.picture)
    return [r.RollCallAnswered(consultation=room.id, unit=who.unit, answer=answer)]


def _end_roll_call(world: World, action: r.EndRollCall, ask: Ask) -> list[Event]:
    return ended_roll_call(consultation_of(world.state, action.consultation), ask.who.name)


def ended_roll_call(room: r.Consultation, by: str) -> list[Event]:
    """The result of the running roll call. `by` is empty when its time was over."""
    called = _running(room)
    if called is None:
        return []
    return [
        r.RollCallEnded(
            consultation=room.id,
            roll_call=called.id,
            name=room.name,
            activation=room.activation,
            answered={unit: answer.at - called.called_at for unit, answer in called.answered.items()},
            absent=[unit for unit in called.sites if unit not in called.answered],
            by=by,
        )
    ]


def _start_recording(world: World, action: r.StartRecording, ask: Ask) -> list[Event]:
    room = consultation_of(world.state, action.consultation)
    if room.recording is not None:
        return []
    recording = r.Recording(id=ask.id, started_at=ask.now, by=ask.who.name)
    return [r.RecordingStarted(consultation=room.id, recording=recording)]


def _stop_recording(world: World, action: r.StopRecording, ask: Ask) -> list[Event]:
    return stopped_recording(world.state, consultation_of(world.state, action.consultation), ask.now)


def stopped_recording(state: State, room: r.Consultation, now: int) -> list[Event]:
    """Listed at the host and its superiors from now on; the file follows."""
    running = room.recording
    if running is None:
        return []
    file = r.RecordingFile(
        id=running.id,
        consultation=room.id,
        name=room.name,
        host=room.host,
        incident=room.incident,
        activation=room.activation,
        watchers=list(lineage(state.units, room.host)),
        started_at=running.started_at,
        stopped_at=now,
    )
    return [
        r.RecordingStopped(consultation=room.id, recording=running.id),
        r.RecordingListed(recording=file),
    ]


def _keep_recording(world: World, action: r.KeepRecording, ask: Ask) -> list[Event]:
    file = world.state.recordings.get(action.recording)
    if file is None:
        raise Rejected(Code.UNKNOWN_RECORDING, recording=action.recording)
    if file.state is r.Kept.KEPT:
        return []
    return [
        r.RecordingKept(
            recording=file.id,
            consultation=file.consultation,
            activation=file.activation,
            name=file.name,
            state=r.Kept.KEPT if action.sha256 is not None else r.Kept.LOST,
            sha256=action.sha256,
            duration_ms=action.duration_ms,
            bytes=action.bytes,
        )
    ]


RECORDING: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    r.StartRollCall: _start_roll_call,
    r.AnswerRollCall: _answer_roll_call,
    r.EndRollCall: _end_roll_call,
    r.StartRecording: _start_recording,
    r.StopRecording: _stop_recording,
    r.KeepRecording: _keep_recording,
}
