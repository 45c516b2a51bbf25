"""Who may see an event: the topics it is published to, decided at the moment it happens.

Topics: "all"; "directory" (desks: units, people, plans); "u:<unit>" (who serves there); "d:<unit>" (who
holds a desk there); "l:<unit>" (who stands below it and needs its name and phone); "a:<account>";
"p:<post>"; "board" (who sees the whole dispatch board); "c:<consultation>" (to whom it is open
now). A connection takes the topics of its scope (see `scope`); an entry keeps its audiences, so a replay
filters without a world.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from resources import events as b
from resources.change import STEPPED
from resources.state import order_seen_by
from rooms import consultation as r
from rooms.consultation.change import CHANGE
from server.domain import command as c
from server.domain import house as h
from server.domain import mode as m
from server.domain import people as p
from server.domain import plans as pl
from server.domain import situation as s
from server.domain import units as u
from server.domain.message import Event
from server.domain.people import Post
from server.world.world import World

Topics = tuple[str, ...]
ALL: Topics = ("all",)
DIRECTORY: Topics = ("directory",)
COMMANDERS: Topics = (f"p:{Post.DUTY_COMMANDER.value}",)
ADMINISTRATORS: Topics = (f"p:{Post.ADMINISTRATOR.value}",)


@lru_cache(65_536)
def topic_of(unit: str) -> str:
    """One object per unit: what is looked up by the thousand keeps its hash."""
    return f"u:{unit}"


def units(codes: Iterable[str]) -> Topics:
    return tuple(map(topic_of, codes))


def _opened(world: World, event: c.DeliveryOpened) -> Topics:
    topics = units((event.unit, *event.watchers))
    world.topics_of.setdefault(event.command, {})[event.unit] = topics
    return topics


def _delivery(world: World, event: Any) -> Topics:
    known = world.topics_of.setdefault(event.command, {})
    topics = known.get(event.unit)
    if topics is None:
        delivery = world.state.deliveries[event.command][event.unit]
        topics = known[event.unit] = units((event.unit, *delivery.watchers))
    return topics


def _command(world: World, event: Any) -> Topics:
    seen: dict[str, None] = {}
    for delivery in world.state.deliveries[event.command].values():
        seen.update(dict.fromkeys((delivery.unit, *delivery.watchers)))
    return units(seen)


def _unit(world: World, event: Any) -> Topics:
    return ("directory", f"l:{event.code}")


def _account(world: World, event: Any) -> Topics:
    return ("directory", f"a:{event.account}")


def _distress(world: World, event: Any) -> Topics:
    return units((event.unit, *world.state.distress[event.distress].watchers))


def _to(topics: Topics) -> Callable[[World, Any], Topics]:
    return lambda world, event: topics


def consultation_topic(id: str) -> str:
    return f"c:{id}"


def _desks(unit: str) -> str:
    return f"d:{unit}"


def _room(world: World, event: Any) -> Topics:
    """Those it is open to, and the host's desks, who keep the record."""
    room = world.state.consultations.get(event.consultation)
    return (consultation_topic(event.consultation), *((_desks(room.host),) if room else ()))


def _room_opened(world: World, event: r.ConsultationOpened) -> Topics:
    room = event.consultation
    return (consultation_topic(room.id), *units(dict.fromkeys((room.host, *room.invited))))


def _shown(world: World, event: r.ConsultationShown) -> Topics:
    return (*units(event.units), *(f"a:{account}" for account in event.accounts))


def _room_closed(world: World, event: r.ConsultationClosed) -> Topics:
    """Also those who were away: nobody has the room's own topic any more when they come back."""
    room = world.state.consultations.get(event.consultation)
    if room is None:
        return _room(world, event)
    knocking = [k.account for k in world.state.knocks.values() if k.consultation == room.id]
    accounts = dict.fromkeys((*room.admitted, *room.ejected, *knocking))
    return (
        consultation_topic(room.id),
        *units(dict.fromkeys((room.host, *room.invited))),
        *(f"a:{account}" for account in accounts),
    )


def _roll_call_ended(world: World, event: r.RollCallEnded) -> Topics:
    """The sites find the result in the history afterwards."""
    sites = [*event.answered, *event.absent]
    return tuple(dict.fromkeys((*_room(world, event), *units(sites))))


def _admitted(world: World, event: r.KnockAdmitted) -> Topics:
    return (*_room(world, event), f"a:{event.account}")


def _refused(world: World, event: r.KnockRefused) -> Topics:
    return (_desks(world.state.knocks[event.knock].host), f"a:{event.account}")


def _recording(world: World, event: r.RecordingKept | r.RecordingArchived) -> Topics:
    file = world.state.recordings.get(event.recording)
    return units(file.watchers) if file else ()


def _situation_archived(world: World, event: s.SituationArchived) -> Topics:
    report = world.state.situation[event.report]
    return units((report.unit, *report.watchers))


def _board(codes: Iterable[str]) -> Topics:
    return ("board", *units(codes))


def _stock(world: World, event: Any) -> Topics:
    resource = world.state.board.resources.get(event.resource)
    return _board((resource.facts.owner,) if resource else ())


def _request(world: World, event: b.OfRequest) -> Topics:
    request = world.state.board.requests.get(event.request)
    return _board((request.unit,) if request else ())


def _order(world: World, event: b.OfOrder) -> Topics:
    order = world.state.board.orders.get(event.order)
    return _board(order_seen_by(order) if order else ())


def _whole_order(world: World, event: Any) -> Topics:
    """Who sees it; they only grow in number."""
    return _board(order_seen_by(event.order))


def _discrepancy(world: World, event: b.DiscrepancySettled | b.DiscrepancyArchived) -> Topics:
    discrepancy = world.state.board.discrepancies.get(event.discrepancy)
    return _board(discrepancy.watchers if discrepancy else ())


AUDIENCE: dict[type[Event], Callable[[World, Any], Topics]] = {
    h.DistrictFounded: _to(()),
    h.WebhookNoted: _to(ADMINISTRATORS),
    u.UnitAdded: _to(DIRECTORY),
    u.UnitChanged: _unit,
    u.UnitMoved: _unit,
    u.UnitRetired: _unit,
    u.UnitRestored: _unit,
    u.GroupSaved: _to(DIRECTORY),
    u.GroupDropped: _to(DIRECTORY),
    p.AccountOpened: lambda world, event: ("directory", f"a:{event.account.id}"),
    p.AccountChanged: _account,
    p.AccountAppointed: _account,
    p.AccountClosed: _account,
    p.AccountReopened: _account,
    p.PasswordRequired: _account,
    p.PasswordChosen: _account,
    p.SessionsRevoked: _account,
    pl.PlanSaved: _to(DIRECTORY),
    pl.PlanRetired: _to(DIRECTORY),
    m.SettingsChanged: _to(ALL),
    m.EmergencyProposed: _to(COMMANDERS),
    m.ProposalDropped: _to(COMMANDERS),
    m.IncidentOpened: _to(ALL),
    m.IncidentChanged: _to(ALL),
    m.IncidentClosed: _to(ALL),
    m.ModeSwitched: _to(ALL),
    m.LevelChanged: _to(ALL),
    m.ChecklistTicked: _to(ALL),
    c.CommandIssued: _to(()),  # of its deliveries, which come with it: see `_issued`
    c.DeliveryOpened: _opened,
    c.DeliveryShown: lambda world, event: units((event.to,)),
    c.CommandWatched: _command,
    c.CommandAmended: _command,
    c.CommandRecalled: _command,
    c.CommandHandedOver: _command,
    c.CommandClosed: _command,
    c.CommandArchived: _command,
    c.CommandDelivered: _delivery,
    c.CommandAcknowledged: _delivery,
    c.CommandAccepted: _delivery,
    c.CommandDeclined: _delivery,
    c.CommandRelayed: _delivery,
    c.ProgressReported: _delivery,
    c.CommandCompleted: _delivery,
    c.DeliveryVerified: _delivery,
    c.DeliverySentBack: _delivery,
    c.DeliveryReminded: _delivery,
    c.DeliveryEscalated: _delivery,
    c.DeliveryReassigned: _delivery,
    s.SituationReported: lambda world, event: units((event.report.unit, *event.report.watchers)),
    s.SituationArchived: _situation_archived,
    s.DistressRaised: lambda world, event: units((event.distress.unit, *event.distress.watchers)),
    s.DistressAnswered: _distress,
    s.DistressReminded: _distress,
    s.DistressEscalated: _distress,
    s.DistressClosed: _distress,
    **dict.fromkeys(CHANGE, _room),
    r.ConsultationOpened: _room_opened,
    r.ConsultationShown: _shown,
    r.ConsultationClosed: _room_closed,
    r.DoorOpened: _to(DIRECTORY),
    r.DoorClosed: _to(DIRECTORY),
    r.Knocked: lambda world, event: (_desks(event.knock.host), f"a:{event.knock.account}"),
    r.KnockDropped: lambda world, event: (_desks(event.host), f"a:{event.account}"),
    r.KnockAdmitted: _admitted,
    r.KnockRefused: _refused,
    r.RollCallEnded: _roll_call_ended,
    r.RecordingListed: lambda world, event: units(event.recording.watchers),
    r.RecordingKept: _recording,
    r.RecordingArchived: _recording,
    r.CameraRegistered: _to(DIRECTORY),
    r.CameraChanged: _to(DIRECTORY),
    r.CameraRetired: _to(DIRECTORY),
    r.CameraAddressed: _to(ADMINISTRATORS),
    b.KindNamed: _to(ALL),
    b.ResourceRegistered: lambda world, event: _board((event.resource.facts.owner,)),
    **dict.fromkeys((b.ResourceChanged, b.StockCounted, b.ResourceRetired), _stock),
    b.StockMoved: lambda world, event: _board((event.owner,)),
    b.RequestOpened: lambda world, event: _board((event.request.unit,)),
    **dict.fromkeys((b.RequestApproved, b.RequestRefused, b.RequestAmended, b.RequestCovered), _request),
    **dict.fromkeys((b.RequestWithdrawn, b.RequestClosed, b.RequestArchived), _request),
    **dict.fromkeys((b.RequestHandedOver, b.RequestReminded, b.RequestEscalated), _request),
    b.OrderHandedOver: _order,
    **dict.fromkeys((b.OrderDrafted, b.CarrierNamed, b.OrderRedirected), _whole_order),
    **dict.fromkeys(STEPPED, _order),
    **dict.fromkeys((b.OrderDropped, b.OrderSplit, b.OrderExtended, b.OrderEstimated), _order),
    **dict.fromkeys((b.OrderReplaced, b.OrderReminded, b.OrderEscalated, b.OrderArchived), _order),
    b.DiscrepancyRaised: lambda world, event: _board(event.discrepancy.watchers),
    **dict.fromkeys((b.DiscrepancySettled, b.DiscrepancyArchived), _discrepancy),
}


def audience(world: World, event: Event, together: Iterable[Event]) -> Topics:
    """The topics of an event on the world just before it is applied; `together`: all events of its entry."""
    if isinstance(event, c.CommandIssued):
        return _issued(event.command.id, together)
    return AUDIENCE[type(event)](world, event)


def _issued(command: str, together: Iterable[Event]) -> Topics:
    """A command is seen by all who see one of the deliveries opened or shown with it."""
    deliveries = [each for each in together if type(each) is c.DeliveryOpened and each.command == command]
    seen = dict.fromkeys([opened.unit for opened in deliveries])
    for watchers in {id(opened.watchers): opened.watchers for opened in deliveries}.values():
        seen.update(dict.fromkeys(watchers))  # siblings share one list
    for each in together:
        if type(each) is c.DeliveryShown and each.delivery.command == command:
            seen[each.to] = None
    return units(seen)
