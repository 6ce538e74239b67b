"""What has to be kept so that case files can be reviewed?"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.migrations.versions.first_tables import append_only

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The files and their reviewers, append-only like every other table."""
    op.create_table(
        "case_files",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("handlers", sa.Text(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("case_id", "known_on", name="case_files_key"),
    )
    op.create_table(
        "reviewers",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("reviewer_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("reviewer_id", "known_on", name="reviewers_key"),
    )
    append_only("case_files")
    append_only("reviewers")
