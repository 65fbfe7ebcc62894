"""How far a sign-in has come: complete, or waiting for its second factor."""

from __future__ import annotations

from enum import StrEnum

OFFERED, ADMINISTRATORS, STAFF = "offered", "administrators", "staff"
WHO_NEEDS_ONE = (OFFERED, ADMINISTRATORS, STAFF)
"""The values of the setting `second_factor`."""


class Stage(StrEnum):
    COMPLETE = "complete"
    ASKED = "asked"  # the second factor is on, and was not given in this sign-in
    LED = "led"  # the person's role needs one, and it is not set up yet


def needs_factor(setting: str, *, is_administrator: bool, works_in_organisation: bool) -> bool:
    """Whether somebody with these roles must have a second factor on this server."""
    return setting != OFFERED and (is_administrator or (setting == STAFF and works_in_organisation))


def stage_of(*, has_factor: bool, gave_factor: bool, needs_one: bool) -> Stage:
    """How far a sign-in is. One that gave a factor which was switched off since counts as one without."""
    if has_factor:
        return Stage.COMPLETE if gave_factor else Stage.ASKED
    return Stage.LED if needs_one else Stage.COMPLETE
