"""The report as PBIR: a page a page of lakehouse/pages, its filters as slicers, its blocks as visuals below each other."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby

from backbeat import content
from backbeat.powerbi.blocks import GAP, MARGIN, WIDTH, block_visual, months_visual, slice_visual
from backbeat.powerbi.cards import cards_visual
from backbeat.powerbi.names import short_id, words
from backbeat.powerbi.nouns import Model
from backbeat.powerbi.pbir import VERSIONS, Document, Field, Visual, literal, schema, visual_document
from backbeat.powerbi.tables import slice_table
from backbeat.powerbi.theme import BASE, THEME, base_theme, theme
from backbeat.specs import Block, Page

SLICER_HEIGHT = 80
PLACE = "item/report/definition"


def report(model: Model, name: str) -> dict[str, str]:
    """The files of the report's folder, path → text."""
    pages = {page.name: page for page in content.pages().values()}
    ids = [short_id("page", page) for page in pages]
    documents: dict[str, Document] = {
        "definition.pbir": {
            "$schema": schema("item/report/definitionProperties/2.0.0"), "version": "4.0",
            "datasetReference": {"byPath": {"path": f"../{name}.SemanticModel"}},
        },
        "definition/version.json": {"$schema": schema(f"{PLACE}/versionMetadata/1.0.0"), "version": "2.0.0"},
        "definition/report.json": _report(),
        "definition/pages/pages.json": {
            "$schema": schema(f"{PLACE}/pagesMetadata/1.1.0"), "pageOrder": ids, "activePageName": ids[0],
        },
        f"StaticResources/SharedResources/BaseThemes/{BASE}.json": base_theme(),
        f"StaticResources/RegisteredResources/{THEME}.json": theme(),
    }  # fmt: skip
    for page in pages.values():
        documents |= dict(_page(model, page))
    return {path: text(document) for path, document in documents.items()}


def text(document: Document) -> str:
    """A document as Power BI Desktop writes it."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def page_visuals(model: Model, page: Page) -> list[Visual]:
    """Slicers, then the metrics' cards, then the blocks in their order."""
    tiles = tuple(block.tile for block in page.blocks if block.tile)
    cards = [cards_visual(model, tiles, WIDTH - 2 * MARGIN)] if tiles else []
    return [*_slicers(page), *cards, *_drawn(model, page)]


def _drawn(model: Model, page: Page) -> Iterator[Visual]:
    """The charts and tables; lines of metrics of one unit that follow each other are one chart."""
    blocks = [block for block in page.blocks if not block.tile]
    for unit, run in groupby(blocks, _unit_by_month):
        if unit:
            yield months_visual(model, [*run])
        else:
            made = (slice_visual(model, b) if b.metric else block_visual(model, page, b) for b in run)
            yield from (visual for visual in made if visual)


def _unit_by_month(block: Block) -> str | None:
    return content.metrics()[block.metric].unit if block.metric and not block.by else None


def placed(visuals: list[Visual]) -> Iterator[tuple[Visual, int, int]]:
    """Where each visual stands: side by side as long as there is room, then below; what is no slicer fills its row."""
    y = 16
    for row in _rows(visuals):
        x, filled = MARGIN, _filled(row)
        for visual in filled:
            yield visual, x, y
            x += visual.width + GAP
        y += row[0].height + GAP


def _rows(visuals: list[Visual]) -> list[list[Visual]]:
    rows: list[list[Visual]] = []
    for visual in visuals:
        if rows and rows[-1][0].height == visual.height and _free([*rows[-1], visual]) >= 0:
            rows[-1].append(visual)
        else:
            rows.append([visual])
    return rows


def _filled(row: list[Visual]) -> list[Visual]:
    able = [visual for visual in row if visual.kind != "slicer"]
    return [replace(v, width=v.width + _free(row) // len(able)) if v in able else v for v in row]


def _free(row: list[Visual]) -> int:
    return WIDTH - 2 * MARGIN - sum(visual.width for visual in row) - (len(row) - 1) * GAP


def _page(model: Model, page: Page) -> Iterator[tuple[str, Document]]:
    name, places = short_id("page", page.name), list(placed(page_visuals(model, page)))
    height = max([720, *(y + visual.height + 16 for visual, _, y in places)])
    folder = f"definition/pages/{name}"
    yield f"{folder}/page.json", {
        "$schema": schema(f"{PLACE}/page/{VERSIONS['page']}"), "name": name, "displayName": page.title,
        "displayOption": "FitToWidth", "height": height, "width": WIDTH,
    }  # fmt: skip
    for order, (visual, x, y) in enumerate(places):
        document = visual_document(page.name, visual, x, y, order)
        yield f"{folder}/visuals/{document['name']}/visual.json", document


def _slicers(page: Page) -> Iterator[Visual]:
    if "dates" in page.filters:
        yield _slicer("dates", Field("Dates", "Date"), "Between", "Days", 320)
    for name in page.filters:
        if name in content.slices():
            yield _slicer(name, Field(slice_table(name), words(name)), "Dropdown", words(name), 176)


def _slicer(name: str, field: Field, mode: str, title: str, width: int) -> Visual:
    objects = {
        "data": [{"properties": {"mode": literal(mode)}}],
        "header": [{"properties": {"show": literal(True), "text": literal(title)}}],
    }
    return Visual(
        f"slicer {name}",
        "slicer",
        "",
        f"Choose: {title.lower()}",
        {"Values": (field,)},
        width,
        SLICER_HEIGHT,
        objects,
        sync=name,
    )


def _report() -> Document:
    def resources(kind: str, name: str, path: str, item: str) -> Document:
        return {"name": kind, "type": kind, "items": [{"name": name, "path": path, "type": item}]}

    return {
        "$schema": schema(f"{PLACE}/report/{VERSIONS['report']}"),
        "themeCollection": {
            "baseTheme": {"name": BASE, "reportVersionAtImport": VERSIONS, "type": "SharedResources"},
            "customTheme": {"name": f"{THEME}.json", "reportVersionAtImport": VERSIONS, "type": "RegisteredResources"},
        },
        "resourcePackages": [
            resources("SharedResources", BASE, f"BaseThemes/{BASE}.json", "BaseTheme"),
            resources("RegisteredResources", f"{THEME}.json", f"{THEME}.json", "CustomTheme"),
        ],
        "settings": {
            "useStylableVisualContainerHeader": True, "exportDataMode": "AllowSummarized", "defaultDrillFilterOtherVisuals": True,
            "allowChangeFilterTypes": True, "useEnhancedTooltips": True, "useDefaultAggregateDisplayName": True,
        },
    }  # fmt: skip
