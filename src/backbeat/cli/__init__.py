"""The command line: one file a command, in the order in which data flows."""


def main() -> None:
    """Entry point of `backbeat`."""
    from backbeat.cli.app import app

    app(prog_name="backbeat")
