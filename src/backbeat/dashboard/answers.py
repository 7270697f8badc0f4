"""A block of a page and a reader's filters → the rows that it shows."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from backbeat import content
from backbeat.build.windows import Window
from backbeat.dashboard import filters as asked
from backbeat.dashboard.filters import Filters
from backbeat.dashboard.mask import masked
from backbeat.dashboard.reader import Edition, Reader
from backbeat.dashboard.sources import NOBODY, obeyed_by_table, shown_source
from backbeat.dashboard.table_sql import block_sql
from backbeat.dashboard.thin import thinned
from backbeat.measure.numbers import numbers, stored_numbers
from backbeat.specs import Block, Page
from backbeat.texts import finite

METRIC_COLUMNS = ("value", "numerator", "denominator", "status")


@dataclass(frozen=True)
class Answer:
    """Rows under columns. `ignored` are the filters that are set and not obeyed; `hint` says why there is nothing."""

    columns: tuple[str, ...] = ()
    rows: Sequence[dict[str, Any]] = ()
    ignored: tuple[str, ...] = ()
    hint: str | None = None
    drawn: tuple[str, ...] = ()

    @property
    def is_drawable(self) -> bool:
        """Whether there is a number to draw."""
        return any(row.get(name) is not None for row in self.rows for name in self.drawn)


TOO_EARLY = "No value yet: the lake is not old enough, or too few customers are left."


def answer(reader: Reader, page: Page, number: int, filters: Filters) -> Answer:
    """What a block of a page shows, kept until the lake moves. The block's number counts from 0."""
    block = page.blocks[number]
    question = ("block", page.name, number, filters)
    return reader.answer(question, lambda edition: _drawn(block, _answer(reader, edition, page, block, filters)))


def _drawn(block: Block, found: Answer) -> Answer:
    """The answer with the columns that a chart draws, and why it can't where all of them are null."""
    names = ("value",) if block.metric else (block.color,) if block.color else (*block.y, *filter(None, (block.count,)))
    drawn = replace(found, drawn=tuple(name for name in names if name))
    return replace(drawn, hint=TOO_EARLY) if block.chart and found.rows and not drawn.is_drawable else drawn


def _answer(reader: Reader, edition: Edition | None, page: Page, block: Block, filters: Filters) -> Answer:
    window = filters.window(reader.lake.config, edition.clock) if edition else None
    if edition is None or (window is None and not (block.table and f"ops.{block.table}" in edition.tables)):
        return Answer(hint=what_to_run(reader, edition))
    if block.table:
        found = _table(reader, edition, block, filters, window)
        return found if found.rows else replace(found, hint=found.hint or _nothing(edition, page, block))
    assert window
    shown = _slices if block.by else _months
    return shown(edition, block, filters, window)


def what_to_run(reader: Reader, edition: Edition | None) -> str:
    """What fills a lake that is not there, or has no sessions."""
    config = reader.lake.config
    if edition is None:
        return f"There is no lake at {config.lake} yet. Type: backbeat run --lake {config.lake} --raw RAW"
    return f"The lake has no sessions yet. Put files into {config.raw}/sessions, then type: backbeat run"


def _nothing(edition: Edition, page: Page, block: Block) -> str:
    made_by = page.made_by.get(block.table or "")
    if made_by or not {f"gold.{block.table}", f"ops.{block.table}"} & edition.tables:
        return f"Nothing here yet. To fill {block.table}, type: {made_by or 'backbeat run'}"
    return "There are none."


def _slices(edition: Edition, block: Block, filters: Filters, window: Window) -> Answer:
    assert block.metric and block.by
    rows = numbers(
        edition.counts, block.metric, window, by=block.by, where=filters.by_slice, engaged_sessions=filters.threshold
    )
    parts = [{block.by: row["slice_value"], **_measured(row)} for row in rows if row["slice"] == block.by]
    return Answer((block.by, *METRIC_COLUMNS), parts, hint=None if parts else NOBODY)


def _months(edition: Edition, block: Block, filters: Filters, window: Window) -> Answer:
    assert block.metric
    months = [days for days in asked.calendar_months(edition.clock) if days[0] <= window.last][-asked.MONTHS_SHOWN :]
    rows = [
        {"month": first, **_measured(month_row(edition, block.metric, Window("month", first, last), filters))}
        for first, last in months
    ]
    return Answer(("month", *METRIC_COLUMNS), rows)


def month_row(edition: Edition, metric: str, month: Window, filters: Filters) -> dict[str, Any]:
    """A metric over a calendar month; of all customers as gold.kpis has it, which may be some minutes old."""
    where, threshold = filters.by_slice, filters.threshold
    stored = [] if where else stored_numbers(edition.counts, metric, month, engaged_sessions=threshold)
    return (stored or numbers(edition.counts, metric, month, where=where, engaged_sessions=threshold))[0]


def _measured(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in METRIC_COLUMNS}


def _table(reader: Reader, edition: Edition, block: Block, filters: Filters, window: Window | None) -> Answer:
    assert block.table
    columns = content.table_columns().get(block.table, ())
    ignored = tuple(sorted(filters.names - obeyed_by_table(block, columns) - {"threshold"}))
    with shown_source(reader, edition, block.table, filters, window) as source:
        if source.name is None:
            return Answer(ignored=ignored, hint=source.hint)
        sql, values = block_sql(block, source.name, columns, filters, reader.lake.config.min_group)
        found = reader.house.arrow(sql, **values)
    rows = thinned(found, block) if block.chart else found.to_pylist()
    return Answer(tuple(found.column_names), [masked(finite(row)) for row in rows], ignored, source.hint)
