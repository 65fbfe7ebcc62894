"""mail, organisations, supervision, exports

The new columns have defaults in the database, so that a server of the version before goes on while this one is rolled out.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No version before wrote a membership, so the table is made anew.
    op.drop_table("membership")
    op.create_table(
        "membership",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_trainee", sa.Boolean(), nullable=False),
        sa.Column("is_supervisor", sa.Boolean(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("returned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("left_on IS NOT NULL OR is_trainee OR is_supervisor OR is_administrator", name=op.f("ck_membership_role")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint("organisation_id", "person_id", name=op.f("uq_membership_organisation_id_person_id")),
    )
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)

    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False))

    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email_confirmed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("wants_reminders", sa.Boolean(), server_default=sa.true(), nullable=False))

    with op.batch_alter_table("series", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_series_person_id_course_slug"), ["person_id", "course_slug"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_series_id_purpose"), ["id", "purpose"])

    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proved_at", sa.DateTime(timezone=True), server_default="1970-01-01 00:00:00+00:00", nullable=False))
        batch_op.add_column(sa.Column("browser", sa.String(length=80), server_default="", nullable=False))

    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("letter", sa.String(length=48), nullable=False),
        sa.Column("occurrence", sa.String(length=200), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("values", sa.LargeBinary(), nullable=False),
        sa.Column("at_most_once", sa.Boolean(), nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(sent_at IS NULL OR cancelled_at IS NULL) AND (sent_at IS NULL OR failed_at IS NULL)"
            " AND (cancelled_at IS NULL OR failed_at IS NULL)",
            name=op.f("ck_message_one_end"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("occurrence", name=op.f("uq_message_occurrence")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_person_id"), ["person_id"], unique=False)
        batch_op.create_index(
            "ix_message_waiting",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"),
            postgresql_where=sa.text("sent_at IS NULL AND cancelled_at IS NULL AND failed_at IS NULL"),
        )

    op.create_table(
        "export",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("selection", sa.JSON(), nullable=False),
        sa.Column("paper", sa.String(length=8), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("ready", sa.Integer(), nullable=False),
        sa.Column("unprintable", sa.JSON(), nullable=False),
        sa.Column("taken_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_export_asked_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export")),
    )
    with op.batch_alter_table("export", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_export_asked_by"), ["asked_by"], unique=False)
        batch_op.create_index(batch_op.f("ix_export_finished_at"), ["finished_at"], unique=False)

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("is_trainee", sa.Boolean(), nullable=False),
        sa.Column("is_supervisor", sa.Boolean(), nullable=False),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_by", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("is_trainee OR is_supervisor OR is_administrator", name=op.f("ck_invitation_role")),
        sa.ForeignKeyConstraint(["accepted_by"], ["person.id"], name=op.f("fk_invitation_accepted_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_invitation_organisation_id_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_invitation_open",
            ["organisation_id", "email"],
            unique=True,
            sqlite_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("accepted_at IS NULL AND withdrawn_at IS NULL"),
        )

    op.create_table(
        "mailed_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('sign-in', 'prove', 'change-email')", name=op.f("ck_mailed_code_purpose")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mailed_code_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailed_code")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailed_code_token_hash")),
    )
    with op.batch_alter_table("mailed_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailed_code_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_mailed_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_note_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_note")),
    )
    op.create_table(
        "supervision_group",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_supervision_group_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_group")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_supervision_group_organisation_id_id")),
        sa.UniqueConstraint("organisation_id", "name", name=op.f("uq_supervision_group_organisation_id_name")),
    )
    op.create_table(
        "assignment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=True),
        sa.Column("accepts_own_pass", sa.Boolean(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("assigned_by", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('scenarios', 'module', 'course', 'plan')", name=op.f("ck_assignment_kind")),
        sa.CheckConstraint("attempts IS NULL OR attempts >= 1", name=op.f("ck_assignment_attempts")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "assigned_by"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_assignment_organisation_id_assigned_by"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_assignment_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment")),
        sa.UniqueConstraint("form_key", name=op.f("uq_assignment_form_key")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_assignment_organisation_id_id")),
    )
    with op.batch_alter_table("assignment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_assignment_organisation_id_assigned_at"), ["organisation_id", "assigned_at"], unique=False)

    op.create_table(
        "cover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("colleague_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_cover_days")),
        sa.CheckConstraint("supervisor_id <> colleague_id", name=op.f("ck_cover_two_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "colleague_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_cover_organisation_id_colleague_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "supervisor_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_cover_organisation_id_supervisor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_cover_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    with op.batch_alter_table("cover", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cover_organisation_id_colleague_id"), ["organisation_id", "colleague_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_cover_organisation_id_supervisor_id"), ["organisation_id", "supervisor_id"], unique=False)

    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "group_id"],
            ["supervision_group.organisation_id", "supervision_group.id"],
            name=op.f("fk_group_member_organisation_id_group_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "person_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_group_member_organisation_id_person_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_group_member_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("group_id", "person_id", name=op.f("pk_group_member")),
    )
    with op.batch_alter_table("group_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_group_member_organisation_id_person_id"), ["organisation_id", "person_id"], unique=False)

    op.create_table(
        "supervision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("scope IN ('status', 'scores', 'answers', 'reflections')", name=op.f("ck_supervision_scope")),
        sa.CheckConstraint("last_day IS NULL OR last_day >= first_day", name=op.f("ck_supervision_days")),
        sa.CheckConstraint("supervisor_id <> trainee_id", name=op.f("ck_supervision_two_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "supervisor_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_supervision_organisation_id_supervisor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trainee_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_supervision_organisation_id_trainee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_supervision_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision")),
    )
    with op.batch_alter_table("supervision", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_supervision_organisation_id_trainee_id"), ["organisation_id", "trainee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_supervision_trainee_id"), ["trainee_id"], unique=False)
        batch_op.create_index(
            "uq_supervision_open",
            ["organisation_id", "supervisor_id", "trainee_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "assigned_scenario",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("scenario_slug", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_assigned_scenario_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "assignment_id"],
            ["assignment.organisation_id", "assignment.id"],
            name=op.f("fk_assigned_scenario_organisation_id_assignment_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_assigned_scenario_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("assignment_id", "position", name=op.f("pk_assigned_scenario")),
        sa.UniqueConstraint(
            "organisation_id", "assignment_id", "position", name=op.f("uq_assigned_scenario_organisation_id_assignment_id_position")
        ),
    )
    op.create_table(
        "attempt_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["granted_by"], ["person.id"], name=op.f("fk_attempt_grant_granted_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_attempt_grant_series_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_grant")),
        sa.UniqueConstraint("form_key", name=op.f("uq_attempt_grant_form_key")),
    )
    with op.batch_alter_table("attempt_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_grant_series_id"), ["series_id"], unique=False)

    op.create_table(
        "attempt_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["series_id"], ["series.id"], name=op.f("fk_attempt_request_series_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt_request")),
    )
    with op.batch_alter_table("attempt_request", schema=None) as batch_op:
        batch_op.create_index(
            "uq_attempt_request_open",
            ["series_id"],
            unique=True,
            sqlite_where=sa.text("answered_at IS NULL"),
            postgresql_where=sa.text("answered_at IS NULL"),
        )

    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("series_id", sa.Uuid(), nullable=True),
        sa.Column("series_purpose", sa.String(length=16), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("series_purpose = 'assigned'", name=op.f("ck_task_series_purpose")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "assignment_id", "position"],
            ["assigned_scenario.organisation_id", "assigned_scenario.assignment_id", "assigned_scenario.position"],
            name=op.f("fk_task_organisation_id_assignment_id_position"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trainee_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_task_organisation_id_trainee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_task_organisation_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["series_id", "series_purpose"],
            ["series.id", "series.purpose"],
            name=op.f("fk_task_series_id_series_purpose"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("assignment_id", "position", "trainee_id", name=op.f("uq_task_assignment_id_position_trainee_id")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_task_organisation_id_id")),
        sa.UniqueConstraint("series_id", name=op.f("uq_task_series_id")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_organisation_id_trainee_id"), ["organisation_id", "trainee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_trainee_id"), ["trainee_id"], unique=False)

    op.create_table(
        "extension",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.Column("extended_by", sa.Uuid(), nullable=False),
        sa.Column("extended_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "extended_by"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_extension_organisation_id_extended_by"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "task_id"],
            ["task.organisation_id", "task.id"],
            name=op.f("fk_extension_organisation_id_task_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_extension_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    with op.batch_alter_table("extension", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_extension_organisation_id_task_id"), ["organisation_id", "task_id"], unique=False)

    op.create_table(
        "reflection_reading",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.String(length=64), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_reflection_reading_attempt_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "reader_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_reflection_reading_organisation_id_reader_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trainee_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_reflection_reading_organisation_id_trainee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_reflection_reading_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reflection_reading")),
    )
    with op.batch_alter_table("reflection_reading", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reflection_reading_organisation_id_trainee_id"), ["organisation_id", "trainee_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_reflection_reading_trainee_id"), ["trainee_id"], unique=False)

    op.create_table(
        "released_pass",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("passed_on", sa.Date(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_released_pass_attempt_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "task_id"],
            ["task.organisation_id", "task.id"],
            name=op.f("fk_released_pass_organisation_id_task_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_released_pass_organisation_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_released_pass")),
        sa.UniqueConstraint("organisation_id", "task_id", name=op.f("uq_released_pass_organisation_id_task_id")),
    )
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("occasion", sa.String(length=16), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_reminder_message_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(
            ["organisation_id", "task_id"],
            ["task.organisation_id", "task.id"],
            name=op.f("fk_reminder_organisation_id_task_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_reminder_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("organisation_id", "task_id", "occasion", name=op.f("uq_reminder_organisation_id_task_id_occasion")),
    )
    op.create_table(
        "sign_off",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=False),
        sa.Column("trainee_id", sa.Uuid(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("note_id", sa.Uuid(), nullable=True),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "supervisor_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_sign_off_organisation_id_supervisor_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "task_id"],
            ["task.organisation_id", "task.id"],
            name=op.f("fk_sign_off_organisation_id_task_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "trainee_id"],
            ["membership.organisation_id", "membership.person_id"],
            name=op.f("fk_sign_off_organisation_id_trainee_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_sign_off_organisation_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_off")),
        sa.UniqueConstraint("organisation_id", "task_id", "supervisor_id", name=op.f("uq_sign_off_organisation_id_task_id_supervisor_id")),
    )
    with op.batch_alter_table("sign_off", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_off_organisation_id_supervisor_id"), ["organisation_id", "supervisor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_off_trainee_id"), ["trainee_id"], unique=False)


def downgrade() -> None:
    raise RuntimeError("Going back before 0002 would lose records: restore the backup that was made before the upgrade.")
