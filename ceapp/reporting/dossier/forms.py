"""What is posted to take a dossier."""

from __future__ import annotations

from ceapp.web.forms import Form


class DossierForm(Form):
    """Take the dossier."""
