"""offers of courses, vouchers, how enrolments came about, and payments that were made elsewhere"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "course_offer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("price", sa.String(length=400), nullable=False),
        sa.Column("refund", sa.String(length=2000), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("code_hash = '' OR way = 'by code'", name=op.f("ck_course_offer_code")),
        sa.CheckConstraint("way IN ('open', 'by code', 'by hand')", name=op.f("ck_course_offer_way")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_course_offer_version")),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_course_offer_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_course_offer_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_offer")),
        sa.UniqueConstraint("course_slug", "version", name=op.f("uq_course_offer_course_slug_version")),
        sa.UniqueConstraint("form_key", name=op.f("uq_course_offer_form_key")),
    )
    op.create_table(
        "voucher_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("course_slug", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("size BETWEEN 1 AND 500", name=op.f("ck_voucher_batch_size")),
        sa.ForeignKeyConstraint(["course_slug"], ["course.slug"], name=op.f("fk_voucher_batch_course_slug"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_voucher_batch_made_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher_batch")),
        sa.UniqueConstraint("form_key", name=op.f("uq_voucher_batch_form_key")),
    )
    op.create_index(op.f("ix_voucher_batch_course_slug"), "voucher_batch", ["course_slug"], unique=False)
    op.create_table(
        "voucher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("number BETWEEN 1 AND 500", name=op.f("ck_voucher_number")),
        sa.ForeignKeyConstraint(["batch_id"], ["voucher_batch.id"], name=op.f("fk_voucher_batch_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voucher")),
        sa.UniqueConstraint("batch_id", "number", name=op.f("uq_voucher_batch_id_number")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_voucher_code_hash")),
    )
    op.create_table(
        "enrolment_way",
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("offer_id", sa.Uuid(), nullable=True),
        sa.Column("voucher_id", sa.Uuid(), nullable=True),
        sa.Column("enrolled_by", sa.Uuid(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("(way = 'by hand') = (enrolled_by IS NOT NULL)", name=op.f("ck_enrolment_way_by_hand")),
        sa.CheckConstraint("(way = 'voucher') = (voucher_id IS NOT NULL)", name=op.f("ck_enrolment_way_voucher")),
        sa.CheckConstraint("way IN ('open', 'by code', 'voucher', 'by hand')", name=op.f("ck_enrolment_way_way")),
        sa.ForeignKeyConstraint(["enrolled_by"], ["person.id"], name=op.f("fk_enrolment_way_enrolled_by"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_way_enrolment_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["offer_id"], ["course_offer.id"], name=op.f("fk_enrolment_way_offer_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["voucher_id"], ["voucher.id"], name=op.f("fk_enrolment_way_voucher_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_enrolment_way")),
        sa.UniqueConstraint("voucher_id", name=op.f("uq_enrolment_way_voucher_id")),
    )
    op.create_table(
        "enrolment_payment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("enrolment_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("refund", sa.String(length=16), nullable=False),
        sa.Column("refund_on", sa.Date(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("ciphertext", sa.LargeBinary(), nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.CheckConstraint("(refund = 'none') = (refund_on IS NULL)", name=op.f("ck_enrolment_payment_refund_on")),
        sa.CheckConstraint("refund IN ('none', 'asked', 'refunded', 'declined')", name=op.f("ck_enrolment_payment_refund")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_enrolment_payment_version")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_enrolment_payment_enrolment_id"), ondelete="RESTRICT"),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_enrolment_payment_set_by"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment_payment")),
        sa.UniqueConstraint("enrolment_id", "version", name=op.f("uq_enrolment_payment_enrolment_id_version")),
        sa.UniqueConstraint("form_key", name=op.f("uq_enrolment_payment_form_key")),
    )


def downgrade() -> None:
    op.drop_table("enrolment_payment")
    op.drop_table("enrolment_way")
    op.drop_table("voucher")
    op.drop_index(op.f("ix_voucher_batch_course_slug"), table_name="voucher_batch")
    op.drop_table("voucher_batch")
    op.drop_table("course_offer")
