"""That a text was taken away."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from ceapp.database import Id, Instant, Model


class TextRemoval(Model):
    """That the text of a row is gone, how long it was, who took it away and when. Why is encrypted; empty where its author did it."""

    __tablename__ = "text_removal"
    __table_args__ = (
        UniqueConstraint("kind", "text_id"),
        CheckConstraint("kind IN ('reflection', 'accommodation', 'grievance')", name="kind"),
        CheckConstraint("words >= 0", name="words"),
    )

    id: Mapped[Id]
    kind: Mapped[str] = mapped_column(String(16))
    text_id: Mapped[UUID] = mapped_column(Uuid)  # of the row that held it; no foreign key, since it is one of several tables
    words: Mapped[int] = mapped_column(Integer)
    form_key: Mapped[str] = mapped_column(String(64), unique=True)
    removed_at: Mapped[Instant]
    removed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="RESTRICT"))
    key_id: Mapped[str] = mapped_column(String(16))
    ciphertext: Mapped[bytes] = mapped_column(LargeBinary)
