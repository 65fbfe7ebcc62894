"""Texts that are taken away: by whoever wrote them, or by an administrator with a reason; what stays is that they were there."""
