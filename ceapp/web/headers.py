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
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def install(app: Flask) -> None:
    app.before_request(_refuse_cross_site)
    app.after_request(_add_headers)
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


def _add_headers(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce())
    else:
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response
