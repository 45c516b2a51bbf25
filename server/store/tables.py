"""The tables, as SQLAlchemy sees them; `migrations/` builds them, and a test compares the two.

Every table carries `log`: districts and drills share a database and nothing else. Times are epoch
milliseconds. The head of a log is a row of its own because it is what a turn locks: small, and touched by
nobody else.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()


def _log() -> Column[str]:
    return Column("log", String(64), nullable=False)


logs = Table(
    "logs",
    metadata,
    Column("log", String(64), primary_key=True),
    Column("kind", String(16), nullable=False),  # district, exercise, or dropped: on its way out
    Column("name", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

heads = Table(
    "heads",
    metadata,
    Column("log", String(64), primary_key=True),
    Column("epoch", String(32), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
)

journal = Table(
    "journal",
    metadata,
    _log(),
    Column("seq", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action_id", String(64), nullable=False),
    Column("actor", String(64), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("audiences", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("log", "seq", name="journal_pk"),
    UniqueConstraint("log", "action_id", name="journal_action"),
)

snapshots = Table(
    "snapshots",
    metadata,
    _log(),
    Column("seq", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "seq", name="snapshots_pk"),
)

cursors = Table(
    "cursors",
    metadata,
    _log(),
    Column("follower", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "follower", name="cursors_pk"),
)

credentials = Table(
    "credentials",
    metadata,
    _log(),
    Column("account", String(64), nullable=False),
    Column("hash", Text, nullable=False),
    PrimaryKeyConstraint("log", "account", name="credentials_pk"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    _log(),
    Column("account", String(64), nullable=False),
    Column("device", String(64), nullable=False),
    Column("label", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("sessions_account", "log", "account"),
    Index("sessions_expiry", "expires_at"),
)

throttle = Table(
    "throttle",
    metadata,
    _log(),
    Column("key", String(200), nullable=False),
    Column("failures", Integer, nullable=False),
    Column("failed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "key", name="throttle_pk"),
)

pairings = Table(
    "pairings",
    metadata,
    Column("code_hash", LargeBinary, primary_key=True),
    _log(),
    Column("unit", String(64), nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("claimed_at", BigInteger),
    Index("pairings_log", "log", "expires_at"),
)

uploads = Table(
    "uploads",
    metadata,
    Column("id", String(64), primary_key=True),
    _log(),
    Column("account", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("uploads_created", "created_at"),
)

blobs = Table(
    "blobs",
    metadata,
    _log(),
    Column("sha256", String(64), nullable=False),
    Column("account", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("type", String(200), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("log", "sha256", name="blobs_pk"),
    Index("blobs_content", "sha256"),
)

timeline = Table(
    "timeline",
    metadata,
    _log(),
    Column("seq", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(64), nullable=False),
    Column("type", String(64), nullable=False),
    Column("unit", String(64)),
    Column("command", String(64)),
    Column("activation", String(64)),
    Column("text", Text, nullable=False),
    Column("topics", Text, nullable=False),
    PrimaryKeyConstraint("log", "seq", "n", name="timeline_pk"),
    Index("timeline_unit", "log", "unit", "seq"),
    Index("timeline_command", "log", "command", "seq"),
    Index("timeline_activation", "log", "activation", "seq"),
)

command_history = Table(
    "command_history",
    metadata,
    _log(),
    Column("command", String(64), nullable=False),
    Column("title", Text, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("issued_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("summary", Text, nullable=False),
    PrimaryKeyConstraint("log", "command", name="command_history_pk"),
    Index("command_history_issued", "log", "issued_at", "command"),
)

dispatch_history = Table(
    "dispatch_history",
    metadata,
    _log(),
    Column("order_id", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),  # the newest entry that is in it
    Column("request", String(80), nullable=False),
    Column("owner", String(64), nullable=False),
    Column("kind", Text, nullable=False),
    Column("step", String(16), nullable=False),
    Column("incident", String(80)),
    Column("at", BigInteger, nullable=False),
    Column("over_at", BigInteger),
    Column("topics", Text, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("log", "order_id", name="dispatch_history_pk"),
    Index("dispatch_history_at", "log", "at", "order_id"),
    Index("dispatch_history_request", "log", "request"),
)

request_history = Table(
    "request_history",
    metadata,
    _log(),
    Column("request", String(80), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("unit", String(64), nullable=False),
    Column("incident", String(80)),
    Column("at", BigInteger, nullable=False),
    Column("body", Text, nullable=False),
    PrimaryKeyConstraint("log", "request", name="request_history_pk"),
    Index("request_history_at", "log", "at", "request"),
)

webhooks = Table(
    "webhooks",
    metadata,
    _log(),
    Column("id", String(64), nullable=False),
    Column("url", Text, nullable=False),
    Column("secret", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("from_seq", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(64), nullable=False),
    Column("last_at", BigInteger),
    Column("last_status", Integer),
    Column("last_error", Text, nullable=False),
    PrimaryKeyConstraint("log", "id", name="webhooks_pk"),
)

webhook_queue = Table(
    "webhook_queue",
    metadata,
    _log(),
    Column("webhook", String(64), nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("event", String(64), nullable=False),
    Column("about", String(80), nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("dead", Integer, nullable=False),
    PrimaryKeyConstraint("log", "webhook", "seq", "n", name="webhook_queue_pk"),
    Index("webhook_queue_next", "log", "dead", "next_at"),
)
