"""The outbox and its sender. Features register the letters that they send; mail knows none of them."""

from flask import Flask

from ceapp.mail.background import install_background


def install(app: Flask) -> None:
    """Make room for the letters that features register, and send what waits when there is a mail server."""
    app.extensions["ceapp.letters"] = {}
    install_background(app)
