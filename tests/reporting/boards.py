"""What an administrator types to have completions reported to CE Broker; the numbers are made up."""

from __future__ import annotations

from datetime import date
from typing import Any

from ceapp.reporting.ce_broker.settings import SettingInput


def setting_input(**changes: Any) -> SettingInput:
    values: dict[str, Any] = {
        "is_active": True,
        "provider_number": "1234",
        "course_number": "56789",
        "own_number": "",
        "publishing_number": "",
        "profession_code": "RN",
        "subject_code": "",
        "hours": "",
        "days": 30,
        "first_day": date(2026, 1, 1),
        "approval_id": None,
    }
    return SettingInput(**{**values, **changes})
