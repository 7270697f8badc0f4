"""What a visual says of itself in words: in place of the picture, under its title, and on demand."""

from collections.abc import Sequence

from backbeat import content
from backbeat.powerbi.names import words
from backbeat.powerbi.nouns import ModelTable
from backbeat.powerbi.tables import meaning, parts_of
from backbeat.specs import Block, Metric, Page


def listed(names: Sequence[str], last: str = "and") -> str:
    """A, B and C."""
    return f" {last} ".join((", ".join(names[:-1]), names[-1])) if len(names) > 1 else names[0]


def in_place(title: str, note: str) -> str:
    """What is read aloud in place of the picture."""
    return f"{title}. {note}".strip().rstrip(".") + "."


def under(table: ModelTable, page: Page, block: Block) -> str:
    """What stands under a block's title: its note, and which slicers of the page its table does not obey."""
    return f"{block.note} {_obeyed(table, page)}".strip()


def _obeyed(table: ModelTable, page: Page) -> str:
    offered = [str(name) for name in page.filters if name in content.slices()]
    if table.layer != "gold" or not offered:
        return ""
    if parts_of(table.source):
        return "Of the customers chosen; blank where they are too few."
    return f"Of everybody; blank where {listed(offered, 'or')} is chosen."


def definitions(metrics: Sequence[Metric]) -> str:
    """What metrics are."""
    return "\n".join(f"{metric.title}: {metric.definition}" for metric in metrics)


def meanings(table: ModelTable, columns: Sequence[str]) -> str:
    """What columns mean, or where there are none of the table, what the table is."""
    return "\n".join(f"{words(name)}: {meaning(name)}" for name in columns if table.column(name)) or table.description
