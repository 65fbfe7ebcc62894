"""Which page of a list was asked for."""

from flask import request

LAST = 10_000


def page_number(name: str = "page") -> int:
    """`?page=` as a number from 1 to 10,000; anything else is the first page."""
    text = request.args.get(name, "1")
    return min(max(int(text), 1), LAST) if text.isascii() and text.isdecimal() and len(text) < 10 else 1
