"""how far the traces of writing are taken from evaluations"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_mixed",
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_evaluation_mixed_course_slug"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("course_slug", "month", name=op.f("pk_evaluation_mixed")),
    )


def downgrade() -> None:
    op.drop_table("evaluation_mixed")
