"""The headers of every answer, and the requests that are refused before any view sees them."""

from __future__ import annotations

import secrets
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), payment=()",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}
_ADDED = tuple(((name, value), name.lower()) for name, value in {**_ALWAYS, "Cache-Control": "no-store"}.items())
"""What every answer gets unless its view says otherwise, with the name as it is looked for."""

_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    app.before_request(_refuse_cross_site)
    app.after_request(add_headers)
    app.context_processor(lambda: {"nonce": nonce})


def nonce() -> str:
    """The nonce of this answer's scripts; fresh for every request."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(18)
    fresh: str = g.nonce
    return fresh


def _refuse_cross_site() -> None:
    """Refuse unsafe requests that another site makes the browser send (second line behind the form token)."""
    if request.method in _SAFE_METHODS:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        _refuse()
    # Under `Referrer-Policy: no-referrer` browsers write `Origin: null` on our own forms; Sec-Fetch-Site and the seal judge those.
    origin = request.headers.get("Origin")
    if origin not in (None, "null") and _host_of(origin) != request.host:
        _refuse()


def _refuse() -> NoReturn:
    g.cross_site = True  # The error page must not offer such a form again: it would carry our seal then.
    abort(403)


def _host_of(origin: str | None) -> str:
    try:
        return urlsplit(origin or "").netloc
    except ValueError:
        return ""


def add_headers(response: Response) -> Response:
    """What every answer says to the browser."""
    headers = response.headers
    have = {name.lower() for name in headers.keys()}  # noqa: SIM118 - iterating gives pairs
    headers.extend(pair for pair, key in _ADDED if key not in have)
    if response.mimetype == "text/html":
        headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce())
    elif "content-security-policy" not in have:
        headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'; sandbox"
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
