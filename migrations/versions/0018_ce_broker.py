"""where completions are reported to CE Broker, the ledger, and the files made of it"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ce_broker_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('full', 'partial')", name=op.f("ck_ce_broker_file_kind")),
        sa.CheckConstraint("lines >= 1", name=op.f("ck_ce_broker_file_lines")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_ce_broker_file_made_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ce_broker_file")),
        sa.UniqueConstraint("form_key", name=op.f("uq_ce_broker_file_form_key")),
        sa.UniqueConstraint("number", name=op.f("uq_ce_broker_file_number")),
    )
    op.create_table(
        "ce_broker_setting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("profession", sa.String(length=40), nullable=False),
        sa.Column("profession_words", sa.String(length=80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("provider_number", sa.String(length=20), nullable=False),
        sa.Column("course_number", sa.String(length=20), nullable=False),
        sa.Column("own_number", sa.String(length=40), nullable=False),
        sa.Column("publishing_number", sa.String(length=20), nullable=False),
        sa.Column("profession_code", sa.String(length=16), nullable=False),
        sa.Column("subject_code", sa.String(length=20), nullable=False),
        sa.Column("hours", sa.String(length=8), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("approval_id", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(profession = 'other') = (profession_words <> '')", name=op.f("ck_ce_broker_setting_profession")),
        sa.CheckConstraint("(subject_code = '') = (hours = '')", name=op.f("ck_ce_broker_setting_partial")),
        sa.CheckConstraint("course_number <> '' OR own_number <> ''", name=op.f("ck_ce_broker_setting_course")),
        sa.CheckConstraint("days BETWEEN 1 AND 366", name=op.f("ck_ce_broker_setting_days")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_ce_broker_setting_version")),
        sa.ForeignKeyConstraint(
            ["approval_id"], ["approval_version.id"], name=op.f("fk_ce_broker_setting_approval_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_ce_broker_setting_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_ce_broker_setting_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ce_broker_setting")),
        sa.UniqueConstraint("course_slug", "place", "profession", "profession_words", "version", name="uq_ce_broker_setting_version"),
        sa.UniqueConstraint("form_key", name=op.f("uq_ce_broker_setting_form_key")),
    )
    op.create_table(
        "ce_broker_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("licence_key", sa.String(length=64), nullable=False),
        sa.Column("certificate_id", sa.Uuid(), nullable=False),
        sa.Column("setting_id", sa.Uuid(), nullable=True),
        sa.Column("settings", sa.Integer(), nullable=False),
        sa.Column("licences", sa.Integer(), nullable=False),
        sa.Column("completed_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(licence_key = '') = (setting_id IS NULL)", name=op.f("ck_ce_broker_entry_setting")),
        sa.CheckConstraint(
            "state IN ('ready', 'exported', 'accepted', 'rejected', 'missing', 'not reported')", name=op.f("ck_ce_broker_entry_state")
        ),
        sa.CheckConstraint(
            "state NOT IN ('exported', 'accepted', 'rejected') OR file_id IS NOT NULL", name=op.f("ck_ce_broker_entry_file")
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_ce_broker_entry_certificate_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_ce_broker_entry_changed_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["file_id"], ["ce_broker_file.id"], name=op.f("fk_ce_broker_entry_file_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ce_broker_entry_person_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["setting_id"], ["ce_broker_setting.id"], name=op.f("fk_ce_broker_entry_setting_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ce_broker_entry")),
        sa.UniqueConstraint("person_id", "course_slug", "cycle", "licence_key", name="uq_ce_broker_entry_licence"),
    )
    op.create_index(op.f("ix_ce_broker_entry_certificate_id"), "ce_broker_entry", ["certificate_id"], unique=False)
    op.create_index(op.f("ix_ce_broker_entry_file_id_row"), "ce_broker_entry", ["file_id", "row"], unique=False)
    op.create_index(op.f("ix_ce_broker_entry_state_due_on"), "ce_broker_entry", ["state", "due_on"], unique=False)

    op.create_table(
        "ce_broker_line",
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(outcome = '') = (decided_at IS NULL)", name=op.f("ck_ce_broker_line_decided")),
        sa.CheckConstraint("outcome IN ('', 'accepted', 'rejected')", name=op.f("ck_ce_broker_line_outcome")),
        sa.CheckConstraint("row >= 1", name=op.f("ck_ce_broker_line_row")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_ce_broker_line_decided_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["entry_id"], ["ce_broker_entry.id"], name=op.f("fk_ce_broker_line_entry_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["file_id"], ["ce_broker_file.id"], name=op.f("fk_ce_broker_line_file_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("file_id", "row", name=op.f("pk_ce_broker_line")),
    )
    op.create_index(op.f("ix_ce_broker_line_entry_id"), "ce_broker_line", ["entry_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_ce_broker_line_entry_id"), table_name="ce_broker_line")

    op.drop_table("ce_broker_line")
    op.drop_index(op.f("ix_ce_broker_entry_state_due_on"), table_name="ce_broker_entry")
    op.drop_index(op.f("ix_ce_broker_entry_file_id_row"), table_name="ce_broker_entry")
    op.drop_index(op.f("ix_ce_broker_entry_certificate_id"), table_name="ce_broker_entry")

    op.drop_table("ce_broker_entry")
    op.drop_table("ce_broker_setting")
    op.drop_table("ce_broker_file")
