"""The outbox and its sender. Features register the letters that they send; mail knows none of them."""

from flask import Flask


def install(app: Flask) -> None:
    """Make room for the letters that features register."""
    app.extensions["ceapp.letters"] = {}
