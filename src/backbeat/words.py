"""Numbers and nouns as people read them."""


def counted(count: int, noun: str) -> str:
    """`1 file`, `1,234 files`."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"
