"""Backups: made while the server serves, verified before they count, restored all or not at all."""
