"""Seals by the server's secret while it is changed: an earlier or next secret is accepted, the present one seals.

Flask and Flask-WTF hand the secrets on to itsdangerous, which takes any iterable of them; so each seal is looked at with those that are
accepted at that moment, and an earlier secret ends without a restart.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

from ceapp import clock
from ceapp.keys import Keys


@dataclass(frozen=True, slots=True)
class Accepted:
    """The secrets that are accepted when somebody asks, the one that seals last; `others_only` leaves that one out."""

    keys: Keys
    others_only: bool = False

    def __iter__(self) -> Iterator[str]:
        found = self.keys.secrets(clock.now())
        return iter(found[:-1] if self.others_only else found)


class Resealing(SecureCookieSessionInterface):
    """The session cookie, sealed anew where it was sealed by another secret: a page opened during the change works after it.

    Its signer is made once for the secrets that are accepted, and not twice for every request, as Flask's own would be.
    """

    def __init__(self) -> None:
        self._made: tuple[tuple[object, ...], Any] = ((), None)

    def get_signing_serializer(self, app: Flask) -> Any:
        accepted = (*app.config["SECRET_KEY_FALLBACKS"], app.secret_key)
        secrets, signer = self._made
        if secrets != accepted:
            signer = super().get_signing_serializer(app)
            self._made = (accepted, signer)
        return signer

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if session.accessed and session and not self._is_by_present_secret(app):
            session.modified = True
        super().save_session(app, session, response)

    def _is_by_present_secret(self, app: Flask) -> bool:
        brought = request.cookies.get(self.get_cookie_name(app))
        if brought is None or not [*app.config["SECRET_KEY_FALLBACKS"]]:  # There is no other secret.
            return True
        present = super().get_signing_serializer(app)
        if present is None:
            return True
        present.secret_keys = present.secret_keys[-1:]
        return bool(present.loads_unsafe(brought)[0])
