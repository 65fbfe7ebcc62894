"""who answers for a course revision, and attachments of courses and of the provider"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("kind IN ('cv', 'advertisement', 'consultant', 'policy', 'other')", name=op.f("ck_attachment_kind")),
        sa.CheckConstraint("size >= 1", name=op.f("ck_attachment_size")),
        sa.CheckConstraint("version >= 1 AND (version = 1) = (first_id = id)", name=op.f("ck_attachment_version")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_attachment_added_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_attachment_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["first_id"], ["attachment.id"], name=op.f("fk_attachment_first_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("first_id", "version", name=op.f("uq_attachment_first_id_version")),
        sa.UniqueConstraint("form_key", name=op.f("uq_attachment_form_key")),
    )
    op.create_index(op.f("ix_attachment_course_slug"), "attachment", ["course_slug"], unique=False)
    op.create_table(
        "attachment_content",
        sa.Column("attachment_id", sa.Uuid(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["attachment.id"], name=op.f("fk_attachment_content_attachment_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("attachment_id", name=op.f("pk_attachment_content")),
    )
    op.create_table(
        "adoption",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_revision_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_adoption_version")),
        sa.ForeignKeyConstraint(["adopted_by"], ["person.id"], name=op.f("fk_adoption_adopted_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["course_revision_id"], ["course_revision.id"], name=op.f("fk_adoption_course_revision_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption")),
        sa.UniqueConstraint("course_revision_id", "version", name=op.f("uq_adoption_course_revision_id_version")),
        sa.UniqueConstraint("form_key", name=op.f("uq_adoption_form_key")),
    )
    op.create_table(
        "adoption_person",
        sa.Column("adoption_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("degree", sa.String(length=120), nullable=False),
        sa.Column("licence", sa.String(length=120), nullable=False),
        sa.Column("disclosure", sa.String(length=1000), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("wrote_course", sa.Boolean(), nullable=False),
        sa.Column("wrote_assessment", sa.Boolean(), nullable=False),
        sa.Column("reviewed", sa.Boolean(), nullable=False),
        sa.Column("cv_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("(wrote_course OR wrote_assessment) <> reviewed", name=op.f("ck_adoption_person_part")),
        sa.CheckConstraint("name <> '' AND disclosure <> ''", name=op.f("ck_adoption_person_words")),
        sa.ForeignKeyConstraint(["adoption_id"], ["adoption.id"], name=op.f("fk_adoption_person_adoption_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["cv_id"], ["attachment.id"], name=op.f("fk_adoption_person_cv_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("adoption_id", "position", name=op.f("pk_adoption_person")),
    )


def downgrade() -> None:
    op.drop_table("adoption_person")
    op.drop_table("adoption")
    op.drop_table("attachment_content")
    op.drop_index(op.f("ix_attachment_course_slug"), table_name="attachment")
    op.drop_table("attachment")
