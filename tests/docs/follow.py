"""Does what a page says: writes its files, runs its commands, compares what they print."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.docs.pages import Block, blocks


def follow(place: Any, page: Path) -> None:
    """Go through the marked blocks of a page in order."""
    printed = ""
    for block in blocks(page):
        if block.kind == "file":
            write(place.root, block)
        elif block.kind == "test":
            printed = (place.python if block.language == "python" else place.sh)(block.text)
        else:
            compare(block.text, printed)


def write(root: Path, block: Block) -> None:
    """Write a block's file."""
    assert block.path
    (root / block.path).write_text(block.text, "utf-8")


def compare(shown: str, printed: str) -> None:
    """Each line shown was printed, white space and numbers' trailing zeros apart; `…` stands for any other lines."""
    lines = [*_plain(printed)]
    for line in _plain(shown):
        assert line == "…" or line in lines, (
            f"the page shows a line that was not printed:\n{line}\n\nprinted:\n{printed}"
        )


def _plain(text: str) -> Iterator[str]:
    for line in text.splitlines():
        yield re.sub(r"(\.\d*?)0+\b", r"\1", " ".join(line.split()))
