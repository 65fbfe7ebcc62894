"""What can go wrong on purpose. Each carries a sentence that may be shown to the person as it is."""


class CeappError(Exception):
    """Something that the product foresees and can explain in one sentence."""

    status = 500
    retry_after = 0
    """Seconds after which the same request may go through; 0 where waiting does not help."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Refused(CeappError):
    """A use case said no: a limit is used up, a state forbids it. Nothing was changed."""

    status = 409


class Missing(CeappError):
    """There is no such thing, or it is not this person's: both look alike."""

    status = 404

    def __init__(self, message: str = "There is no such page, or it is not yours to open.") -> None:
        super().__init__(message)


class Malformed(CeappError):
    """The posted values cannot come from our own form. Nothing was changed."""

    status = 400


class TooMany(CeappError):
    """A guess limit was reached."""

    status = 429

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CeappError):
    """The database did not take the change in time. Nothing was changed; the same form can be sent again."""

    status = 503
    retry_after = 2

    def __init__(self, message: str = "The server is busy and nothing was saved. Your text is still in the form: send it again.") -> None:
        super().__init__(message)


class Uncertain(Unavailable):
    """The database was cut off between being told to save and saying that it has. Sending the same form again has one effect."""

    def __init__(self) -> None:
        super().__init__("The database was cut off while it was saving: this may be saved or not. Send it again: nothing is saved twice.")


class Unsafe(CeappError):
    """The configuration must not be served; the message says which setting to change."""
