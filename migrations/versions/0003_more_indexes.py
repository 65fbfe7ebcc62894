"""indexes for looking up the newest deed of a kind, and for people, sign-ins and messages by their time"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_audit_entry_deed_at", "audit_entry", ["deed", "at"]),
    ("ix_sign_in_expires_at", "sign_in", ["expires_at"]),
    ("ix_person_created_at_id", "person", ["created_at", "id"]),
    ("ix_message_queued_at", "message", ["queued_at"]),
)


def upgrade() -> None:
    for name, table, columns in INDEXES:
        op.create_index(op.f(name), table, columns)


def downgrade() -> None:
    for name, table, _ in INDEXES:
        op.drop_index(op.f(name), table)
