"""Lists come in pages."""


def pages_of(count: int, size: int) -> int:
    """How many pages of this size so many rows fill; an empty list is one empty page."""
    return max(1, -(-count // size))
