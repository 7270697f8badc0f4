"""The whole numbers that stand for ids."""

import hashlib


def key_of(name: str) -> int:
    """The first 15 hexadecimal digits of the md5."""
    return int(hashlib.md5(name.encode()).hexdigest()[:15], 16)
