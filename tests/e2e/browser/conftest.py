"""Lakes of every kind behind a real server, and a real browser that looks at them."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from tests.conftest import World
from tests.e2e.browser.toolchain import axe_source, browser

import backbeat
from backbeat.api import Lake
from backbeat.dashboard.access import Access
from backbeat.dashboard.app import create_app
from backbeat.dashboard.serve import listen
from backbeat.simulate import simulate

CUSTOMERS = 60


@contextmanager
def serving(lake: Lake, access: Access | None = None, base: str = "") -> Iterator[str]:
    """The address of a dashboard of a lake, with an engine of its own, for as long as the block lasts."""
    socket = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(create_app(Lake(lake.config), access=access, base=base), log_level="error"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}{base}"
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Look:
    """A tab of the browser, and what went wrong in it: console errors, requests elsewhere, answers that failed."""

    page: Any
    origin: str
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on(
            "console", lambda said: self._note(f"console: {said.text}") if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self._note(f"script: {error}"))
        self.page.on("request", lambda asked: None if self._is_here(asked.url) else self._note(f"asked {asked.url}"))
        self.page.on("response", lambda got: self._note(f"{got.status} {got.url}") if got.status >= 400 else None)

    def visit(self, path: str) -> Any:
        """Open a page and wait until its charts are drawn."""
        self.page.goto(f"{self.origin}/{path}")
        return self.ready()

    def ready(self) -> Any:
        """Wait until the charts are drawn."""
        self.page.wait_for_selector("html[data-ready]", timeout=60_000)
        return self.page

    def findings(self) -> list[str]:
        """What axe-core objects to on the page as it is."""
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def _is_here(self, url: str) -> bool:
        return url.startswith((f"{self.origin}/", "data:", "blob:"))


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser. A missing part is an error that says what to type."""
    axe_source()
    with browser() as opened:
        yield opened


Looker = Callable[..., Any]


@pytest.fixture(scope="session")
def look(chromium: Any) -> Looker:
    """Opens a tab on a server: `with look(origin, width=390, color_scheme="dark") as tab`."""

    @contextmanager
    def opened(origin: str, *, width: int = 1440, **settings: Any) -> Iterator[Look]:
        context = chromium.new_context(viewport={"width": width, "height": 900}, **settings)
        context.add_init_script(axe_source())
        yield Look(context.new_page(), origin)
        context.close()

    return opened


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A small demo world with some bad rows, run and checked."""
    root = tmp_path_factory.mktemp("demo")
    simulate(root / "raw", customers=CUSTOMERS, seed=7)
    bad = [{"session_id": f"x{n}", "customer_id": "<i>c</i>", "started_at": "=never"} for n in range(3)]
    World(root).write("sessions/bad.parquet", bad)
    lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"), now="2025-09-02T00:00:00Z")
    lake.run(close=True)
    lake.check()
    found: Lake = lake
    return found


@pytest.fixture(scope="session")
def lonely_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake with one customer who came once."""
    world = World(tmp_path_factory.mktemp("lonely"))
    world.customers("only", country="<script>alert(1)</script>")
    world.sessions(("s", "only", "2025-07-01T10:00:00Z"))
    world.run()
    return world.open()


@pytest.fixture(scope="session")
def empty_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake without a session."""
    world = World(tmp_path_factory.mktemp("empty"))
    world.customers("only")
    world.run()
    return world.open()


@pytest.fixture(scope="session")
def no_lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """No lake at all."""
    return World(tmp_path_factory.mktemp("none")).open()


@pytest.fixture(scope="session")
def demo(demo_lake: Lake) -> Iterator[str]:
    """The address of the small demo's dashboard."""
    with serving(demo_lake) as origin:
        yield origin


@pytest.fixture
def other_lake(tmp_path: Path) -> World:
    """A world that a test may run again."""
    world = World(tmp_path)
    world.write("customers/c.parquet", [{"customer_id": f"c{n}", "country": "SE"} for n in range(20)])
    world.sessions(*[(f"s{n}", f"c{n}", "2025-07-01T10:00:00Z") for n in range(10)])
    world.run()
    return world
