"""Whose server this is, as every page says it, and the address under which certificates are checked."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from ceapp.certificates import queries
from ceapp.config import Settings
from ceapp.database import db

FRESH_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Site:
    name: str = "ceapp"
    contact: str = ""


@dataclass(frozen=True, slots=True)
class ProviderSays:
    """What the provider says of itself in its own words, from the settings; empty where it says nothing."""

    privacy: str = ""
    refund: str = ""
    accommodations: str = ""
    grievances: str = ""
    disclosure: str = ""

    @classmethod
    def of(cls, settings: Settings) -> ProviderSays:
        return cls(
            settings.says_privacy, settings.says_refund, settings.says_accommodations, settings.says_grievances, settings.says_disclosure
        )


class SiteCache:
    """The provider's name and contact in this process, at most some seconds old, so that pages pay no query for them."""

    def __init__(self, contact: str = "") -> None:
        self._contact = contact  # of the settings, until the provider's facts name one
        self._lock = threading.Lock()
        self._site = Site(contact=contact)
        self._read_at: float | None = None

    def site(self) -> Site:
        with self._lock:
            if self._read_at is not None and time.monotonic() - self._read_at < FRESH_SECONDS:
                return self._site
            self._read_at = time.monotonic()  # Others take the old one meanwhile, also when reading fails.
        try:
            facts = queries.newest_provider_facts()
        except SQLAlchemyError:
            db.session.rollback()
            return self._site
        self._site = Site(facts.name, facts.contact or self._contact) if facts else Site(contact=self._contact)
        return self._site

    def forget(self) -> None:
        with self._lock:
            self._read_at = None


def install_site(app: Flask) -> None:
    """Give every page `site_name`, `site_contact` and `provider_says`."""
    settings: Settings = app.extensions["ceapp.settings"]
    cache, says = SiteCache(settings.contact), ProviderSays.of(settings)
    app.extensions["ceapp.site"] = cache

    def names() -> dict[str, object]:
        site = cache.site()
        return {"site_name": site.name, "site_contact": site.contact, "provider_says": says}

    app.context_processor(names)


def forget_site() -> None:
    """The provider's facts have changed in this process."""
    cache: SiteCache = current_app.extensions["ceapp.site"]
    cache.forget()


def has_public_address() -> bool:
    """Whether a stranger could open the address that certificates print."""
    return _settings().has_public_address


def verify_address() -> str:
    return f"{_settings().address}/verify"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["ceapp.settings"]
    return settings
