"""The professions that a licence or an approval can name. Pure."""

from __future__ import annotations

OTHER = "other"

PROFESSIONS = {
    "counselor": "Counselor",
    "psychologist": "Psychologist",
    "social-worker": "Social worker",
    "marriage-and-family-therapist": "Marriage and family therapist",
}
"""By the name that records keep; whatever else there is, people write in their own words."""


def profession_words(profession: str, own_words: str = "") -> str:
    """How a profession is written."""
    return own_words if profession == OTHER else PROFESSIONS[profession]


CHOICES = {**PROFESSIONS, OTHER: "Another profession"}
"""For a select, with the way to write another one."""
