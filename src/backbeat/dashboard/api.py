"""/api: the same numbers for programs, as JSON or CSV."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from backbeat import content
from backbeat.alert.tables import ASKED_FOR
from backbeat.config import Config
from backbeat.dashboard import reference
from backbeat.dashboard.filters import HIGHEST_THRESHOLD
from backbeat.dashboard.open_tables import open_tables, table_page
from backbeat.dashboard.reader import Edition, Reader
from backbeat.errors import UsageError
from backbeat.measure import Kpis, kpis
from backbeat.texts import csv_text, json_text

MOST_ROWS = 10_000
FARTHEST = 1_000_000_000
_ERROR = {
    "description": "What is wrong, in words.",
    "content": {"application/json": {"schema": {"type": "object", "properties": {"error": {"type": "string"}}}}},
}
ERRORS: dict[int | str, Any] = dict.fromkeys((400, 404, 503), _ERROR)
_JSON = {"schema": {"type": "object"}}
EITHER: dict[int | str, Any] = {
    **ERRORS,
    200: {
        "description": "JSON, or CSV where Accept prefers text/csv.",
        "content": {"application/json": _JSON, "text/csv": {"schema": {"type": "string"}}},
    },
}
Day = Annotated[date | None, Query(description="Whole days, both included; give both or neither.")]
Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="How many rows at most.")]
Offset = Annotated[int, Query(ge=0, le=FARTHEST, description="How many rows to leave out first.")]

router = APIRouter(tags=["api"])


@router.get("/healthz", tags=["operations"], responses={503: _ERROR}, summary="Is the lake there?")
def healthz(request: Request) -> dict[str, str | None]:
    """`ok`, or `empty` where there is no lake yet, and how far the data reaches."""
    with Reader.of(request).reading() as edition:
        as_of = edition.clock.as_of.isoformat() if edition and edition.clock.as_of else None
    return {"status": "ok" if edition else "empty", "as_of": as_of}


@router.get("/api", include_in_schema=False)
def documentation(request: Request) -> Response:
    """The API's own page, without a script."""
    values = reference.page(request.app.openapi())
    return HTMLResponse(request.app.state.templates.render("api.html", request, **values))


@router.get("/api/kpis", responses=EITHER, response_class=Response, summary="The KPIs of a window")
def api_kpis(
    request: Request,
    first: Annotated[Day, Query(alias="from")] = None,
    last: Annotated[Day, Query(alias="to")] = None,
    engaged_sessions: Annotated[int | None, Query(ge=1, le=HIGHEST_THRESHOLD)] = None,
    by: Annotated[list[str] | None, Query(description="Slice by country, device or plan.")] = None,
    where: Annotated[list[str] | None, Query(description="Keep customers: country=SE; again for more.")] = None,
    metric: Annotated[list[str] | None, Query(description="Only these metrics.")] = None,
) -> Response:
    """What `backbeat kpis --format json` prints, from the same code."""
    asked: dict[str, Any] = {
        "first": _sane(first), "last": _sane(last), "engaged_sessions": engaged_sessions, "by": tuple(dict.fromkeys(by or ())),
        "where": _where(where or []), "metrics": tuple(metric or ()),
    }  # fmt: skip
    reader = Reader.of(request)
    found = reader.answer(("kpis", repr(asked)), lambda edition: _kpis(reader, _demanded(reader, edition), asked))
    return _answer(request, found.document(), found.to_arrow().column_names, found.to_arrow().to_pylist())


def _kpis(reader: Reader, edition: Edition, asked: dict[str, Any]) -> Kpis:
    return kpis(reader.house, edition.clock, counts=edition.counts, **asked)


@router.get("/api/tables", summary="The tables there are")
def api_tables() -> list[dict[str, Any]]:
    """Every table without customer ids: its name, its grain, its columns."""
    return [
        {"name": name, "grain": table.grain, "columns": list(table.columns)} for name, table in open_tables().items()
    ]


@router.get("/api/tables/{name}", responses=EITHER, response_class=Response, summary="The rows of a table")
def api_table(request: Request, name: str, limit: Limit = 100, offset: Offset = 0) -> Response:
    """Rows in the order of the table's key; `next` leads to the following ones. Groups of too few customers are merged as `other`."""
    if name not in open_tables():
        raise HTTPException(404, f"there is no table '{name[:60]}' here; there are {', '.join(open_tables())}")
    reader, table = Reader.of(request), open_tables()[name]
    rows, total = reader.answer(
        ("table", name, limit, offset), lambda edition: table_page(reader, edition, table, limit, offset)
    )
    following = f"{request.scope['root_path']}/api/tables/{name}?limit={limit}&offset={offset + limit}"
    document = {
        "table": name,
        "total": total,
        "limit": limit,
        "offset": offset,
        "next": following if offset + limit < total else None,
    }
    return _answer(request, {**document, "rows": rows}, table.columns, rows)


@router.get("/api/metrics", summary="What is counted, in words")
def api_metrics() -> list[dict[str, Any]]:
    """Every metric: its question, its definition, its unit and which way is better."""
    fields = (
        "name",
        "title",
        "question",
        "definition",
        "kind",
        "unit",
        "better",
        "target",
        "version",
        "owner",
        "headline",
    )
    return [
        {name: getattr(metric, name) for name in fields} | {"slices": list(metric.slices)}
        for metric in content.metrics().values()
    ]


@router.get("/api/alerts", responses=EITHER, response_class=Response, summary="Incidents, the newest first")
def api_alerts(
    request: Request,
    state: Annotated[Literal["firing", "resolved"] | None, Query(description="Only those.")] = None,
    every: Annotated[bool, Query(alias="all", description="Those of severity info, too.")] = False,
    limit: Limit = 100,
    offset: Offset = 0,
) -> Response:
    """Rows of gold.alerts; none where nothing is watched yet."""
    reader = Reader.of(request)
    rows = reader.answer(
        ("alerts", state, every, limit, offset), lambda edition: _alerts(reader, edition, state, every, limit, offset)
    )
    return _answer(request, {"limit": limit, "offset": offset, "alerts": rows}, ALERTS, rows)


ALERTS = (
    "alert",
    "series",
    "opened_at",
    "resolved_at",
    "state",
    "peak_value",
    "expected",
    "score",
    "rule_version",
    "severity",
)


def _alerts(
    reader: Reader, edition: Any, state: str | None, every: bool, limit: int, offset: int
) -> list[dict[str, Any]]:
    if edition is None or "gold.alerts" not in edition.tables:
        return []
    sql = f"""
select {", ".join(ALERTS)}
from gold.alerts
where {ASKED_FOR}
order by opened_at desc, alert, series
limit {limit} offset {offset}"""
    return reader.house.rows(sql, state=state, every=every)


def _answer(
    request: Request,
    document: Any,
    names: Sequence[str],
    flat: Sequence[Mapping[str, Any]],
) -> Response:
    if wants_csv(request.headers.get("accept", "")):
        return Response(csv_text(flat, names), media_type="text/csv; charset=utf-8", headers={"vary": "accept"})
    return Response(json_text(document), media_type="application/json", headers={"vary": "accept"})


def wants_csv(accept: str) -> bool:
    """Whether an Accept header prefers CSV to JSON."""
    weights = {"text/csv": 0.0, "application/json": 0.0, "*/*": 0.0}
    for part in accept.split(","):
        kind, _, rest = part.strip().partition(";")
        if kind.strip() in weights:
            weights[kind.strip()] = _weight(rest)
    return weights["text/csv"] > max(weights["application/json"], weights["*/*"] / 2)


def _weight(text: str) -> float:
    try:
        return float(text.partition("q=")[2] or 1)
    except ValueError:
        return 0.0


def _where(given: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or "\0" in value:
            raise UsageError(f"where={text[:40]}: write it as SLICE=VALUE, such as where=country=SE")
        found.setdefault(name, []).append(value)
    return found


def _sane(day: date | None) -> date | None:
    if day and not 1970 <= day.year < 9000:
        raise UsageError(f"{day}: give a year from 1970 to 8999")
    return day


def _demanded(reader: Reader, edition: Edition | None) -> Edition:
    config: Config = reader.lake.config
    if edition is None:
        raise HTTPException(503, f"there is no lake at {config.lake} yet: type `backbeat run`")
    return edition
