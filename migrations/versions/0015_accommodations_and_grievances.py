"""what people ask for so that they can take part, what they complain about, and what was answered"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accommodation_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=True),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_accommodation_request_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_accommodation_request_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_request")),
        sa.UniqueConstraint("form_key", name=op.f("uq_accommodation_request_form_key")),
    )
    op.create_index(op.f("ix_accommodation_request_person_id"), "accommodation_request", ["person_id"])
    op.create_table(
        "accommodation_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        *_said(),
        sa.CheckConstraint("number >= 1", name=op.f("ck_accommodation_answer_number")),
        sa.CheckConstraint("status IN ('granted', 'declined', 'withdrawn')", name=op.f("ck_accommodation_answer_status")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["accommodation_request.id"], name=op.f("fk_accommodation_answer_request_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_accommodation_answer_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_answer")),
        sa.UniqueConstraint("form_key", name=op.f("uq_accommodation_answer_form_key")),
        sa.UniqueConstraint("request_id", "number", name=op.f("uq_accommodation_answer_request_id_number")),
    )
    op.create_table(
        "accommodation_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("read_by", sa.Uuid(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sign_in_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["read_by"], ["person.id"], name=op.f("fk_accommodation_reading_read_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["request_id"], ["accommodation_request.id"], name=op.f("fk_accommodation_reading_request_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accommodation_reading")),
    )
    op.create_index(op.f("ix_accommodation_reading_request_id_read_at"), "accommodation_reading", ["request_id", "read_at"])
    op.create_table(
        "grievance",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=16), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=True),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("about IN ('course', 'certificate', 'person', 'other')", name=op.f("ck_grievance_about")),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_grievance_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_grievance_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grievance")),
        sa.UniqueConstraint("form_key", name=op.f("uq_grievance_form_key")),
    )
    op.create_index(op.f("ix_grievance_person_id"), "grievance", ["person_id"])
    op.create_index(op.f("ix_grievance_course_slug_filed_at"), "grievance", ["course_slug", "filed_at"])
    op.create_table(
        "grievance_answer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grievance_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        *_said(),
        sa.CheckConstraint("(status = 'closed') = (outcome <> '')", name=op.f("ck_grievance_answer_closed")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_grievance_answer_number")),
        sa.CheckConstraint("outcome IN ('', 'upheld', 'in part', 'not upheld')", name=op.f("ck_grievance_answer_outcome")),
        sa.CheckConstraint("status IN ('looked into', 'closed')", name=op.f("ck_grievance_answer_status")),
        sa.ForeignKeyConstraint(["grievance_id"], ["grievance.id"], name=op.f("fk_grievance_answer_grievance_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_grievance_answer_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grievance_answer")),
        sa.UniqueConstraint("form_key", name=op.f("uq_grievance_answer_form_key")),
        sa.UniqueConstraint("grievance_id", "number", name=op.f("uq_grievance_answer_grievance_id_number")),
    )


def downgrade() -> None:
    for table in ("grievance_answer", "grievance", "accommodation_reading", "accommodation_answer", "accommodation_request"):
        op.drop_table(table)


def _said() -> list[sa.Column]:
    return [
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
    ]
