"""Asking people in: by mail, one by one or by a list."""
