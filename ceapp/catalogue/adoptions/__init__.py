"""Adoption of course revisions: who wrote and who reviewed one, and answers for it."""
