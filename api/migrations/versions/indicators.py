"""What has to be kept so that other dated figures of enterprises are known?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.versions.first_tables import append_only

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A figure to a row, append-only like every other table."""
    op.create_table(
        "indicators",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value_milli", sa.BigInteger(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="indicators_key"),
    )
    append_only("indicators")
