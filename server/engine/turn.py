"""One turn: decide a batch on the fresh world, chain its entries. No IO; the engine commits them.

The world takes each entry's events before the next action is decided, so a batch behaves as if its
actions had come one by one. An id that the log already knows gets its first answer again.
"""

import logging
from collections.abc import Mapping, Sequence

import msgspec

from server.domain.message import SYSTEM, Event
from server.domain.refusal import Code, Rejected
from server.engine.chain import chain
from server.engine.entry import Entry
from server.engine.inbox import Answer, Done, Pending
from server.engine.journal import Head, KnownAction
from server.engine.published import Published, mark
from server.world.ask import Ask
from server.world.audience import audience
from server.world.decide import decide
from server.world.opening import open_all, opened_from
from server.world.registry import encode_event
from server.world.world import World

log = logging.getLogger(__name__)


class WorldBroken(Exception):
    """A rule failed half-way: the world must be built again before the next turn."""


class Outcome(msgspec.Struct):
    """What a turn made: entries to commit, the same to publish, an answer for each action, what happened."""

    entries: list[Entry]
    published: list[Published]
    events: list[Event]
    answers: list[Answer]


def take_turn(
    world: World, head: Head, now: int, batch: Sequence[Pending], known: Mapping[str, KnownAction]
) -> Outcome:
    """Decide the batch in order. Raises WorldBroken."""
    outcome = Outcome([], [], [], [])
    seq, tail = head.seq, head.hash
    fresh: dict[str, KnownAction] = {}
    for pending in batch:
        actor = pending.account or SYSTEM
        before = known.get(pending.id) or fresh.get(pending.id)
        if before is not None:
            same = before.actor == actor
            outcome.answers.append(Done(before.seq, before.at) if same else Rejected(Code.ACTION_ID_TAKEN))
            continue
        answer = _decided(world, pending, now)
        if isinstance(answer, Rejected):
            outcome.answers.append(answer)
            continue
        if not answer:
            outcome.answers.append(Done(seq, now))
            continue
        seq += 1
        entry, published = _entry(world, answer, seq, now, pending.id, actor, tail)
        tail = entry.hash
        fresh[pending.id] = KnownAction(seq, now, actor)
        outcome.entries.append(entry)
        outcome.published.append(published)
        outcome.events += answer
        outcome.answers.append(Done(seq, now))
    return outcome


def _decided(world: World, pending: Pending, now: int) -> list[Event] | Rejected:
    account = None
    if pending.account is not None:
        account = world.state.accounts.get(pending.account)
        if account is None or not account.active:
            return Rejected(Code.SESSION_REVOKED)
    try:
        return decide(world, pending.action, Ask(pending.id, account, now))
    except Rejected as refusal:
        return refusal.with_traceback(None)  # its frames hold the turn, and the turn its answers: a cycle
    except Exception:  # a defect in a rule must not take the others' turn with it
        log.exception("%s could not be decided", type(pending.action).__name__)
        return Rejected(Code.INTERNAL)


def _entry(
    world: World, events: list[Event], seq: int, at: int, id: str, actor: str, tail: bytes
) -> tuple[Entry, Published]:
    """Apply the events and write them down."""
    encoded: list[bytes] = []
    topics: list[tuple[str, ...]] = []
    try:
        while len(encoded) < len(events):
            event = events[len(encoded)]
            if run := opened_from(events, len(encoded)):
                packed, seen = open_all(world, run, at)
                encoded += packed
                topics += seen
                continue
            topics.append(audience(world, event, events))
            encoded.append(encode_event(event))
            world.apply(event, at)
    except Exception as error:
        raise WorldBroken from error
    world.state.seq, world.state.at = seq, at
    body, audiences, hash = chain(tail, seq, at, id, actor, encoded, topics)
    entry = Entry(seq, at, id, actor, body, audiences, hash)
    return entry, Published(seq, at, actor, encoded, topics, mark(hash))
