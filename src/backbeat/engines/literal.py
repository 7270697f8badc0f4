"""Text as SQL, the same on every engine."""


def literal(text: str) -> str:
    """The text in single quotes, those in it doubled."""
    return "'" + text.replace("'", "''") + "'"
