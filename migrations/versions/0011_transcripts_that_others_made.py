"""transcripts that others made"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "transcript_copy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_transcript_copy_made_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_transcript_copy_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transcript_copy")),
        sa.UniqueConstraint("form_key", name=op.f("uq_transcript_copy_form_key")),
    )
    with op.batch_alter_table("transcript_copy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_transcript_copy_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("transcript_copy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_transcript_copy_person_id"))

    op.drop_table("transcript_copy")
