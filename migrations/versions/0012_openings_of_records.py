"""that an administrator opened somebody's record, and why"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "record_opening",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('enrolment', 'assigned')", name=op.f("ck_record_opening_kind")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_record_opening_opened_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_record_opening_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_record_opening")),
        sa.UniqueConstraint("form_key", name=op.f("uq_record_opening_form_key")),
    )
    op.create_index(op.f("ix_record_opening_person_id_opened_at"), "record_opening", ["person_id", "opened_at"])
    op.create_index(op.f("ix_record_opening_opened_by_subject_id"), "record_opening", ["opened_by", "subject_id"])
    op.create_table(
        "opening_reason",
        sa.Column("opening_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["opening_id"], ["record_opening.id"], name=op.f("fk_opening_reason_opening_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("opening_id", name=op.f("pk_opening_reason")),
    )


def downgrade() -> None:
    op.drop_table("opening_reason")
    op.drop_table("record_opening")
