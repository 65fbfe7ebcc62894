"""Certificates to export, as the tests of certificates make them."""

from tests.certificates.conftest import issued, provider, settings_overrides

__all__ = ["issued", "provider", "settings_overrides"]
