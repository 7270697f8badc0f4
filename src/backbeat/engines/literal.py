"""Text as SQL, the same on every engine."""


def literal(text: str) -> str:
    """The text in single quotes, those in it doubled."""
    return "'" + text.replace("'", "''") + "'"


def portable(text: str) -> str:
    """The text as SQL that every engine reads alike: a backslash, which some take for the beginning of another sign, apart."""
    parts = [literal(part) for part in text.split("\\")]
    return parts[0] if len(parts) == 1 else f"({' || chr(92) || '.join(parts)})"
