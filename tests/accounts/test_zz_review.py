from __future__ import annotations
from datetime import timedelta
import pytest
from ceapp.accounts import email_changes, own_passwords, sign_ins
from ceapp.accounts.models import Person, SignIn
from ceapp.database import db, transaction
from ceapp.errors import Refused
from sqlalchemy import update
from tests.accounts.test_own_account import change, HERE, LATER, settings_overrides, tess
from tests.conftest import NOW, Agency, Member


def test_p2(app, tess):
    secret, code = change(app, tess)
    with app.app_context():
        sign_ins.end_all_of(tess.id)
        with pytest.raises(Refused):
            email_changes.change_email(tess.id, secret, code, caller=HERE, now=LATER)


def test_d12_roles(app, agency, ines, tess, browser_of):
    with app.app_context(), transaction() as s:
        s.execute(update(SignIn).values(proved_at=NOW - timedelta(days=3)))
    page = browser_of(ines).get(f"/organisations/{agency.slug}/members/{tess.id}")
    assert "Confirm" in page.text[:200]
