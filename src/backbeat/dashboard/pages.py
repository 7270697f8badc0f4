"""Pages for people, the files of their charts, and the assets."""

import json
import mimetypes
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from backbeat import content
from backbeat.dashboard import answers, bundle, views
from backbeat.dashboard.answers import Answer
from backbeat.dashboard.charts import chart
from backbeat.dashboard.facts import facts
from backbeat.dashboard.filters import Filters, parse
from backbeat.dashboard.pictures import TYPES, picture
from backbeat.dashboard.reader import Reader
from backbeat.dashboard.templates import ASSETS, Templates, form_of
from backbeat.dashboard.theme import THEMES
from backbeat.dashboard.threshold import threshold_of
from backbeat.specs import Block, Page
from backbeat.texts import csv_text

router = APIRouter(include_in_schema=False)
FOREVER = {"cache-control": "public, max-age=31536000, immutable"}
FRESH = {"cache-control": "no-cache"}
PICTURE_WIDTH = 900
STATIC = ("dashboard.css", "dashboard.js", "icon.svg")


@router.get("/assets/vega.js")
def vega(request: Request) -> Response:
    """Vega as one script."""
    script = bundle.vega()
    is_zipped = "gzip" in request.headers.get("accept-encoding", "")
    headers = {**FOREVER, "vary": "accept-encoding", **({"content-encoding": "gzip"} if is_zipped else {})}
    return Response(script.gzipped if is_zipped else script.plain, media_type="text/javascript", headers=headers)


@router.get("/assets/{name}")
def asset(name: str) -> Response:
    """A style sheet, a script or an icon of our own."""
    if name not in STATIC:
        raise HTTPException(404, f"there is no {name}")
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Response((ASSETS / name).read_bytes(), media_type=kind, headers=FRESH)


@router.get("/pulse")
def pulse(request: Request) -> Response:
    """What changes whenever the numbers do; open live pages ask for it."""
    with Reader.of(request).reading() as edition:
        return JSONResponse({"edition": hash(edition.key if edition else ())}, headers=FRESH)


@router.get("/charts/{page_name}/{number}.{kind}")
def chart_file(request: Request, page_name: str, number: int, kind: str) -> Response:
    """A block of a page as JSON (spec and table) for the browser, as CSV, HTML, SVG, PNG or PDF."""
    page, block = _page(page_name), _block(page_name, number)
    filters, reader = _filters(request), Reader.of(request)
    with reader.reading():
        found = answers.answer(reader, page, number, filters)
        if kind == "csv":
            return _csv(f"{page.name}-{number}", found)
        if kind == "html":
            return _data_page(request, page, number, found)
        if kind == "json":
            return _chart_json(request, page, number, found, filters)
        if kind not in TYPES or not block.chart:
            raise HTTPException(
                404, f"there is no {kind} of this; there are json, csv, html, svg, png and pdf of charts"
            )
        spec = _picture_spec(request, page, number, found, filters)
    headers = {**FRESH, "content-disposition": f'inline; filename="{page.name}-{number}.{kind}"'}
    return Response(picture(kind, json.dumps(spec)), media_type=TYPES[kind], headers=headers)


@router.get("/")
def first_page(request: Request) -> Response:
    """The page people open every morning."""
    return page_view(request, next(iter(content.pages())))


@router.get("/{page_name}")
def page_view(request: Request, page_name: str) -> Response:
    """A page, whole but for its charts."""
    page, filters, reader = _page(page_name), _filters(request), Reader.of(request)
    with reader.reading() as edition:
        blocks = views.block_views(reader, page, filters)
        form = form_of(request, reader.lake.config.zone)
        values = {
            "page": page, "blocks": blocks, "filters": filters, "form": form, "facts": facts(reader, edition),
            "choices": views.choices(reader, page, filters), "hint": _hint(reader, edition),
            "presets": [*views.preset_links(reader, edition, filters)],
            "window": filters.window(reader.lake.config, edition.clock) if edition else None,
            "threshold": threshold_of(reader, edition, filters),
            "verdict": views.verdict([view.tile for view in blocks if view.tile], form),
        }  # fmt: skip
    return HTMLResponse(_templates(request).render("page.html", request, **values), headers=FRESH)


def _hint(reader: Reader, edition: Any) -> str | None:
    if edition is None or edition.clock.as_of is None:
        return answers.what_to_run(reader, edition)
    return None


def _chart_json(request: Request, page: Page, number: int, found: Answer, filters: Filters) -> Response:
    view = views.block_views_of(Reader.of(request), page, number, filters)
    form = form_of(request, Reader.of(request).lake.config.zone)
    values = {"view": view, "answer": found, "form": form}
    table = _templates(request).render("data.html", request, **values)
    spec = _spec(request, page, number, found, filters) if found.is_drawable else None
    told = views.what_is_described(view, found)
    answer = {"spec": spec, "table": table, "hint": found.hint, "ignored": found.ignored, "described": told}
    return JSONResponse(answer, headers=FRESH)


def _spec(request: Request, page: Page, number: int, found: Answer, filters: Filters, width: Any = "container") -> Any:
    reader, block = Reader.of(request), page.blocks[number]
    theme = THEMES.get(request.query_params.get("theme", ""), THEMES["light"])
    with reader.reading() as edition:
        threshold = threshold_of(reader, edition, filters)
    form = form_of(request, reader.lake.config.zone)
    return chart(block, found.rows, form, theme=theme, threshold=threshold, width=width)


def _picture_spec(request: Request, page: Page, number: int, found: Answer, filters: Filters) -> Any:
    if not found.is_drawable:
        raise HTTPException(404, found.hint or "there is nothing to draw")
    spec = _spec(request, page, number, found, filters, PICTURE_WIDTH)
    spec |= {
        "background": "white" if request.query_params.get("theme") != "dark" else THEMES["dark"].paper,
        "padding": 12,
    }
    title = (
        {"title": {"text": page.blocks[number].title, "anchor": "start", "offset": 12}}
        if page.blocks[number].title
        else {}
    )
    return {**spec, **title}


def _csv(name: str, found: Answer) -> Response:
    headers = {**FRESH, "content-disposition": f'attachment; filename="{name}.csv"'}
    return Response(csv_text(found.rows, found.columns), media_type="text/csv; charset=utf-8", headers=headers)


def _data_page(request: Request, page: Page, number: int, found: Answer) -> Response:
    reader = Reader.of(request)
    with reader.reading() as edition:
        values = {
            "page": page, "view": views.block_views_of(reader, page, number, _filters(request)), "answer": found,
            "form": form_of(request, reader.lake.config.zone), "facts": facts(reader, edition), "filters": _filters(request),
        }  # fmt: skip
    return HTMLResponse(_templates(request).render("data_page.html", request, **values), headers=FRESH)


def _filters(request: Request) -> Filters:
    return parse(request.query_params.multi_items())


def _page(name: str) -> Page:
    if name not in content.pages():
        raise HTTPException(404, f"there is no page '{name[:40]}'; there are {', '.join(content.pages())}")
    return content.pages()[name]


def _block(page_name: str, number: int) -> Block:
    blocks = _page(page_name).blocks
    if not 0 <= number < len(blocks) or blocks[number].tile:
        raise HTTPException(404, f"the page {page_name} has no chart or table {number}")
    return blocks[number]


def _templates(request: Request) -> Templates:
    found: Templates = request.app.state.templates
    return found
