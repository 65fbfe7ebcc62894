"""Reminding of what was assigned, once for each occasion."""
