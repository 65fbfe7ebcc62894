"""The cookies of accounts: out of reach of scripts and of other sites, and with https bound to this host."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, request
from werkzeug.wrappers import Response

from ceapp.accounts.mailed_codes import LIFE, LONGEST_WAIT


def set_cookie(response: Response, name: str, value: str, life: timedelta) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(name, value, max_age=life, path="/", secure=secure, httponly=True, samesite="Lax")


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=current_app.config["SESSION_COOKIE_SECURE"], httponly=True, samesite="Lax")


def sign_in_token() -> str | None:
    """The sign-in token that this browser brought."""
    return request.cookies.get(current_app.config["SIGN_IN_COOKIE_NAME"])


def code_secret(purpose: str) -> str | None:
    """The secret of the browser that asked for a code."""
    return request.cookies.get(_name(purpose))


def keep_code_secret(response: Response, purpose: str, secret: str) -> None:
    """For as long as the code may be on its way and then live: a slow mail server must not make it worthless."""
    set_cookie(response, _name(purpose), secret, LONGEST_WAIT + LIFE)


def drop_code_secret(response: Response, purpose: str) -> None:
    drop_cookie(response, _name(purpose))


def _name(purpose: str) -> str:
    return f"{current_app.config['SIGN_IN_COOKIE_NAME']}-code-{purpose}"
