"""who was given the whole course in print"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accommodation_grant",
        sa.Column("answer_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.CheckConstraint("kind IN ('in print')", name=op.f("ck_accommodation_grant_kind")),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["accommodation_answer.id"], name=op.f("fk_accommodation_grant_answer_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("answer_id", "kind", name=op.f("pk_accommodation_grant")),
    )


def downgrade() -> None:
    op.drop_table("accommodation_grant")
