"""the second factor: sealed seeds, recovery codes, resets, and when it was given in a sign-in

A server of the version before knows nothing of it and goes on: the new column may be empty, and nothing old refers to the new tables.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "second_factor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
        sa.UniqueConstraint("person_id", name=op.f("uq_second_factor_person_id")),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("second_factor_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["second_factor_id"], ["second_factor.id"], name=op.f("fk_recovery_code_second_factor_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("second_factor_id", "code_hash", name=op.f("uq_recovery_code_second_factor_id_code_hash")),
    )
    op.create_table(
        "second_factor_reset",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reset_by", sa.Uuid(), nullable=True),
        sa.Column("reset_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_second_factor_reset_person_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["reset_by"], ["person.id"], name=op.f("fk_second_factor_reset_reset_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor_reset")),
        sa.UniqueConstraint("form_key", name=op.f("uq_second_factor_reset_form_key")),
    )
    op.create_index(op.f("ix_second_factor_reset_person_id"), "second_factor_reset", ["person_id"])
    op.add_column("sign_in", sa.Column("factor_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    if op.get_bind().scalar(sa.text("SELECT count(*) FROM second_factor")):
        raise RuntimeError("Going back before 0010 would take people's second factors away: restore the backup made before the upgrade.")
    op.drop_column("sign_in", "factor_at")
    for table in ("second_factor_reset", "recovery_code", "second_factor"):
        op.drop_table(table)
