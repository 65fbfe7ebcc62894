"""approvals"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "approval_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("body", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("statement", sa.String(length=1000), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("professions", sa.JSON(), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("stated_hours", sa.String(length=8), nullable=False),
        sa.Column("step", sa.String(length=8), nullable=False),
        sa.Column("rounding", sa.String(length=8), nullable=False),
        sa.Column("minimum", sa.String(length=8), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("body <> '' AND number <> '' AND statement <> ''", name=op.f("ck_approval_version_words")),
        sa.CheckConstraint("kind IN ('provider', 'course')", name=op.f("ck_approval_version_kind")),
        sa.CheckConstraint("rounding IN ('down', 'nearest')", name=op.f("ck_approval_version_rounding")),
        sa.CheckConstraint("stated_hours = '' OR step = ''", name=op.f("ck_approval_version_hours")),
        sa.CheckConstraint("valid_from <= valid_to", name=op.f("ck_approval_version_days")),
        sa.CheckConstraint("version >= 1 AND (version = 1) = (first_id = id)", name=op.f("ck_approval_version_version")),
        sa.ForeignKeyConstraint(["first_id"], ["approval_version.id"], name=op.f("fk_approval_version_first_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_approval_version_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_version")),
        sa.UniqueConstraint("first_id", "version", name=op.f("uq_approval_version_first_id_version")),
        sa.UniqueConstraint("form_key", name=op.f("uq_approval_version_form_key")),
    )
    op.create_table(
        "approval_withdrawal",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=400), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["approval_version.id"], name=op.f("fk_approval_withdrawal_first_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["withdrawn_by"], ["person.id"], name=op.f("fk_approval_withdrawal_withdrawn_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("first_id", name=op.f("pk_approval_withdrawal")),
    )


def downgrade() -> None:
    op.drop_table("approval_withdrawal")
    op.drop_table("approval_version")
