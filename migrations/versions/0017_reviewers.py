"""reviewers of courses, with accounts that do nothing else"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("person", sa.Column("is_reviewer", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "course_review",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("board", sa.String(length=200), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name=op.f("ck_course_review_ended")),
        sa.CheckConstraint("expires_at > invited_at", name=op.f("ck_course_review_days")),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_course_review_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_course_review_ended_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_course_review_invited_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_review_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_review")),
        sa.UniqueConstraint("form_key", name=op.f("uq_course_review_form_key")),
    )
    op.create_index(op.f("ix_course_review_course_slug"), "course_review", ["course_slug"], unique=False)
    op.create_index(op.f("ix_course_review_person_id"), "course_review", ["person_id"], unique=False)


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM course_review")):
        raise RuntimeError("Going back before 0017 would make reviewers into learners: restore the backup made before the upgrade.")
    op.drop_index(op.f("ix_course_review_person_id"), table_name="course_review")
    op.drop_index(op.f("ix_course_review_course_slug"), table_name="course_review")
    op.drop_table("course_review")
    op.drop_column("person", "is_reviewer")
