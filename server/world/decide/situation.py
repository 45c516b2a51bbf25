"""Deciding what comes from the ground unasked: situation reports and distress calls."""

from collections.abc import Callable
from typing import Any

from server.domain import situation as s
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.domain.units import lineage
from server.world.addressing import superior_behind
from server.world.ask import Ask
from server.world.lookup import distress_of
from server.world.state import State
from server.world.world import World


def _superiors(state: State, unit: str) -> list[str]:
    return [code for code in lineage(state.units, unit) if code != unit]


def _report(world: World, action: s.ReportSituation, ask: Ask) -> list[Event]:
    who, state = ask.who, world.state
    if not (action.text or action.photos or action.kind is s.SituationKind.ALL_CLEAR):
        raise Rejected(Code.BAD_ACTION, fields=["text", "photos"])
    report = s.SituationReport(
        id=ask.id,
        unit=who.unit,
        by=who.id,
        name=who.name,
        at=ask.now,
        kind=action.kind,
        text=action.text,
        photos=action.photos,
        position=action.position,
        watchers=_superiors(state, who.unit),
        noted_at=action.noted_at,
    )
    kept = list(state.situation)
    oldest = kept[: max(0, len(kept) + 1 - s.SITUATION_KEPT)]
    return [*(s.SituationArchived(report=id) for id in oldest), s.SituationReported(report=report)]


def _raise(world: World, action: s.RaiseDistress, ask: Ask) -> list[Event]:
    who = ask.who
    if any(distress.by == who.id for distress in world.state.distress.values()):
        return []  # it is already calling
    distress = s.Distress(
        id=ask.id,
        unit=who.unit,
        by=who.id,
        name=who.name,
        at=ask.now,
        position=action.position,
        watchers=_superiors(world.state, who.unit),
        answer_within=world.state.distress_within,
    )
    raised: list[Event] = [s.DistressRaised(distress=distress)]
    if distress.watchers and not world.somebody_at(distress.watchers[0]):
        raised.append(told_on(world, distress))
    return raised


def told_on(world: World, distress: s.Distress) -> s.DistressEscalated:
    """To the next superior where somebody is."""
    to, passed = superior_behind(world, distress.watchers, distress.escalated_to)
    return s.DistressEscalated(distress=distress.id, unit=distress.unit, to=to, skipped=passed)


def _answer(world: World, action: s.AnswerDistress, ask: Ask) -> list[Event]:
    distress = distress_of(world.state, action.distress)
    if distress.answered_by is not None:
        return []
    return [s.DistressAnswered(distress=distress.id, unit=distress.unit, name=ask.who.name)]


def _close(world: World, action: s.CloseDistress, ask: Ask) -> list[Event]:
    distress, who = distress_of(world.state, action.distress), ask.who
    events: list[Event] = []
    if distress.answered_by is None and who.unit != distress.unit:
        events.append(s.DistressAnswered(distress=distress.id, unit=distress.unit, name=who.name))
    events.append(s.DistressClosed(distress=distress.id, unit=distress.unit, reason=action.reason))
    return events


SITUATION: dict[type[Action], Callable[[World, Any, Ask], list[Event]]] = {
    s.ReportSituation: _report,
    s.RaiseDistress: _raise,
    s.AnswerDistress: _answer,
    s.CloseDistress: _close,
}
