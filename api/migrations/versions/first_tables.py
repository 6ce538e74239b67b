"""Which tables does the first floor need?

Written out column by column: a revision tells what was true when it was made, whatever the
dictionary says later. What is stored is never taken away, so there is no way down.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

APPEND_ONLY = (
    "enterprises",
    "violations",
    "hazards",
    "accidents",
    "credit",
    "complaints",
    "trainings",
    "monitoring",
    "inspections",
    "inspectors",
    "absences",
    "avoidances",
    "vehicles_pool",
    "import_batch",
    "document",
    "event",
)


def upgrade() -> None:
    """Make the tables, and let the database itself refuse to change what is written."""
    register_tables()
    records()
    jobs()
    for table in APPEND_ONLY:
        append_only(table)


def register_tables() -> None:
    """Facts, each table with the import that brought the row."""
    op.create_table(
        "import_batch",
        sa.Column("batch_id", sa.Integer(), primary_key=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.JSON(), nullable=False),
    )
    op.create_table(
        "enterprises",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("township", sa.Text()),
        sa.Column("address", sa.Text()),
        sa.Column("longitude", sa.Double()),
        sa.Column("latitude", sa.Double()),
        sa.Column("vehicles", sa.BigInteger()),
        sa.Column("drivers", sa.BigInteger()),
        sa.Column("opened_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("enterprise_id", "known_on", name="enterprises_key"),
    )
    op.create_table(
        "violations",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("item_code", sa.Text()),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("disposition", sa.Text(), nullable=False),
        sa.Column("count", sa.BigInteger()),
        sa.Column("fine_cny", sa.BigInteger()),
        sa.Column("obstruction", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="violations_key"),
    )
    op.create_table(
        "hazards",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("closed_on", sa.Date()),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="hazards_key"),
    )
    op.create_table(
        "accidents",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("deaths", sa.BigInteger()),
        sa.Column("injuries", sa.BigInteger()),
        sa.Column("liability", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="accidents_key"),
    )
    op.create_table(
        "credit",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="credit_key"),
    )
    op.create_table(
        "complaints",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("upheld", sa.Boolean(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="complaints_key"),
    )
    op.create_table(
        "trainings",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("topic", sa.Text()),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("fact_id", "known_on", name="trainings_key"),
    )
    op.create_table(
        "monitoring",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("online_rate_bp", sa.BigInteger()),
        sa.Column("track_completeness_bp", sa.BigInteger()),
        sa.Column("speeding_milli", sa.BigInteger()),
        sa.Column("fatigue_seconds", sa.BigInteger()),
        sa.Column("offline_displacements", sa.BigInteger()),
        sa.UniqueConstraint("fact_id", "known_on", name="monitoring_key"),
    )
    op.create_table(
        "inspections",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("fact_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.Text()),
        sa.Column("mode", sa.Text()),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("follow_up", sa.Text()),
        sa.Column("score", sa.BigInteger()),
        sa.Column("inspectors", sa.Text()),
        sa.Column("draw_digest", sa.Text()),
        sa.Column("pi", sa.BigInteger()),
        sa.UniqueConstraint("fact_id", "known_on", name="inspections_key"),
    )
    op.create_table(
        "inspectors",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("inspector_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("certificate", sa.Text()),
        sa.Column("certificate_expires_on", sa.Date()),
        sa.Column("sectors", sa.Text()),
        sa.Column("squad", sa.Text()),
        sa.Column("base", sa.Text()),
        sa.Column("base_longitude", sa.Double()),
        sa.Column("base_latitude", sa.Double()),
        sa.Column("training_hours", sa.BigInteger()),
        sa.Column("working_share_bp", sa.BigInteger()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("inspector_id", "known_on", name="inspectors_key"),
    )
    op.create_table(
        "absences",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("inspector_id", sa.Text(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("inspector_id", "from_on", "known_on", name="absences_key"),
    )
    op.create_table(
        "avoidances",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("inspector_id", sa.Text(), nullable=False),
        sa.Column("enterprise_id", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("decided_by", sa.Text()),
        sa.Column("occurred_on", sa.Date()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("inspector_id", "enterprise_id", "known_on", name="avoidances_key"),
    )
    op.create_table(
        "vehicles_pool",
        sa.Column("row_digest", sa.String(64), primary_key=True),
        sa.Column("batch_id", sa.Integer(), sa.ForeignKey("import_batch.batch_id"), nullable=False),
        sa.Column("plate", sa.Text(), nullable=False),
        sa.Column("squad", sa.Text()),
        sa.Column("seats", sa.BigInteger()),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.UniqueConstraint("plate", "known_on", name="vehicles_pool_key"),
    )


def records() -> None:
    """Documents and the chain of events."""
    op.create_table(
        "document",
        sa.Column("seq", sa.Integer(), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("kind", sa.Text(), nullable=False, index=True),
        sa.Column("as_of", sa.Date()),
        sa.Column("month", sa.Date()),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("body_digest", sa.String(64), nullable=False),
        sa.Column("inputs", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.JSON(), nullable=False),
        sa.Column("replaces", sa.String(64), sa.ForeignKey("document.digest")),
    )
    op.create_table(
        "event",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False, unique=True),
        sa.Column("digest", sa.String(64), nullable=False, unique=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.JSON(), nullable=False),
    )


def jobs() -> None:
    """Long solves and how far they are."""
    op.create_table(
        "job",
        sa.Column("job_id", sa.String(32), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON()),
        sa.Column("result", sa.JSON()),
        sa.Column("error", sa.JSON()),
        sa.Column("made_at", sa.DateTime(timezone=True)),
        sa.Column("made_by", sa.JSON(), nullable=False),
    )


def append_only(table: str) -> None:
    """Triggers that refuse UPDATE and DELETE (and TRUNCATE, where it exists)."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            """
            CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
            """
        )
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_refuses_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
