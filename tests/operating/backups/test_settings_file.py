"""The settings file in a backup: never the key that signs forms."""

from __future__ import annotations

import tomllib

import pytest

from ceapp.errors import Unsafe
from ceapp.operating.backups.settings_file import secrets_in, without_secret_key, would_move

KEY = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f'port = 1\nsecret_key = "{KEY}"\nhost = "::1"\n', 'port = 1\nhost = "::1"\n'),
        (f"secret_key='{KEY}'", ""),
        (f'"secret_key" = "{KEY}" # mine\nport = 1', "port = 1"),
        (f'# why\n#secret_key = "{KEY}-old"\nport = 1\n', "# why\nport = 1\n"),
        ("port = 1 # secret_key is elsewhere\n", "port = 1 # secret_key is elsewhere\n"),
        (f'secret_key = """\n{KEY}\n"""\nport = 1\n', "port = 1\n"),
        (f'contact = "ask {KEY}"\nsecret_key = "{KEY}"\n', f'contact = "ask {KEY}"\n'),
    ],
)
def test_the_key_is_taken_out_and_the_rest_stays(text: str, kept: str) -> None:
    assert without_secret_key(text) == kept
    assert "secret_key" not in tomllib.loads(without_secret_key(text))


def test_what_else_is_secret_is_named() -> None:
    text = 'mail_url = "smtp://a:b@mail"\nsign_up_code = "tulips"\ndatabase_url = "postgresql://ceapp@db/ceapp"\n'
    assert secrets_in(text) == ("mail_url", "sign_up_code")
    assert secrets_in('database_url = "postgresql:///ceapp?password=x"') == ("database_url",)
    assert secrets_in('metrics_token = "0123456789abcdef"') == ("metrics_token",)
    assert secrets_in("port = 1") == ()


def test_what_cannot_be_read_is_said() -> None:
    with pytest.raises(Unsafe, match=r"settings\.toml"):
        without_secret_key("port = [")


@pytest.mark.parametrize(
    ("text", "environ", "moved"),
    [
        ("port = 1", {}, []),
        ('database_url = "postgresql://elsewhere/ceapp"', {}, ["database_url"]),
        ('database_url = "postgresql://elsewhere/ceapp"', {"CEAPP_DATABASE_URL": "sqlite://"}, []),
        ('scenarios = "scenarios"', {}, []),
        ('scenarios = "/other"', {}, ["scenarios"]),
    ],
)
def test_settings_that_would_move_the_server_are_noticed(text: str, environ: dict[str, str], moved: list[str]) -> None:
    assert would_move(text, environ, {"database_url": "", "scenarios": "scenarios"}) == moved
