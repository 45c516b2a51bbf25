"""How the switch, its incidents and its proposals change."""

from collections.abc import Callable
from typing import Any

from server.domain import mode as m
from server.domain.message import Event
from server.world.state import State


def _proposed(state: State, event: m.EmergencyProposed, at: int) -> None:
    state.proposals[event.proposal.id] = event.proposal


def _proposal_dropped(state: State, event: m.ProposalDropped, at: int) -> None:
    state.proposals.pop(event.proposal, None)


def _incident_opened(state: State, event: m.IncidentOpened, at: int) -> None:
    state.incidents[event.incident.id] = event.incident


def _incident_changed(state: State, event: m.IncidentChanged, at: int) -> None:
    if incident := state.incidents.get(event.incident):
        incident.facts = event.facts


def _incident_closed(state: State, event: m.IncidentClosed, at: int) -> None:
    state.incidents.pop(event.incident, None)


def _switched(state: State, event: m.ModeSwitched, at: int) -> None:
    activation = event.activation
    if activation.mode is m.Mode.ROUTINE:
        state.activations.pop(activation.id, None)
    else:
        state.activations[activation.id] = activation


def _level_changed(state: State, event: m.LevelChanged, at: int) -> None:
    if activation := state.activations.get(event.activation):
        activation.level = event.level


def _ticked(state: State, event: m.ChecklistTicked, at: int) -> None:
    if activation := state.activations.get(event.activation):
        if event.done:
            activation.ticked[event.item] = at
        else:
            activation.ticked.pop(event.item, None)


MODE: dict[type[Event], Callable[[State, Any, int], None]] = {
    m.EmergencyProposed: _proposed,
    m.ProposalDropped: _proposal_dropped,
    m.IncidentOpened: _incident_opened,
    m.IncidentChanged: _incident_changed,
    m.IncidentClosed: _incident_closed,
    m.ModeSwitched: _switched,
    m.LevelChanged: _level_changed,
    m.ChecklistTicked: _ticked,
}
