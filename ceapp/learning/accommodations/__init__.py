"""Accommodations: a learner says what helps them, an administrator answers, and what was granted holds."""
