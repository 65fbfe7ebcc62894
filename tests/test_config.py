"""Settings: typed, from file and environment, and refused when unsafe (G1)."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from ceapp.config import ROOT, Settings, load_settings
from ceapp.errors import Unsafe


def test_without_any_setting_it_is_safe_and_local() -> None:
    settings = load_settings({})
    assert (settings.address, settings.is_https, settings.has_public_address) == ("http://127.0.0.1:8000", False, False)
    assert settings.database == f"sqlite:///{ROOT / 'instance' / 'ceapp.sqlite3'}"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('port = 8080\nhost = "::1"\n')
    settings = load_settings({"CEAPP_INSTANCE": str(tmp_path), "CEAPP_PORT": "9090"})
    assert (settings.port, settings.address) == (9090, "http://[::1]:9090")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"host": "0.0.0.0"}, "plain http"),
        ({"base_url": "http://ce.example.org"}, "plain http"),
        ({"base_url": "https://ce.example.org", "debug": "true"}, "debug"),
        ({"base_url": "ftp://ce.example.org"}, "plain address"),
        ({"base_url": "https://ce.example.org/ce"}, "plain address"),
        ({"secret_key": "short"}, "secret_key"),
        ({"port": "eighty"}, "whole number"),
        ({"port": "0"}, "1 to 65535"),
        ({"workers": "0"}, "workers"),
        ({"debug": "maybe"}, "true or false"),
        ({"colour": "green"}, "no setting 'colour'"),
        ({"host": "0.0.0.0", "allow_plain_http": "true"}, "needs base_url"),
        ({"host": "10.0.0.5", "allow_plain_http": "true"}, "needs base_url"),
        ({"base_url": "https://ce.example.org", "demo": "true"}, "demo"),
        ({"secret_key": "x" * 31}, "shorter than 32"),
        ({"log": "xml"}, "log must be"),
        ({"metrics_token": "x" * 15}, "shorter than 16"),
        ({"slow_query_ms": "-1"}, "slow_query_ms"),
        ({"drain_seconds": "61"}, "drain_seconds"),
        ({"proxy_hops": "6"}, "proxy_hops"),
        ({"sign_up": "code", "sign_up_code": "12345"}, "sign_up_code"),
        ({"mail_url": "smtp://mail.example.org"}, "mail_from"),
    ],
)
def test_g1_what_is_unsafe_is_refused_in_one_line(values: dict[str, Any], words: str) -> None:
    with pytest.raises(Unsafe, match=words) as problem:
        load_settings({}, **values)
    assert "\n" not in problem.value.message


@pytest.mark.parametrize(
    "values",
    [
        {"host": "0.0.0.0", "allow_plain_http": "true", "base_url": "http://ce.example.org"},
        {"host": "0.0.0.0", "base_url": "https://ce.example.org"},
        {"base_url": "http://localhost:8000", "debug": "true", "demo": "true"},
        {"secret_key": "x" * 32},
        {"log": "off"},
        {"metrics_token": "x" * 16},
        {"slow_query_ms": "0", "drain_seconds": "60", "proxy_hops": "5"},
        {"sign_up": "code", "sign_up_code": "123456"},
        {"mail_url": "smtp://mail.example.org", "mail_from": "ce@example.org"},
    ],
)
def test_g1_control_the_safe_form_of_each_is_not_refused(values: dict[str, Any]) -> None:
    assert load_settings({}, **values)


@pytest.mark.parametrize(
    ("name", "meant"), [("CEAPP_BASEURL", "CEAPP_BASE_URL"), ("CEAPP_PROXY_HOP", "CEAPP_PROXY_HOPS"), ("CEAPP_MAILURL", "CEAPP_MAIL_URL")]
)
def test_g1_a_misspelt_variable_is_refused(name: str, meant: str) -> None:
    with pytest.raises(Unsafe, match=meant):
        load_settings({name: "1"})


def test_g1_variables_of_other_programs_are_left_alone() -> None:
    assert load_settings({"CEAPP_ROUNDS": "3", "CEAPP_PICTURES": "x", "CEAPP_TEST_DATABASE": "x", "LOG": "xml"})


def test_g1_a_settings_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text("port = [")
    with pytest.raises(Unsafe, match=r"settings\.toml"):
        load_settings({"CEAPP_INSTANCE": str(tmp_path)})


@pytest.mark.parametrize(("base_url", "public"), [("", False), ("http://localhost:8000", False), ("https://ce.example.org", True)])
def test_only_an_address_that_strangers_reach_is_public(base_url: str, public: bool) -> None:
    assert load_settings({}, base_url=base_url).has_public_address is public


def test_every_setting_is_documented() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    assert [each.name for each in fields(Settings) if f"`{each.name}`" not in text] == []


@pytest.mark.parametrize("url", ["mysql://ceapp@db/ceapp", "nonsense", "sqlite:ceapp.sqlite3", "postgres://ceapp@db/ceapp"])
def test_g1_another_kind_of_database_is_refused_in_one_line(url: str) -> None:
    with pytest.raises(Unsafe, match="database_url must begin with"):
        load_settings({"CEAPP_DATABASE_URL": url})
