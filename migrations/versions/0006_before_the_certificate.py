"""closing cases, evaluation and attestation"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("item_id", sa.String(length=80), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("(rating IS NULL) <> (ciphertext IS NULL)", name=op.f("ck_evaluation_answer_kind")),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_evaluation_answer_rating")),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_evaluation_answer_course_slug"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_answer")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("evaluation_answer", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_evaluation_answer_course_slug_month"), ["course_slug", "month"], unique=False)

    op.create_table(
        "attestation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("statement", sa.String(length=4000), nullable=False),
        sa.Column("seconds_worked", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("attested_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seconds_worked >= 0", name=op.f("ck_attestation_seconds_worked")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_attestation_enrolment_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attestation")),
        sa.UniqueConstraint("enrolment_id", name=op.f("uq_attestation_enrolment_id")),
    )
    with op.batch_alter_table("course_revision_scenario", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_closing", sa.Boolean(), server_default=sa.false(), nullable=False))

    with op.batch_alter_table("enrolment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("evaluated_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("attested_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_closing", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    # Not by copying the tables, which others point to; and no trigger may name a column that goes. They are installed again afterwards.
    on_table = " ON series" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER IF EXISTS keep_series__update{on_table}")
    for table, column in (("series", "is_closing"), ("enrolment", "attested_at"), ("enrolment", "evaluated_at")):
        op.drop_column(table, column)
    op.drop_column("course_revision_scenario", "is_closing")
    op.drop_table("attestation")
    op.drop_table("evaluation_answer")
