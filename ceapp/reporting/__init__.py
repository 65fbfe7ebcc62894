"""Exports over everything: certificates in bulk, rosters."""

from flask import Flask


def install(app: Flask) -> None:
    """Register the pages of this feature."""
