"""Approvals of the provider and of its courses: entered by administrators, printed by certificates whose completion day they hold."""
