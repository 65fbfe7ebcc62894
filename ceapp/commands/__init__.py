"""The `ceapp …` commands: thin; each asks a feature and prints what it said."""


def main() -> None:
    """The console script."""
    from ceapp.commands.command_line import run  # noqa: PLC0415 - a worker of the server is in this package too, and needs no command

    run()
