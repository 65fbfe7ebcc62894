"""Certificates to export, as the tests of certificates make them, and learners who evaluate."""

from tests.certificates.conftest import issued, provider, settings_overrides
from tests.learning.conftest import learner, learner_of

__all__ = ["issued", "learner", "learner_of", "provider", "settings_overrides"]
