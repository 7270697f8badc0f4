"""The report as PBIR: a page a page of lakehouse/pages, its filters as slicers, its blocks as visuals below each other."""

import json
from collections.abc import Iterator

from backbeat import content
from backbeat.content import Page
from backbeat.powerbi.blocks import GAP, MARGIN, WIDTH, block_visual, tile_visual, width_of
from backbeat.powerbi.metric_dax import WINDOW
from backbeat.powerbi.names import short_id, words
from backbeat.powerbi.nouns import Model
from backbeat.powerbi.pbir import VERSIONS, Document, Field, Visual, literal, schema, visual_document
from backbeat.powerbi.tables import slice_table
from backbeat.powerbi.theme import BASE, THEME, base_theme, theme

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
    """Slicers, then cards, then the blocks in their order."""
    tiles = [block.tile for block in page.blocks if block.tile]
    width = (WIDTH - 2 * MARGIN - (len(tiles) - 1) * GAP) // max(len(tiles), 1)
    blocks = (block_visual(model, page, number) for number, block in enumerate(page.blocks) if not block.tile)
    return [*_slicers(model, page), *(tile_visual(model, name, width) for name in tiles), *(v for v in blocks if v)]


def placed(visuals: list[Visual]) -> Iterator[tuple[Visual, int, int]]:
    """Where each visual stands: side by side as long as there is room, then below."""
    x, y, row = MARGIN, 16, 0
    for visual in visuals:
        if x > MARGIN and (x + visual.width > WIDTH - MARGIN or visual.height != row):
            x, y = MARGIN, y + row + GAP
        yield visual, x, y
        x, row = x + visual.width + GAP, visual.height


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


def _slicers(model: Model, page: Page) -> Iterator[Visual]:
    if "dates" in page.filters:
        yield _slicer("dates", Field("Dates", "Date"), "Between", "Days", 320)
    for name in page.filters:
        if name in content.slices():
            yield _slicer(name, Field(slice_table(name), words(name)), "Dropdown", words(name), 176)
    if any(block.tile or block.metric for block in page.blocks):
        field = Field(model.home(WINDOW), WINDOW, True)
        told = "The days that the metrics are about, and whether they may still change."
        yield Visual("window", "cardVisual", "", told, {"Data": (field,)}, width_of("third") - 40, SLICER_HEIGHT)


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
