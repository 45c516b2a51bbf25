"""What one account is shown: its topics, and the state restricted to them.

Desks see the directory (all units, people and plans); field teams only their own line of superiors.
A command is seen with those of its deliveries that one's unit has or watches. When an account's scope
changes (another post, a team moved), the gateway sends a fresh snapshot instead of events.

The dispatch board is seen whole at the district, at departments and towns; villages and teams see of it
what concerns them (ADR 0011).

Consultations come and go without a snapshot: the entry that opens one to somebody shows the whole of it, so
their topics do not count for the mark. Being ejected does: what one held of the room must go.
"""

import hashlib

import msgspec

from resources.state import Board, order_seen_by
from rooms.consultation.rights import barred, open_to
from server.domain.authority import DESKS
from server.domain.command import Delivery
from server.domain.people import Account, Post
from server.domain.units import lineage
from server.world.state import State

BOARD_VIEWERS = frozenset(Post) - {Post.VILLAGE_DESK, Post.FIELD}  # they see the whole of it


class Scope(msgspec.Struct, frozen=True):
    topics: frozenset[str]
    mark: str  # short digest of the topics: a client's cursor is only good for the scope it was made in


def scope_of(state: State, account: Account) -> Scope:
    """The topics an account may see, now."""
    topics = {"all", f"u:{account.unit}", f"a:{account.id}", f"p:{account.post.value}"}
    if account.post is Post.FIELD:
        topics.update(f"l:{code}" for code in lineage(state.units, account.unit))
    else:
        topics.add("directory")
    if account.post in BOARD_VIEWERS:
        topics.add("board")
    if account.post in DESKS:
        topics.add(f"d:{account.unit}")
    rooms = state.consultations.values()
    out_of = [f"-c:{room.id}" for room in rooms if barred(room, account)]
    mark = hashlib.sha256("\n".join(sorted((*topics, *out_of))).encode()).hexdigest()[:16]
    for room in rooms:
        if open_to(room, account) and not barred(room, account):
            topics.add(f"c:{room.id}")
    return Scope(topics=frozenset(topics), mark=mark)


def restrict(state: State, scope: Scope) -> State:
    """The part of a state that a scope sees. Shares its objects with the state: encode it, do not keep it."""
    topics = scope.topics
    everything = "directory" in topics
    mine = {topic[2:] for topic in topics if topic.startswith("u:")}
    deliveries: dict[str, dict[str, Delivery]] = {}
    for command, by_unit in state.deliveries.items():
        seen = {
            unit: delivery
            for unit, delivery in by_unit.items()
            if unit in mine or not mine.isdisjoint(delivery.watchers)
        }
        if seen:
            deliveries[command] = seen
    return State(
        log=state.log,
        name=state.name,
        exercise=state.exercise,
        seq=state.seq,
        at=state.at,
        two_person=state.two_person,
        distress_within=state.distress_within,
        units=state.units
        if everything
        else {code: unit for code, unit in state.units.items() if f"l:{code}" in topics},
        groups=state.groups if everything else {},
        accounts=state.accounts
        if everything
        else {id: account for id, account in state.accounts.items() if f"a:{id}" in topics},
        plans=state.plans if everything else {},
        incidents=state.incidents,
        activations=state.activations,
        proposals=state.proposals if f"p:{Post.DUTY_COMMANDER.value}" in topics else {},
        commands={command: state.commands[command] for command in deliveries},
        deliveries=deliveries,
        situation={
            id: report
            for id, report in state.situation.items()
            if report.unit in mine or not mine.isdisjoint(report.watchers)
        },
        distress={
            id: distress
            for id, distress in state.distress.items()
            if distress.unit in mine or not mine.isdisjoint(distress.watchers)
        },
        consultations={id: room for id, room in state.consultations.items() if f"c:{id}" in topics},
        doors=state.doors if everything else {},
        knocks={
            id: knock
            for id, knock in state.knocks.items()
            if f"d:{knock.host}" in topics or f"a:{knock.account}" in topics
        },
        recordings={id: file for id, file in state.recordings.items() if not mine.isdisjoint(file.watchers)},
        cameras=state.cameras if everything else {},
        board=state.board if "board" in topics else restrict_board(state.board, mine),
        camera_addresses=state.camera_addresses if f"p:{Post.ADMINISTRATOR.value}" in topics else {},
    )


def restrict_board(board: Board, mine: set[str]) -> Board:
    """What concerns one's own unit: its stock, its requests, the orders it has a part in."""
    return Board(
        kinds=board.kinds,
        resources={id: resource for id, resource in board.resources.items() if resource.facts.owner in mine},
        requests={id: request for id, request in board.requests.items() if request.unit in mine},
        orders={id: order for id, order in board.orders.items() if not mine.isdisjoint(order_seen_by(order))},
        discrepancies={
            id: discrepancy
            for id, discrepancy in board.discrepancies.items()
            if not mine.isdisjoint(discrepancy.watchers)
        },
    )
