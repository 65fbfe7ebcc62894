"""What is posted to take an audit pack."""

from __future__ import annotations

from ceapp.web.forms import Form


class PackForm(Form):
    """Take the pack."""
