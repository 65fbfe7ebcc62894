"""what somebody ticked about approvals before they enrolled"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "acknowledgement",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("notice", sa.String(length=20), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("notice IN ('no approval', 'approval ends', 'completed before')", name=op.f("ck_acknowledgement_notice")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_acknowledgement_enrolment_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("enrolment_id", "notice", name=op.f("pk_acknowledgement")),
    )


def downgrade() -> None:
    op.drop_table("acknowledgement")
