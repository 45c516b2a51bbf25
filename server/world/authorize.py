"""Whether an account may ask this of this world, now. Read by `decide` before anything else."""

from collections.abc import Callable, Iterable
from typing import Any

from resources import actions as b
from resources.asked import order_of
from resources.ledger import request_of, resource_of
from resources.transit import discrepancy_of
from rooms import consultation as r
from rooms.consultation.rights import barred, moderates, open_to
from server.domain import command as c
from server.domain import mode as m
from server.domain import people as p
from server.domain import situation as s
from server.domain import units as u
from server.domain.authority import DESKS, Reach
from server.domain.message import Action
from server.domain.people import Account, Post
from server.domain.refusal import Code, Rejected
from server.world.ask import Ask
from server.world.authority import AUTHORITY
from server.world.lookup import (
    account_of,
    activation_of,
    camera_of,
    command_of,
    consultation_of,
    delivery_of,
    distress_of,
    knock_of,
    proposal_of,
    root_of,
)
from server.world.state import State


def authorize(state: State, action: Action, ask: Ask) -> None:
    """Refuse an action that the post or its reach does not give to the account."""
    posts, reach = AUTHORITY[type(action)]
    if reach is Reach.HOUSE or (reach is Reach.SELF and ask.account is None):
        if ask.account is not None:
            raise Rejected(Code.NOT_ALLOWED)
        return
    account = ask.who
    if not account.active:
        raise Rejected(Code.SESSION_REVOKED)
    if account.post not in posts:
        raise Rejected(Code.NOT_ALLOWED, post=account.post.value)
    if account.password_due and not isinstance(action, p.NotePasswordChosen):
        raise Rejected(Code.PASSWORD_DUE)
    _REACHES[reach](state, action, account)


def _self(state: State, action: Any, account: Account) -> None:
    if action.account != account.id:
        raise Rejected(Code.NOT_ALLOWED)


def _own(state: State, action: Any, account: Account) -> None:
    unit = getattr(action, "unit", account.unit)  # what names no unit happens at one's own
    if unit != account.unit:
        raise Rejected(Code.OUT_OF_REACH, unit=unit)


def _subtree(state: State, action: Any, account: Account) -> None:
    for unit in _places(state, action, account.unit):
        if not u.is_under(state.units, unit, account.unit):
            raise Rejected(Code.OUT_OF_REACH, unit=unit)


def _issued(state: State, action: Any, account: Account) -> None:
    command = command_of(state, action.command)
    if account.unit not in (command.issuer, command.holder):
        raise Rejected(Code.OUT_OF_REACH, unit=command.issuer)


def _watched(state: State, action: Any, account: Account) -> None:
    if isinstance(action, (s.AnswerDistress, s.CloseDistress)):
        watched: c.Delivery | s.Distress = distress_of(state, action.distress)
        own = isinstance(action, s.CloseDistress) and watched.unit == account.unit
    else:
        watched, own = delivery_of(state, action.command, action.unit), False
    if account.unit not in watched.watchers and not own:
        raise Rejected(Code.OUT_OF_REACH, unit=watched.unit)


def _listed(state: State, action: m.TickChecklist, account: Account) -> None:
    """Desks above the scope tick every item; who holds the post that an item names, theirs. A department
    serves the whole district: it counts as within every scope."""
    activation = activation_of(state, action.activation)
    if account.post in DESKS and u.is_under(state.units, activation.scope, account.unit):
        return
    named = any(item.id == action.item and item.post is account.post for item in activation.checklist)
    within = account.post is Post.DEPARTMENT_DESK or u.is_under(state.units, account.unit, activation.scope)
    if not (named and within):
        raise Rejected(Code.OUT_OF_REACH, unit=activation.scope)


def _hosted(state: State, action: Any, account: Account) -> None:
    knock = getattr(action, "knock", None)
    consultation = knock_of(state, knock).consultation if knock is not None else action.consultation
    room = consultation_of(state, consultation)
    if not moderates(room, account):
        raise Rejected(Code.OUT_OF_REACH, unit=room.host)


def _invited(state: State, action: Any, account: Account) -> None:
    room = consultation_of(state, action.consultation)
    if barred(room, account):
        raise Rejected(Code.EJECTED)
    if not open_to(room, account):
        raise Rejected(Code.OUT_OF_REACH, unit=room.host)


def _dispatched(state: State, action: Any, account: Account) -> None:
    if isinstance(action, b.SettleDiscrepancy):
        ids = [discrepancy_of(state.board, action.discrepancy).order]
        if ids[0] not in state.board.orders:  # long over: the district settles it
            ids, top = [], root_of(state)
            if account.unit != top:
                raise Rejected(Code.OUT_OF_REACH, unit=top)
    else:
        ids = action.orders if isinstance(action, b.IssueOrders) else [action.order]
    for id in ids:
        order = order_of(state.board, id)
        sees_to_it = account.unit in (order.issuer, order.holder)
        if not sees_to_it and not u.is_under(state.units, order.owner, account.unit):
            raise Rejected(Code.OUT_OF_REACH, unit=order.owner)


def _supplied(state: State, action: Any, account: Account) -> None:
    order = order_of(state.board, action.order)
    if account.unit not in (order.owner, order.carrier):
        raise Rejected(Code.OUT_OF_REACH, unit=order.owner)


def _party(state: State, action: Any, account: Account) -> None:
    order = order_of(state.board, action.order)
    if account.unit not in order.watchers:
        raise Rejected(Code.OUT_OF_REACH, unit=order.owner)


_REACHES: dict[Reach, Callable[[State, Any, Account], None]] = {
    Reach.SELF: _self,
    Reach.OWN: _own,
    Reach.SUBTREE: _subtree,
    Reach.ISSUED: _issued,
    Reach.WATCHED: _watched,
    Reach.LISTED: _listed,
    Reach.HOSTED: _hosted,
    Reach.INVITED: _invited,
    Reach.DISPATCHED: _dispatched,
    Reach.SUPPLIED: _supplied,
    Reach.PARTY: _party,
}


def _places(state: State, action: Action, asker: str) -> Iterable[str]:
    """The units at which an action of reach SUBTREE happens."""
    match action:
        case m.DeclareEmergency(scope=scope):
            return (scope,)
        case m.ConfirmEmergency(proposal=proposal) | m.DropProposal(proposal=proposal):
            return (proposal_of(state, proposal).declare.scope,)
        case (
            m.ChangeLevel(activation=activation)
            | m.StandDown(activation=activation)
            | m.ResumeRoutine(activation=activation)
        ):
            return (activation_of(state, activation).scope,)
        case m.ChangeIncident(incident=incident):
            return [a.scope for a in state.activations.values() if a.incident == incident] or (
                root_of(state),
            )
        case u.AddUnit(unit=unit):
            return (unit.parent or root_of(state),)
        case u.MoveUnit(code=code, parent=parent):
            return (code, parent)
        case u.ChangeUnit(code=code) | u.RetireUnit(code=code) | u.RestoreUnit(code=code):
            return (code,)
        case p.OpenAccount(unit=unit):
            return (unit,)
        case p.AppointAccount(account=account, unit=unit):
            return (account_of(state, account).unit, unit)
        case (
            p.ChangeAccount(account=account)
            | p.CloseAccount(account=account)
            | p.ReopenAccount(account=account)
            | p.RequirePassword(account=account)
            | p.RevokeSessions(account=account)
        ):
            return (account_of(state, account).unit,)
        case r.RegisterCamera(camera=camera):
            return (camera.owner,)
        case r.ChangeCamera(camera=camera):
            return (camera_of(state, camera.id).owner, camera.owner)
        case r.RetireCamera(camera=id):
            return (camera_of(state, id).owner,)
        case b.OnRequest():
            return _of_request(state, action, asker)
        case b.SaveResources(resources=entries):
            return dict.fromkeys(entry.facts.owner for entry in entries)
        case b.CountStock(counts=counts):
            return dict.fromkeys(resource_of(state.board, each.resource).facts.owner for each in counts)
        case b.RetireResource(resource=resource):
            return (resource_of(state.board, resource).facts.owner,)
        case c.IssueCommand():
            return ()  # every addressee is checked when the addressing is resolved
    return (root_of(state),)


def _of_request(state: State, action: b.OnRequest, asker: str) -> Iterable[str]:
    """Who asked, unless it was handed to the asker's unit; for orders the owners of what is to go."""
    if not isinstance(action, b.DraftOrders | b.DispatchResources):
        request = request_of(state.board, action.request)
        return () if request.holder == asker else (request.unit,)
    lines = [line for consignment in action.consignments for line in consignment.lines]
    return dict.fromkeys(resource_of(state.board, line.resource).facts.owner for line in lines)
