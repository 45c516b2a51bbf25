"""How situation reports and distress calls change."""

from collections.abc import Callable
from typing import Any

from server.domain import situation as s
from server.domain.message import Event
from server.world.state import State


def _reported(state: State, event: s.SituationReported, at: int) -> None:
    state.situation[event.report.id] = event.report


def _archived(state: State, event: s.SituationArchived, at: int) -> None:
    state.situation.pop(event.report, None)


def _raised(state: State, event: s.DistressRaised, at: int) -> None:
    state.distress[event.distress.id] = event.distress


def _answered(state: State, event: s.DistressAnswered, at: int) -> None:
    if distress := state.distress.get(event.distress):
        distress.answered_by, distress.answered_at = event.name, at


def _reminded(state: State, event: s.DistressReminded, at: int) -> None:
    if distress := state.distress.get(event.distress):
        distress.reminded_at = at


def _escalated(state: State, event: s.DistressEscalated, at: int) -> None:
    if distress := state.distress.get(event.distress):
        distress.escalated_at, distress.escalated_to = at, event.to


def _closed(state: State, event: s.DistressClosed, at: int) -> None:
    state.distress.pop(event.distress, None)


SITUATION: dict[type[Event], Callable[[State, Any, int], None]] = {
    s.SituationReported: _reported,
    s.SituationArchived: _archived,
    s.DistressRaised: _raised,
    s.DistressAnswered: _answered,
    s.DistressReminded: _reminded,
    s.DistressEscalated: _escalated,
    s.DistressClosed: _closed,
}
