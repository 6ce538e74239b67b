"""What has to be kept so that several offices make one visit?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.versions.first_tables import append_only

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of other offices' plans, append-only like every other."""
    op.create_table(
        "joint_plans",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint(
            "enterprise_id", "office", "item", "from_on", "known_on", name="joint_plans_key"
        ),
    )
    append_only("joint_plans")
