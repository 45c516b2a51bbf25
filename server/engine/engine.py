"""One log, alive: takes turns at the journal, tells what was committed, keeps the time.

Only the turn task changes the world. Between a turn's first event and its commit the world is "in a
turn": readers wait for `at_rest`, so nothing is told before it is durable. A turn that is left half-way,
however it ends, builds the world again from memory; the next turn reads what really is in the journal.
The turn task outlives every fault: whoever asked is answered.
"""

import asyncio
import contextlib
import gc
import logging
from collections.abc import Callable, Sequence
from time import monotonic

import msgspec

from server.domain.house import Lapse
from server.domain.message import Action, Event
from server.domain.refusal import Code, Rejected
from server.engine.continuity import Witness, continues
from server.engine.entry import Entry
from server.engine.inbox import Answer, Done, Inbox, Pending, Reply
from server.engine.journal import Head, Journal, JournalDown, LogGone, Memory, Snapshot
from server.engine.published import Published, Recent, mark
from server.engine.rebuild import CHUNK, Base, again, apply, encode_state, load, snapshot_due
from server.engine.turn import take_turn
from server.world.ask import Ask
from server.world.decide import decide
from server.world.registry import decode_events
from server.world.world import World

log = logging.getLogger(__name__)


class Pace(msgspec.Struct, frozen=True):
    """How an engine runs. Seconds and counts."""

    turn_timeout: float = 5.0
    poll: float = 1.0
    batch: int = 2_000
    pending: int = 50_000
    recent: int = 20_000
    snapshot_every: int = 5_000  # entries, at least: see `snapshot_due`


Listener = Callable[[Sequence[Published], Sequence[Event]], None]


class Engine:
    """The live log. `start`, then `ask` / `submit` / `preview`; `close` drains."""

    def __init__(self, journal: Journal, pace: Pace | None = None, memory: Memory | None = None) -> None:
        self.pace = pace or Pace()
        self.journal = journal
        self._witness = Witness(journal, memory)
        self.world: World
        self.epoch = ""
        self.down: str | None = None  # why the journal does not answer, or None
        self.loads = 0  # how often the world was read from the journal: at the start, after a restore
        self.on_published: Listener = lambda published, events: None
        self.on_restored: Callable[[], None] = lambda: None
        self.on_gone: Callable[[], None] = lambda: None  # the log was dropped by somebody else
        # around the telling and the answering of one turn; nothing is awaited in between
        self.on_answering: Callable[[], None] = lambda: None
        self.on_answered: Callable[[], None] = lambda: None
        self.on_appended: Callable[[str, int], None] = lambda log_name, seq: None  # by this node
        self.recent = Recent(self.pace.recent)
        self._inbox = Inbox(self.pace.pending)
        self._wake = asyncio.Event()
        self._clock = asyncio.Event()  # a deadline may have changed
        self._rest = asyncio.Event()
        self._rest.set()
        self._behind = False
        self._closing = self._gone = False
        self._head: Head
        self._base: Base | None = None
        self._since_base: list[Published] = []
        self._now_at = (0, 0.0)  # database ms and the monotonic second it was read
        self._tasks: list[asyncio.Task[None]] = []
        self.followers: list[asyncio.Event] = []  # set whenever something was told

    async def start(self) -> None:
        """Build the world and begin. Raises JournalDown."""
        await self._load()
        await self._compare()
        self._tasks = [
            asyncio.create_task(self._take_turns(), name=f"turns {self.journal.log}"),
            asyncio.create_task(self._keep_time(), name=f"time {self.journal.log}"),
            asyncio.create_task(self._poll(), name=f"poll {self.journal.log}"),
        ]

    # ── asking ────────────────────────────────────────────────────────────────────────────────────

    def submit(self, id: str, account: str | None, action: Action, reply: Reply) -> None:
        """Put an action up for the next turn; `reply` is called once, after the commit."""
        if self._closing:
            raise Rejected(Code.SHUTTING_DOWN, after=2000)
        self._inbox.put(Pending(id, account, action, reply))
        self._wake.set()

    async def ask(self, id: str, account: str | None, action: Action) -> Done:
        """Ask and wait for the answer. Raises Rejected."""
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        def reply(answer: Answer) -> None:
            if not answered.done():
                answered.set_result(answer)

        self.submit(id, account, action, reply)
        answer = await answered
        if isinstance(answer, Rejected):
            raise answer
        return answer

    async def preview(self, id: str, account: str, action: Action) -> list[Event]:
        """What would happen, without making it so. Raises Rejected."""
        await self.at_rest()
        person = self.world.state.accounts.get(account)
        if person is None or not person.active:
            raise Rejected(Code.SESSION_REVOKED)
        return decide(self.world, action, Ask(id, person, self.now()))

    async def at_rest(self) -> None:
        """Return when the world is exactly what was committed and told; the caller must not await after."""
        while not self._rest.is_set():
            await self._rest.wait()

    async def up_to_date(self) -> None:
        """Return at rest, with all decided that was asked before; the caller must not await after."""
        await self._inbox.answered()
        await self.at_rest()

    def now(self) -> int:
        """The database's clock, estimated (epoch ms)."""
        read, at = self._now_at
        return read + int((monotonic() - at) * 1000)

    @property
    def seq(self) -> int:
        """The newest entry that was told."""
        return self._head.seq

    @property
    def mark(self) -> str:
        """That of the newest entry."""
        return mark(self._head.hash)

    def hint(self) -> None:
        """Somebody else may have appended."""
        self._behind = True
        self._wake.set()

    async def close(self) -> None:
        """Finish what is in the inbox, keep a snapshot, stop."""
        self._closing = True
        self._wake.set()
        if self._tasks:
            turns, *others = self._tasks
            for task in others:
                task.cancel()
            done, _ = await asyncio.wait([turns], timeout=self.pace.turn_timeout * 2)
            if not done:
                turns.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            left = self._inbox.take(len(self._inbox))
            self._inbox.answer(left, [Rejected(Code.SHUTTING_DOWN, after=2000)] * len(left))
            if not self._gone:
                await self._witness.note(self._head)
                with contextlib.suppress(JournalDown):
                    await self._snapshot()
        await self.journal.close()

    # ── turns ─────────────────────────────────────────────────────────────────────────────────────

    async def _take_turns(self) -> None:
        while not (self._closing and not len(self._inbox)):
            await self._wake.wait()
            self._wake.clear()
            if self._behind:
                await self._look()
            while batch := self._inbox.take(self.pace.batch):
                await self._turn(batch)
                await asyncio.sleep(0)  # let the sockets breathe between turns

    async def _look(self) -> None:
        """Catch up with others; when that fails, the next poll tries again."""
        try:
            await self._catch_up()
        except JournalDown as trouble:
            self._note_down(trouble)
        except LogGone:
            log.info("%s is gone", self.journal.log)  # the next poll tells
        except Exception:
            log.exception("catching up with %s failed", self.journal.log)
        finally:
            self._mend()

    async def _turn(self, batch: list[Pending]) -> None:
        """Decide a batch, commit it, tell it, answer. Every pending gets exactly one answer."""
        answers: list[Answer] = [Rejected(Code.JOURNAL_DOWN, after=1000)] * len(batch)
        gc.disable()  # what a large order leaves in memory lasts: walking it can wait until it is told
        try:
            answers = await self._decide_and_commit(batch)
        except JournalDown as trouble:
            self._note_down(trouble)
        except Exception:
            log.exception("a turn of %s failed; building the world again", self.journal.log)
            answers = [Rejected(Code.INTERNAL)] * len(batch)
        finally:
            gc.enable()
            self._mend()
            self._inbox.answer(batch, answers)
            try:
                self.on_answered()
            except Exception:  # what a socket did not get its cursor brings back
                log.exception("answering up to %s failed", self._head.seq)
            self._clock.set()

    async def _decide_and_commit(self, batch: list[Pending]) -> list[Answer]:
        ids = [pending.id for pending in batch]
        turn = await self.journal.open_turn(self._head.seq, ids, self.pace.turn_timeout)
        async with turn:
            if not continues(self._head, turn.head, turn.missed):
                await turn.rollback()
                await self._restored()
                return [Rejected(Code.JOURNAL_DOWN, after=500)] * len(batch)
            self._now_at = (turn.now, monotonic())
            self._follow(turn.missed, turn.head)
            self._rest.clear()
            outcome = take_turn(self.world, turn.head, turn.now, batch, turn.known)
            if outcome.entries:
                await turn.commit(outcome.entries)
            else:
                await turn.rollback()
                self._rest.set()
        self.down = None
        self.on_answering()
        if outcome.entries:
            last = outcome.entries[-1]
            self._tell(outcome.published, outcome.events, Head(self.epoch, last.seq, last.hash, last.at))
            self.on_appended(self.journal.log, last.seq)
        return outcome.answers

    def _follow(self, entries: Sequence[Entry], head: Head) -> None:
        """Take in and tell what others appended."""
        if not entries:
            return
        self._rest.clear()
        for entry in entries:
            apply(self.world, entry)
        published = [Published.of(entry) for entry in entries]
        events = [event for entry in entries for event in decode_events(entry.body)]
        self._tell(published, events, head)

    def _tell(self, published: list[Published], events: list[Event], head: Head) -> None:
        self._head = head
        self.recent.add(published)
        self._since_base += published
        self._rest.set()
        try:
            self.on_published(published, events)
        except Exception:  # telling is repaired by the cursors; the log must go on
            log.exception("publishing up to %s failed", head.seq)
        for follower in self.followers:
            follower.set()
        self._clock.set()

    async def _catch_up(self) -> None:
        self._behind = False
        head = await self.journal.head()
        if not continues(self._head, head, ()):
            await self._restored()
            return
        while head.seq > self._head.seq:
            entries = await self.journal.read(self._head.seq, CHUNK)
            if not entries:
                return
            last = entries[-1]
            if not continues(self._head, Head(head.epoch, last.seq, last.hash, last.at), entries):
                await self._restored()
                return
            self._follow(entries, Head(self.epoch, last.seq, last.hash, last.at))

    # ── building again ────────────────────────────────────────────────────────────────────────────

    async def _load(self) -> None:
        self.world, self._head, self._base = await load(self.journal)
        self.epoch = self._head.epoch
        self.loads += 1
        self.recent.begin(self._head.seq, self.mark)
        self._since_base = []
        if self._base is None or self._base.seq != self._head.seq:
            self._base = Base(self._head.seq, self._head.hash, encode_state(self.world.state))
        # an empty turn reads the clock: the newest entry may be days old, and deadlines passed since
        async with await self.journal.open_turn(self._head.seq, (), self.pace.turn_timeout) as turn:
            self._now_at = (turn.now, monotonic())
            await turn.rollback()

    async def _restored(self) -> None:
        """The database is not the one we knew (a backup was restored): everybody starts afresh.

        Unless somebody has declared it, the log gets its new epoch here."""
        log.warning("the journal of %s was restored; building the world again", self.journal.log)
        await self.journal.renew_epoch(self.epoch)
        await self._load()
        self.on_restored()

    async def _compare(self) -> None:
        """With what this node saw before it was stopped: the database may have been restored meanwhile."""
        missing = await self._witness.misses(self._head)
        if missing is None:
            return
        log.error(
            "the journal of %s was restored from a backup: entry %s, which this node has seen, is not in it",
            self.journal.log,
            missing.seq,
        )
        await self.journal.renew_epoch(self.epoch)
        await self._load()

    def _mend(self) -> None:
        """After a turn that was left half-way: back to what was told."""
        if not self._rest.is_set():
            self.world = again(self.journal.log, self._base, self._since_base)
            self._rest.set()

    def _note_down(self, trouble: JournalDown) -> None:
        if self.down is None:
            log.error("the journal of %s is down: %s", self.journal.log, trouble)
        self.down = trouble.reason

    async def _snapshot(self) -> None:
        await self.at_rest()
        if self._base is not None and self._base.seq == self._head.seq and not self._since_base:
            body = self._base.body
        else:
            body = encode_state(self.world.state)
        head = self._head
        self._base, self._since_base = Base(head.seq, head.hash, body), []
        await self.journal.save_snapshot(Snapshot(head.seq, head.hash, body, self.now()))

    # ── time ──────────────────────────────────────────────────────────────────────────────────────

    async def _keep_time(self) -> None:
        """One timer: at the next deadline, ask the rules what is due."""
        refused = 0
        while True:
            self._clock.clear()
            await self.at_rest()
            self.world.settle(self.now())
            ring = self.world.next_ring()
            wait = 3600.0 if ring is None else max(0.0, (ring - self.now()) / 1000) + 0.01
            # not wait_for: in Python 3.11 it can swallow a cancellation that comes with the result
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._clock.wait()
                continue
            try:
                # nodes that see one deadline at one head ask with one id; a refused id may be taken
                await self.ask(f"lapse.{ring}.{self._head.seq}.{refused}", None, Lapse())
                refused = 0
            except Rejected:
                refused += 1
                await asyncio.sleep(1.0)

    async def _poll(self) -> None:
        """Look at the head now and then: hints may get lost, other processes may write."""
        while True:
            await asyncio.sleep(self.pace.poll)
            try:
                head = await self.journal.head()
                if (head.epoch, head.seq, head.hash) != (self.epoch, self._head.seq, self._head.hash):
                    self.hint()
                await self._witness.note(self._head)
                if self.down != "disk_full":  # reading works on a full disk: only a commit proves space
                    self.down = None
                if snapshot_due(self._base, len(self._since_base), self.pace.snapshot_every):
                    await self._snapshot()
            except JournalDown as trouble:
                self._note_down(trouble)
            except LogGone:
                self._gone = True
                self.on_gone()
                return
            except Exception:
                log.exception("looking at the head of %s failed", self.journal.log)
