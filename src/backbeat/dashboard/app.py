"""The application: pages for people, files of their charts, the API, and what all of them share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Event, Thread
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from backbeat import __version__, content
from backbeat.api import Lake
from backbeat.dashboard import api, bundle, pages
from backbeat.dashboard.access import Access, Guard
from backbeat.dashboard.filters import likely_windows
from backbeat.dashboard.reader import Reader
from backbeat.dashboard.templates import Templates
from backbeat.errors import BackbeatError, UsageError

LOOK_AHEAD_EVERY, LAST_STEP = 1.0, 10.0
DESCRIPTION = "The numbers of the dashboard for programs. No answer holds the id of a customer or a group of too few."


def create_app(lake: Lake, *, access: Access | None = None, base: str = "") -> FastAPI:
    """The dashboard of a lake as an ASGI application; `base` is the path a proxy serves it under, such as /backbeat.

    Raises UsageError where a page's file is wrong.
    """
    content.pages()
    app = FastAPI(
        title="Backbeat", version=__version__, description=DESCRIPTION, docs_url=None, redoc_url=None,
        openapi_url="/api/openapi.json", lifespan=_warm,
    )  # fmt: skip
    app.state.reader = Reader(lake)
    app.state.templates = Templates(base)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.add_exception_handler(BackbeatError, _as_answer)
    app.add_exception_handler(HTTPException, _as_answer)
    app.add_middleware(GZipMiddleware, minimum_size=800)
    app.add_middleware(Guard, access=access or Access(), base=base)
    return app


@asynccontextmanager
async def _warm(app: FastAPI) -> AsyncIterator[None]:
    """Make the charts' script and read the lake while the first reader still types the address; later look ahead."""
    stop = Event()
    thread = Thread(target=_prepare, args=(app.state.reader, stop), daemon=True)
    thread.start()
    yield
    stop.set()
    app.state.reader.interrupt()
    thread.join(LAST_STEP)  # A process that ends within the engine's work ends with a crash.


def _prepare(reader: Reader, stop: Event) -> None:
    with suppress(BackbeatError):  # Whoever asks for it first is told.
        with reader.reading():
            pass
        bundle.vega()
    while not stop.wait(LOOK_AHEAD_EVERY):
        with suppress(BackbeatError):
            reader.look_ahead(lambda edition: likely_windows(reader.lake.config, edition.clock))


async def _as_answer(request: Request, error: Exception) -> Response:
    """An error as a page for people, or as JSON for programs."""
    code, told = _code(error), _told(error)
    if "/api/" in request.url.path or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"error": told}, code)
    templates: Templates = request.app.state.templates
    return HTMLResponse(templates.render("error.html", request, code=code, told=told), code)


def _code(error: Exception) -> int:
    if isinstance(error, HTTPException):
        return error.status_code
    return 400 if isinstance(error, UsageError) else 503


def _told(error: Any) -> str:
    return str(error.detail) if isinstance(error, HTTPException) else str(error)
