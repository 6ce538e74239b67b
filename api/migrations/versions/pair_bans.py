"""Which officers may not go together, and who decided it?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.versions.first_tables import append_only

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of pairs, append-only like every other."""
    op.create_table(
        "pair_bans",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("inspector_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("inspector_id", "other_id", "known_on", name="pair_bans_key"),
    )
    append_only("pair_bans")
