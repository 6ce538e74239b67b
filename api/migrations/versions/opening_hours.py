"""What has to be kept so that visits find the door open and a car?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.versions.first_tables import append_only

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Closed days, visiting hours, appointments and cars that are away, append-only like all."""
    _create(
        "vehicle_absences",
        ("plate", "from_on"),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("known_on", sa.Date(), nullable=False),
    )
    _create(
        "closed_days",
        ("enterprise_id", "days", "from_on"),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date()),
        sa.Column("reason", sa.Text()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    )
    _create(
        "visiting_hours",
        ("enterprise_id",),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("begin_from_minute", sa.BigInteger()),
        sa.Column("begin_until_minute", sa.BigInteger()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    )
    _create(
        "appointments",
        ("enterprise_id", "agreed_on", "office"),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("agreed_on", sa.Date(), nullable=False),
        sa.Column("begin_from_minute", sa.BigInteger()),
        sa.Column("begin_until_minute", sa.BigInteger()),
        sa.Column("officers", sa.BigInteger()),
        sa.Column("mode", sa.Text()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
    )


def _create(name: str, key: tuple[str, ...], *columns: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        *columns,
        sa.UniqueConstraint(*key, "known_on", name=f"{name}_key"),
    )
    append_only(name)
