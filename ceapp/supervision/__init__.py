"""Organisations at work: groups, who supervises whom, assignments, progress, sign-off."""

from flask import Flask


def install(app: Flask) -> None:
    """Register the pages of this feature."""
