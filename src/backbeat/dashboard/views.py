"""What a page template shows: a page's blocks with their numbers, titles, definitions and links."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from backbeat import content
from backbeat.build.windows import Window
from backbeat.dashboard import answers, charts
from backbeat.dashboard.answers import METRIC_COLUMNS, Answer
from backbeat.dashboard.filters import Filters, presets
from backbeat.dashboard.format import NOTHING, Form, span, words
from backbeat.dashboard.reader import Edition, Reader
from backbeat.dashboard.tiles import Tile, tile
from backbeat.specs import Block, Metric, Page

SLIDER_STEPS = 200


@dataclass(frozen=True)
class BlockView:
    """One block: a tile, a table with its answer, or a chart whose answer comes later."""

    number: int
    block: Block
    title: str
    note: str
    definition: str
    tile: Tile | None = None
    answer: Answer | None = None

    @property
    def kind(self) -> str:
        return "tile" if self.tile else "chart" if self.block.chart else "table"


@dataclass(frozen=True)
class Choice:
    """A filter by slice: its values and which of them are chosen."""

    name: str
    title: str
    options: tuple[str, ...]
    chosen: tuple[str, ...]


def block_views(reader: Reader, page: Page, filters: Filters) -> list[BlockView]:
    """The blocks of a page. Charts' rows are not read yet: they come after first paint."""
    return [_block(reader, page, number, block, filters) for number, block in enumerate(page.blocks)]


def block_views_of(reader: Reader, page: Page, number: int, filters: Filters) -> BlockView:
    """One block of a page."""
    return _block(reader, page, number, page.blocks[number], filters)


def _block(reader: Reader, page: Page, number: int, block: Block, filters: Filters) -> BlockView:
    metric = _metric(block)
    title = block.title or (metric.title if metric else words(block.table or ""))
    definition = definition_of(block, metric)
    if block.tile:
        return BlockView(number, block, title, block.note, definition, tile=tile(reader, block.tile, filters))
    if block.chart:
        return BlockView(number, block, title, block.note, definition)
    found = answers.answer(reader, page, number, filters)
    return BlockView(number, block, title, block.note, definition, answer=found)


def _metric(block: Block) -> Metric | None:
    name = block.tile or block.metric
    if name:
        return content.metrics()[name]
    drawn = ((metric.table, metric.column) for metric in content.metrics().values())
    matches = zip(content.metrics().values(), drawn, strict=True)
    return next((metric for metric, (table, column) in matches if table == block.table and column in block.y), None)


def definition_of(block: Block, metric: Metric | None) -> str:
    """What is counted, in words: the metric's definition, else the table's description."""
    if metric:
        return _plain(metric.definition)
    table = content.tables().get(block.table or "")
    return _plain(table.description) if table else ""


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "").split())


def choices(reader: Reader, page: Page, filters: Filters) -> list[Choice]:
    """The slices that a page offers, with the values that are no small group in the default window."""
    values = reader.answer("choices", lambda edition: _values(reader, edition))
    return [
        Choice(
            name,
            words(name),
            tuple(sorted({*values.get(name, ()), *filters.by_slice.get(name, ())})),
            tuple(filters.by_slice.get(name, ())),
        )
        for name in content.slices()
        if name in page.filters
    ]


def _values(reader: Reader, edition: Edition | None) -> dict[str, list[str]]:
    if edition is None or "gold.kpis" not in edition.tables:
        return {}
    rows = reader.house.rows(
        "select distinct slice, slice_value from gold.kpis where window_kind = 'default' and not is_small and slice <> 'all'"
    )
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["slice"], []).append(row["slice_value"])
    return found


def preset_links(reader: Reader, edition: Edition | None, filters: Filters) -> Iterator[tuple[str, str, bool]]:
    """The windows people ask for often: name, query, and whether it is the one shown."""
    if edition is None:
        return
    shown = filters.window(reader.lake.config, edition.clock)
    for name, window in presets(reader.lake.config, edition.clock).items():
        query = filters.query(**{"from": window.first, "to": window.last})
        yield name, query, shown is not None and (shown.first, shown.last) == (window.first, window.last)


def verdict(tiles: Sequence[Tile], form: Form) -> str | None:
    """One sentence: what is better, what is worse, and whether to believe it."""
    moved = [
        (each, each.change)
        for each in tiles
        if each.change and each.change.difference is not None and each.change.is_covered
    ]
    if not moved or not tiles[0].window:
        return None
    parts = [f"{each.metric.title.lower()} {_moved(change.difference or 0, form)}" for each, change in moved if change]
    against = moved[0][1]
    assert against
    told = f"{span(tiles[0].window)} against {span(against.window)}: {', '.join(parts)}."
    return f"{told} {_belief([each for each, _ in moved])}"


def _moved(difference: float, form: Form) -> str:
    if not difference:
        return "did not move"
    return f"{'rose' if difference > 0 else 'fell'} by {form.number(abs(difference), 1)} points"


def _belief(tiles: Sequence[Tile]) -> str:
    if any("provisional" in (each.status, each.change.status if each.change else "") for each in tiles):
        return "The newer numbers are provisional: more sessions may still come."
    unclear = [
        each.metric.title.lower()
        for each in tiles
        if each.change and each.change.difference and each.change.is_clear is False
    ]
    doubt = f" What {' and '.join(unclear)} did may be chance." if unclear else ""
    return f"Both windows are final.{doubt}"


def spark_points(values: Sequence[float | None], width: float = 120, height: float = 32) -> str:
    """A sparkline's points as SVG's polyline has them; gaps are left out."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    low, high = min(value for _, value in known), max(value for _, value in known)
    room, step = (high - low) or 1, width / max(len(values) - 1, 1)
    points = ((place * step, height - 3 - (value - low) / room * (height - 6)) for place, value in known)
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def table_rows(answer: Answer, form: Form) -> list[list[str]]:
    """An answer's cells as text."""
    is_kpi = {*METRIC_COLUMNS} <= {*answer.columns}
    return [[_cell(form, name, row.get(name), is_kpi=is_kpi) for name in answer.columns] for row in answer.rows]


def number_columns(answer: Answer) -> set[str]:
    """The columns that hold numbers, wherever they hold anything."""
    return {name for name in answer.columns if any(_is_number(row.get(name)) for row in answer.rows)}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _cell(form: Form, name: str, value: Any, *, is_kpi: bool) -> str:
    if is_kpi and name == "value" and isinstance(value, float):
        return form.percent(value, 2)
    return form.cell(name, value) if value != "" else NOTHING


def window_words(window: Window | None) -> str:
    """A window for a heading."""
    return span(window) if window else "no sessions yet"


def what_is_described(view: BlockView, answer: Answer) -> str:
    """The chart in a sentence."""
    return charts.described(view.block, answer.rows)
