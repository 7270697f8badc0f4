"""The Markdown pages, and the marked blocks in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SKIPPED = {".venv", ".git", "demo", "node_modules", ".pytest_cache", ".cache"}
BLOCK = re.compile(
    r"^<!-- (test|output|file: (?P<file>\S+)) -->\n```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A marked block: `test` is run, `output` is compared with what it printed, `file` is written to its path."""

    kind: str
    language: str
    text: str
    path: str | None = None


def pages() -> list[Path]:
    """Every Markdown page of the repository."""
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*.md"))
    return sorted(path for path in found if not SKIPPED & set(path.parts))


def blocks(page: Path) -> list[Block]:
    """The marked blocks of a page, in order."""
    found = BLOCK.finditer(text(page))
    return [Block(m[1].partition(":")[0], m["language"], m["text"], m["file"]) for m in found]


def text(page: Path) -> str:
    """What a page says."""
    return (ROOT / page).read_text("utf-8")


def prose(page: Path) -> str:
    """What a page says outside its code blocks."""
    return re.sub(r"^```.*?^```$", "", text(page), flags=re.MULTILINE | re.DOTALL)
