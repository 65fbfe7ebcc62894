"""The settings: one typed table, read from `instance/settings.toml` and overridden by `CEAPP_…` variables."""

from __future__ import annotations

import difflib
import ipaddress
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ceapp.errors import Unsafe
from ceapp.log_lines import KINDS

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds `ceapp/`, `scenarios/`, `migrations/` and `instance/`."""


_DATABASES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


KEPT_AT_LEAST = {"keep_records_years": 7, "keep_training_years": 7, "keep_private_years": 1, "keep_mail_years": 1}
"""Settings for how long records are kept, with the years that no setting makes shorter. `reporting.retention.rules` says of what."""


def _setting(default: object, about: str) -> Any:
    return field(default=default, metadata={"about": about})


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting. The field's name is the key in the file; `CEAPP_` and the name in capitals is the variable."""

    instance: str = _setting("instance", "Folder of the database, keys, settings and extra fonts.")
    scenarios: str = _setting("scenarios", "Folder of the scenario files.")
    database_url: str = _setting("", "SQLAlchemy address; empty means SQLite in the instance folder.")
    secret_key: str = _setting("", "Signs forms; empty means the generated key under instance/keys/.")
    base_url: str = _setting("", "Public address, e.g. https://ce.example.org; printed on certificates.")
    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "Port to listen on.")
    workers: int = _setting(2, "Server processes.")
    threads: int = _setting(4, "Threads per server process.")
    proxy_hops: int = _setting(0, "Reverse proxies in front whose X-Forwarded headers are trusted.")
    allow_plain_http: bool = _setting(False, "Serve a non-loopback address without https; only behind a private network.")
    contact: str = _setting("", "Where people get help until the provider's page names it: an address, a telephone number, a sentence.")
    says_privacy: str = _setting("", "The provider's own words on privacy, shown on the page Privacy.")
    says_refund: str = _setting("", "The provider's words on refunds, shown where the offer of a course has none.")
    says_accommodations: str = _setting("", "The provider's words on accommodations, such as how long an answer takes.")
    says_grievances: str = _setting("", "The provider's words on grievances: who decides, how long it takes, whom to ask next.")
    says_disclosure: str = _setting("", "The provider's words on conflicts of interest and funding.")
    mail_url: str = _setting(
        "", "Mail server, e.g. smtp://user:password@mail.example.org:587 or smtps://…; empty keeps mail in the outbox."
    )
    mail_from: str = _setting("", "Sender of mail, e.g. CE office <ce@example.org>; needed with mail_url.")
    sign_up: str = _setting("open", "Who may make an account: open, code (whoever knows sign_up_code), invited, closed.")
    sign_up_code: str = _setting("", "The enrolment code that sign_up = code asks for.")
    second_factor: str = _setting(
        "offered", "Who must have a second factor: offered (nobody must), administrators (of the server), staff (also of organisations)."
    )
    postgres_tools: str = _setting("", "Folder of pg_dump and pg_restore; empty looks for them on the PATH.")
    backup_before_upgrade: bool = _setting(True, "Back up before a newer version changes the database.")
    log: str = _setting("auto", "How the log is written: json, text, off (no line for requests); auto is text on a terminal, else json.")
    slow_query_ms: int = _setting(200, "Statements that take so many milliseconds are logged; 0 logs none.")
    metrics_token: str = _setting("", "Whoever brings it may read /metrics; empty means that there is none.")
    ballast_mb: int = _setting(32, "Size of the file beside an SQLite database that is deleted to get room on a full disk; 0 keeps none.")
    drain_seconds: int = _setting(0, "How long /healthz/ready says that the server stops, before it stops.")
    migrate: bool = _setting(True, "Bring the database to the newest shape at start; false leaves that to `ceapp migrate`.")
    allow_network_database: bool = _setting(False, "Serve a SQLite file on a network file system, where its locks may not hold.")
    keep_records_years: int = _setting(7, "How long completions, certificates, evaluations, requests and grievances are kept; at least 7.")
    keep_training_years: int = _setting(7, "How long assigned work is kept; at least 7.")
    keep_private_years: int = _setting(1, "How long reflections and practice are kept; at least 1.")
    keep_mail_years: int = _setting(1, "How long it is kept that a mail was sent; at least 1.")
    demo: bool = _setting(False, "An invented agency that anybody may look at in every role; refused on a public address.")
    debug: bool = _setting(False, "Show the /components page; refused on a public address.")

    @property
    def instance_path(self) -> Path:
        return (ROOT / self.instance).resolve()

    @property
    def scenarios_path(self) -> Path:
        return (ROOT / self.scenarios).resolve()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.instance_path / 'ceapp.sqlite3'}"

    @property
    def address(self) -> str:
        """Where people reach the server, without a trailing slash."""
        return self.base_url.rstrip("/") or f"http://{_bracketed(self.host)}:{self.port}"

    @property
    def is_https(self) -> bool:
        return urlsplit(self.address).scheme == "https"

    @property
    def has_public_address(self) -> bool:
        """Whether a stranger could open the address that a certificate prints."""
        return bool(self.base_url) and not is_loopback(urlsplit(self.base_url).hostname or "")

    @property
    def trusted_hosts(self) -> list[str]:
        """The Host headers that are answered; every other one is refused."""
        hosts = {urlsplit(self.address).hostname or "", self.host, *(("localhost", "127.0.0.1", "[::1]") if is_loopback(self.host) else ())}
        return sorted(host for host in hosts if host and host not in ("0.0.0.0", "::"))  # noqa: S104 - left out, not bound


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read the settings file and the environment; `overrides` win over both.

    Raises Unsafe when a value has the wrong type, a name is unknown or the set must not be served.
    """
    environ = os.environ if environ is None else environ
    instance = str(overrides.get("instance") or environ.get("CEAPP_INSTANCE") or "instance")
    values: dict[str, object] = {"instance": instance, **_from_file((ROOT / instance) / "settings.toml"), **_from_environment(environ)}
    values.update({name: value for name, value in overrides.items() if value is not None})
    settings = Settings(**{name: _typed(name, value) for name, value in values.items()})  # type: ignore[arg-type]
    refuse_unsafe(settings)
    return settings


def refuse_unsafe(settings: Settings) -> None:
    """Raise Unsafe, with the setting to change, for a configuration that must not be served."""
    try:
        address, _ = urlsplit(settings.address), urlsplit(settings.address).port
    except ValueError:
        raise Unsafe(f"base_url must be a plain address such as https://ce.example.org, not {settings.base_url!r}.") from None
    if address.scheme not in ("http", "https") or not address.hostname or address.path.strip("/") or address.query:
        raise Unsafe(f"base_url must be a plain address such as https://ce.example.org, not {settings.base_url!r}.")
    public = not is_loopback(address.hostname) or not is_loopback(settings.host)
    if public and not settings.is_https and not settings.allow_plain_http:
        raise Unsafe("A public address over plain http sends passwords readable: set base_url to https://…, or allow_plain_http = true.")
    if settings.debug and public:
        raise Unsafe("debug = true is only for this machine: remove it, or serve on 127.0.0.1.")
    if settings.demo and public:
        raise Unsafe("demo = true lets anybody sign in as anybody: remove it, or serve on 127.0.0.1.")
    if not is_loopback(settings.host) and not settings.base_url:
        raise Unsafe(f"Listening on {settings.host} needs base_url, the address that people use; every other Host is refused then.")
    if not settings.database.startswith(_DATABASES):
        raise Unsafe("database_url must begin with sqlite:/// or postgresql://; no other database is served.")
    _refuse_half_set(settings)
    _refuse_unusable(settings)
    if settings.secret_key and len(settings.secret_key) < 32:
        raise Unsafe("secret_key is shorter than 32 characters: remove the setting to use the generated key.")
    if not (1 <= settings.port <= 65535 and 1 <= settings.workers <= 64 and 1 <= settings.threads <= 256 and 0 <= settings.proxy_hops <= 5):
        raise Unsafe("port must be 1 to 65535, workers 1 to 64, threads 1 to 256, proxy_hops 0 to 5.")


def _refuse_half_set(settings: Settings) -> None:
    if settings.sign_up not in ("open", "code", "invited", "closed"):
        raise Unsafe(f"sign_up must be open, code, invited or closed, not {settings.sign_up!r}.")
    if settings.sign_up == "code" and len(settings.sign_up_code) < 6:
        raise Unsafe("sign_up = code needs a sign_up_code of six characters or more.")
    if settings.second_factor not in ("offered", "administrators", "staff"):
        raise Unsafe(f"second_factor must be offered, administrators or staff, not {settings.second_factor!r}.")
    if settings.mail_url and (urlsplit(settings.mail_url).scheme not in ("smtp", "smtps") or not urlsplit(settings.mail_url).hostname):
        raise Unsafe("mail_url must be like smtp://user:password@mail.example.org:587 or smtps://….")
    if settings.mail_url and "@" not in settings.mail_from:
        raise Unsafe("mail_url needs mail_from, the sender of the mail, such as CE office <ce@example.org>.")


def _refuse_unusable(settings: Settings) -> None:
    if settings.log not in KINDS:
        raise Unsafe(f"log must be auto, json, text or off, not {settings.log!r}.")
    if settings.metrics_token and len(settings.metrics_token) < 16:
        raise Unsafe("metrics_token is shorter than 16 characters: make one with `openssl rand -hex 24`, or remove it.")
    if not (0 <= settings.slow_query_ms <= 600_000 and 0 <= settings.drain_seconds <= 60 and 0 <= settings.ballast_mb <= 10_000):
        raise Unsafe("slow_query_ms must be 0 to 600000, drain_seconds 0 to 60, ballast_mb 0 to 10000.")
    for name, least in KEPT_AT_LEAST.items():
        if not least <= getattr(settings, name) <= 100:
            raise Unsafe(f"{name} must be {least} to 100 years: records are kept as long as the rule asks, or longer.")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _from_file(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise Unsafe(f"{path.name} cannot be read: {problem}.") from problem


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    _refuse_misspelt(environ)
    return {name: environ[f"CEAPP_{name.upper()}"] for name in _types() if environ.get(f"CEAPP_{name.upper()}")}


def _refuse_misspelt(environ: Mapping[str, str]) -> None:
    """Other programs may have CEAPP_… variables of their own; one that is nearly a setting would be silently without effect."""
    known = [name.upper() for name in _types()]
    for name in environ:
        meant = difflib.get_close_matches(name.removeprefix("CEAPP_"), known, 1, 0.8) if name.startswith("CEAPP_") else []
        if meant and meant[0] != name.removeprefix("CEAPP_"):
            raise Unsafe(f"There is no setting {name}; CEAPP_{meant[0]} is nearest, and docs/operating.md lists all of them.")


def _types() -> dict[str, str]:
    return {each.name: str(each.type) for each in fields(Settings)}


def _typed(name: str, value: object) -> object:
    kind = _types().get(name)
    if kind is None:
        raise Unsafe(f"There is no setting {name!r}; docs/operating.md lists all of them.")
    if kind == "bool":
        if str(value).lower() in ("true", "1", "yes"):
            return True
        if str(value).lower() in ("false", "0", "no"):
            return False
        raise Unsafe(f"{name} must be true or false, not {value!r}.")
    if kind == "int":
        try:
            return int(str(value))
        except ValueError as problem:
            raise Unsafe(f"{name} must be a whole number, not {value!r}.") from problem
    return str(value)
