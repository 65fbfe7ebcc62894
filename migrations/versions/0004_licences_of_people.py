"""licences of people"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "licence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("profession", sa.String(length=40), nullable=False),
        sa.Column("profession_words", sa.String(length=80), nullable=False),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("place_words", sa.String(length=80), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("is_printed", sa.Boolean(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(place = 'other') = (place_words <> '')", name=op.f("ck_licence_place")),
        sa.CheckConstraint("(profession = 'other') = (profession_words <> '')", name=op.f("ck_licence_profession")),
        sa.CheckConstraint("number <> ''", name=op.f("ck_licence_number")),
        sa.CheckConstraint("slot BETWEEN 1 AND 10", name=op.f("ck_licence_slot")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_licence_person_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("person_id", "profession", "profession_words", "place", "place_words", "number", name="uq_licence_identity"),
        sa.UniqueConstraint("person_id", "slot", name=op.f("uq_licence_person_id_slot")),
    )


def downgrade() -> None:
    op.drop_table("licence")
