"""Dispatch orders and requests after they have left the board: a read model, made by a follower of the
journal.

Every node's follower writes the same rows. A row knows the newest entry that is in it, so an entry is applied
to it once, and a node that is behind never writes an older state over a newer one.
"""

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec
from sqlalchemy import ColumnElement, Connection, Executable, Table, and_, delete, or_, select

from server.store.cursors import advance
from server.store.database import Database
from server.store.tables import dispatch_history, request_history

IDS_PER_STATEMENT = 500
ORDERS_AT_MOST = 20_000  # that totals are made of


class OrderRow(msgspec.Struct, frozen=True):
    order_id: str
    seq: int
    request: str
    owner: str
    kind: str
    step: str
    incident: str | None
    at: int
    over_at: int | None
    topics: tuple[str, ...]
    body: str  # JSON, the order


class RequestRow(msgspec.Struct, frozen=True):
    request: str
    seq: int
    unit: str
    incident: str | None
    at: int
    body: str  # JSON, the request


class Changed(msgspec.Struct, frozen=True):
    """What entries make of the rows that were there."""

    orders: list[OrderRow]
    requests: list[RequestRow]
    gone: list[str]  # orders that were never issued


Change = Callable[[Mapping[str, OrderRow], Mapping[str, RequestRow]], Changed]
_ORDER = tuple(dispatch_history.c[name] for name in OrderRow.__struct_fields__)
_REQUEST = tuple(request_history.c[name] for name in RequestRow.__struct_fields__)


class Dispatches:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._keep_order = _upsert(database, dispatch_history, "order_id")
        self._keep_request = _upsert(database, request_history, "request")

    async def keep(
        self,
        log: str,
        follower: str,
        upto: int,
        orders: Collection[str],
        requests: Collection[str],
        change: Change,
    ) -> None:
        """Read these rows, change them, move the cursor, in one transaction. `change` is pure and quick.

        The rows of the requests that the orders are for come with them."""

        def work(connection: Connection) -> None:
            known = _orders(connection, log, orders)
            about = {*requests, *(row.request for row in known.values())}
            changed = change(known, _requests(connection, log, about))
            if changed.orders:
                connection.execute(self._keep_order, [_stored(log, order) for order in changed.orders])
            if changed.requests:
                asked = [{"log": log, **msgspec.structs.asdict(request)} for request in changed.requests]
                connection.execute(self._keep_request, asked)
            if changed.gone:
                gone = dispatch_history.c.order_id.in_(changed.gone)
                connection.execute(delete(dispatch_history).where(dispatch_history.c.log == log, gone))
            advance(self._database, connection, log, follower, upto)

        await self._database.write(work)

    async def search(
        self,
        log: str,
        before: tuple[int, str] | None,
        limit: int,
        *,
        topics: Collection[str],
        owner: str | None = None,
        incident: str | None = None,
        request: str | None = None,
        kind: str | None = None,
        steps: Collection[str] | None = None,
        since: int | None = None,
        until: int | None = None,
    ) -> list[OrderRow]:
        """Newest first, made within [since, until); `before` is (at, order_id) of the last row of the page
        before."""
        table = dispatch_history.c
        wanted = [table.log == log, _seen(topics)]
        exact = (
            (table.owner, owner),
            (table.incident, incident),
            (table.request, request),
            (table.kind, kind),
        )
        wanted += [column == value for column, value in exact if value is not None]
        if steps is not None:
            wanted.append(table.step.in_(sorted(steps)))
        if since is not None:
            wanted.append(table.at >= since)
        if until is not None:
            wanted.append(table.at < until)
        if before is not None:
            at, order = before
            wanted.append(or_(table.at < at, and_(table.at == at, table.order_id < order)))
        newest = select(*_ORDER).where(*wanted).order_by(table.at.desc(), table.order_id.desc()).limit(limit)
        return await self._database.read(
            lambda connection: [_order(row) for row in connection.execute(newest)]
        )

    async def find(self, log: str, order: str) -> tuple[OrderRow, RequestRow | None] | None:
        """An order, and the request it is for."""

        def read(connection: Connection) -> tuple[OrderRow, RequestRow | None] | None:
            row = _orders(connection, log, [order]).get(order)
            if row is None:
                return None
            return row, _requests(connection, log, [row.request]).get(row.request)

        return await self._database.read(read)

    async def find_request(self, log: str, request: str) -> RequestRow | None:
        return await self._database.read(
            lambda connection: _requests(connection, log, [request]).get(request)
        )

    async def asked(
        self, log: str, incident: str | None, since: int, until: int
    ) -> tuple[list[RequestRow], list[OrderRow]]:
        """The requests of a time, [since, until), and the orders for them."""
        table, orders = request_history.c, dispatch_history.c
        mine = [table.log == log, table.at >= since, table.at < until]
        if incident is not None:
            mine.append(table.incident == incident)
        requests = select(*_REQUEST).where(*mine).order_by(table.at).limit(ORDERS_AT_MOST)
        theirs = orders.request.in_(select(table.request).where(*mine))
        under = select(*_ORDER).where(orders.log == log, theirs).order_by(orders.at).limit(ORDERS_AT_MOST)

        def read(connection: Connection) -> tuple[list[RequestRow], list[OrderRow]]:
            return (
                [RequestRow(*row) for row in connection.execute(requests)],
                [_order(row) for row in connection.execute(under)],
            )

        return await self._database.read(read)


def _upsert(database: Database, table: Table, key: str) -> Executable:
    """Made once: making it costs more than a row. Never an older state over a newer one."""
    row = database.insert(table)
    changed = {
        column.name: row.excluded[column.name] for column in table.c if column.name not in ("log", key)
    }
    newer = table.c.seq < row.excluded.seq
    return row.on_conflict_do_update(index_elements=["log", key], set_=changed, where=newer)


def _stored(log: str, order: OrderRow) -> dict[str, object]:
    topics = "\n".join(("", *order.topics, ""))
    return {"log": log, **msgspec.structs.asdict(order), "topics": topics}


def _seen(topics: Collection[str]) -> ColumnElement[bool]:
    column = dispatch_history.c.topics
    return or_(False, *(column.contains(f"\n{topic}\n", autoescape=True) for topic in sorted(topics)))


def _parts(ids: Iterable[str]) -> list[list[str]]:
    each = sorted(set(ids))
    return [each[start : start + IDS_PER_STATEMENT] for start in range(0, len(each), IDS_PER_STATEMENT)]


def _orders(connection: Connection, log: str, ids: Collection[str]) -> dict[str, OrderRow]:
    found = {}
    for part in _parts(ids):
        mine = select(*_ORDER).where(dispatch_history.c.log == log, dispatch_history.c.order_id.in_(part))
        found.update({row.order_id: _order(row) for row in connection.execute(mine)})
    return found


def _requests(connection: Connection, log: str, ids: Collection[str]) -> dict[str, RequestRow]:
    found = {}
    for part in _parts(ids):
        mine = select(*_REQUEST).where(request_history.c.log == log, request_history.c.request.in_(part))
        found.update({row.request: RequestRow(*row) for row in connection.execute(mine)})
    return found


def _order(row: Iterable[object]) -> OrderRow:
    fields = dict(zip(OrderRow.__struct_fields__, row, strict=True))
    fields["topics"] = tuple(str(fields["topics"]).split("\n")[1:-1])
    return OrderRow(**fields)  # type: ignore[arg-type]
