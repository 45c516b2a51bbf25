"""Dispatch orders and the requests they are for, as they were when they left the board."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispatch_history",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("order_id", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("request", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("incident", sa.String(length=80), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.Column("topics", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log", "order_id", name="dispatch_history_pk"),
    )
    op.create_index("dispatch_history_at", "dispatch_history", ["log", "at", "order_id"], unique=False)
    op.create_index("dispatch_history_request", "dispatch_history", ["log", "request"], unique=False)
    op.create_table(
        "request_history",
        sa.Column("log", sa.String(length=64), nullable=False),
        sa.Column("request", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("incident", sa.String(length=80), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log", "request", name="request_history_pk"),
    )
    op.create_index("request_history_at", "request_history", ["log", "at", "request"], unique=False)
