"""Pages → one HTML file: no script, no address to fetch from, the same bytes for the same lake."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from backbeat import content
from backbeat.api import Lake
from backbeat.dashboard import answers, views
from backbeat.dashboard.answers import Answer
from backbeat.dashboard.charts import chart
from backbeat.dashboard.facts import facts
from backbeat.dashboard.filters import Filters, checked
from backbeat.dashboard.format import Form
from backbeat.dashboard.pictures import pictures
from backbeat.dashboard.reader import Edition, Reader
from backbeat.dashboard.templates import Templates
from backbeat.dashboard.threshold import threshold_of
from backbeat.dashboard.views import BlockView
from backbeat.errors import UsageError
from backbeat.report.svg import embedded
from backbeat.specs import Page

WIDTHS = {"third": 380, "half": 560, "whole": 1140}
MOST_ROWS = 60


@dataclass(frozen=True)
class Part:
    """A block of the report: what it shows, and its picture as SVG where it is a chart with something to draw."""

    view: BlockView
    answer: Answer
    svg: str = ""


@dataclass(frozen=True)
class Chapter:
    """A page of the report."""

    page: Page
    tiles: list[BlockView]
    parts: list[Part]
    verdict: str | None


def write(
    lake: Lake, out: Path, *, pages: Sequence[str] = (), first: date | None = None, last: date | None = None
) -> int:
    """Write a report of pages (all that have numbers) over a window (the newest final one) and return its size in bytes.

    Raises UsageError for pages and windows that don't exist, and where the file can't be written.
    """
    filters, reader = checked(first, last), Reader(lake)
    chosen = [_known(name) for name in pages] or list(content.pages().values())
    with reader.reading() as edition:
        found = list(_chapters(reader, chosen, filters, keep_empty=bool(pages)))
        chapters = list(_drawn(reader, found, threshold_of(reader, edition, filters)))
        text = _rendered(reader, edition, chapters, filters)
    return _written(out, text)


def _known(name: str) -> Page:
    if name not in content.pages():
        raise UsageError(f"there is no page '{name}'; there are {', '.join(content.pages())}")
    return content.pages()[name]


def _chapters(reader: Reader, pages: Sequence[Page], filters: Filters, *, keep_empty: bool) -> Iterator[Chapter]:
    form = _form(reader)
    for page in pages:
        found = views.block_views(reader, page, filters)
        tiles = [view for view in found if view.tile]
        parts = [_part(reader, page, view, filters) for view in found if not view.tile]
        if keep_empty or tiles or any(part.answer.rows for part in parts):
            yield Chapter(page, tiles, parts, views.verdict([view.tile for view in tiles if view.tile], form))


def _part(reader: Reader, page: Page, view: BlockView, filters: Filters) -> Part:
    return Part(view, view.answer or answers.answer(reader, page, view.number, filters))


def _drawn(reader: Reader, chapters: Sequence[Chapter], threshold: int | None) -> Iterator[Chapter]:
    """The chapters with their pictures, all drawn by one process."""
    form = _form(reader)
    to_draw = [
        part for chapter in chapters for part in chapter.parts if part.view.block.chart and part.answer.is_drawable
    ]
    drawn = iter(pictures([("svg", _spec(part, form, threshold)) for part in to_draw]))
    for chapter in chapters:
        parts = [
            _pictured(part, next(drawn)) if any(part is each for each in to_draw) else part for part in chapter.parts
        ]
        yield replace(chapter, parts=parts)


def _pictured(part: Part, svg: bytes) -> Part:
    return replace(part, svg=embedded(svg, views.what_is_described(part.view, part.answer)))


def _spec(part: Part, form: Form, threshold: int | None) -> dict[str, Any]:
    block = part.view.block
    return chart(block, part.answer.rows, form, threshold=threshold, width=WIDTHS[block.size])


def _rendered(reader: Reader, edition: Edition | None, chapters: Sequence[Chapter], filters: Filters) -> str:
    window = filters.window(reader.lake.config, edition.clock) if edition else None
    values = {
        "chapters": chapters, "form": _form(reader), "facts": facts(reader, edition, with_clock=False), "window": window,
        "filters": filters, "most": MOST_ROWS, "hint": None if window else answers.what_to_run(reader, edition),
    }  # fmt: skip
    return Templates("").render("report.html", None, **values)


def _form(reader: Reader) -> Form:
    return Form("en", reader.lake.config.zone)


def _written(out: Path, text: str) -> int:
    data = text.encode()
    try:
        out.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{out}: can't be written: {error.strerror}") from error
    return len(data)
