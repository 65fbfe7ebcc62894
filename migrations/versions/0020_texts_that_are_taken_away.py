"""texts that were taken away, and organisations that ask for no reflections"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "text_removal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_by", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('reflection', 'accommodation', 'grievance')", name=op.f("ck_text_removal_kind")),
        sa.CheckConstraint("words >= 0", name=op.f("ck_text_removal_words")),
        sa.ForeignKeyConstraint(["removed_by"], ["person.id"], name=op.f("fk_text_removal_removed_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_removal")),
        sa.UniqueConstraint("form_key", name=op.f("uq_text_removal_form_key")),
        sa.UniqueConstraint("kind", "text_id", name=op.f("uq_text_removal_kind_text_id")),
    )
    op.add_column("organisation", sa.Column("takes_reflections", sa.Boolean(), server_default=sa.true(), nullable=False))


def downgrade() -> None:
    op.drop_column("organisation", "takes_reflections")
    op.drop_table("text_removal")
