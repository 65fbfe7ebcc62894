"""G1: a database that is sealed is not served with other keys, and no new ones are made in the place of those that were lost."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from ceapp.app import create_app
from ceapp.config import Settings
from ceapp.database import db
from ceapp.errors import Unsafe
from ceapp.keys import Keys, load_keys, new_sealing_key
from ceapp.mail.service import queue
from ceapp.operating.sealing import refuse_lost_keys, refuse_other_keys, sealed_by_key
from tests.conftest import NOW, Member

pytestmark = pytest.mark.both_databases


@pytest.fixture
def sealed(app: Flask, tess: Member) -> Settings:
    """The settings of an instance with people and something sealed in it."""
    with app.app_context():
        for number in range(3):
            queue("code", f"code:{number}", person_id=tess.id, values={}, now=NOW)
        db.session.remove()
    settings: Settings = app.extensions["ceapp.settings"]
    return settings


@pytest.fixture
def folder(sealed: Settings) -> Path:
    return sealed.instance_path / "keys"


def test_g1_lost_keys_are_not_replaced_by_new_ones(sealed: Settings, folder: Path) -> None:
    shutil.rmtree(folder)
    with pytest.raises(Unsafe, match=r"The keys that sealed this database \(0001\) are not under instance/keys/: put them back") as problem:
        create_app(sealed)
    assert "\n" not in problem.value.message
    assert not folder.exists()
    new_sealing_key(folder, sealed_by_key(sealed))
    again = create_app(sealed)
    keys: Keys = again.extensions["ceapp.keys"]
    assert list(keys.sealing) == ["0002"]
    refuse_other_keys(sealed, keys)  # The doctor names what 0001 had sealed.


def test_g1_a_key_with_the_number_of_another_is_refused(sealed: Settings, folder: Path) -> None:
    refuse_other_keys(sealed, load_keys(folder))
    other = Keys("s", {"0001": Fernet.generate_key()})
    with pytest.raises(Unsafe, match=r"sealing-0001\.key .* is not the key that sealed this database") as problem:
        refuse_other_keys(sealed, other)
    assert "\n" not in problem.value.message


def test_one_damaged_text_keeps_nobody_from_serving(app: Flask, sealed: Settings, folder: Path) -> None:
    with app.app_context():
        db.session.connection().exec_driver_sql(
            "UPDATE message SET \"values\" = 'damaged' WHERE occurrence = 'code:0'".replace("'damaged'", "CAST('damaged' AS BLOB)")
            if db.engine.dialect.name == "sqlite"
            else "UPDATE message SET \"values\" = 'damaged'::bytea WHERE occurrence = 'code:0'"
        )
        db.session.commit()
        db.session.remove()
    refuse_other_keys(sealed, load_keys(folder))


def test_control_where_nothing_is_sealed_yet_keys_are_made(app: Flask, tess: Member) -> None:
    settings: Settings = app.extensions["ceapp.settings"]
    shutil.rmtree(settings.instance_path / "keys")
    refuse_lost_keys(settings)
    assert create_app(settings).extensions["ceapp.keys"].sealing
