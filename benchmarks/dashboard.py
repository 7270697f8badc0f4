"""How fast the dashboard is: a server of its own on a lake, and a browser that looks at it. Prints one figure a line.

    python benchmarks/dashboard.py LAKE [pages|windows|kpis]...

`pages`: start, first paint, charts, filter changes, bytes of the first load, memory with 10 readers (Chromium is needed).
`windows`: the same answers over stored windows and any other, by HTTP. `kpis`: inside a process, and as a command.
Times are the middle and the greatest of several. CPU is the server's, which says more where the machine is shared.
"""

import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import backbeat

TIMES = 5
READERS = 10
FILTERS = ("country=SE", "device=mobile", "plan=premium", "country=DE&device=desktop", "threshold=60")
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
BYTES = "performance.getEntries().reduce((sum, each) => sum + (each.transferSize ?? 0), 0) / 1000"


def main(lake: str, *parts: str) -> None:
    """Measure the parts that are asked for, all of them by default."""
    known: dict[str, Callable[[str], None]] = {"pages": pages, "windows": windows, "kpis": kpis}
    for part in parts or known:
        known[part](lake)


@dataclass(frozen=True)
class Server:
    """`backbeat dashboard` as a process; `ready` in seconds from the call, its imports included."""

    origin: str
    pid: int
    ready: float

    def get(self, path: str) -> bytes:
        """A page as a browser without a cache gets it."""
        asked = urllib.request.Request(f"{self.origin}/{path}", headers={"accept": "text/html"})
        with urllib.request.urlopen(asked, timeout=300) as answered:
            found: bytes = answered.read()
        return found

    def cpu(self) -> float:
        """Seconds of CPU so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Resident now, in MB."""
        line = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{self.pid}/status").read_text())
        return int(line[1]) / 1000 if line else 0

    def rest(self, seconds: float = 600) -> None:
        """Wait until it has looked ahead and does nothing any more."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while quiet < 5 and time.monotonic() < deadline:
            before = self.cpu()
            time.sleep(1)
            quiet = quiet + 1 if self.cpu() - before < 0.1 else 0


@contextmanager
def served(lake: str) -> Iterator[Server]:
    """A server of a lake on a free port."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "backbeat", "dashboard", "--lake", lake, "--port", "0"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    address = next(found for line in process.stderr if (found := re.search(r"http://[^ ]+(?=/$)", line.strip())))
    server = Server(address[0], process.pid, 0)
    server.get("healthz")
    try:
        yield Server(address[0], process.pid, time.monotonic() - begun)
    finally:
        process.terminate()
        process.wait()


def pages(lake: str) -> None:
    """What somebody sees of the Overview, and what it costs."""
    from tests.e2e.browser.toolchain import browser

    print(f"imports alone: {_seconds(_imports)}")
    with served(lake) as server, browser() as chromium:
        print(f"server ready, imports included: {server.ready:.2f} s")
        tab = chromium.new_page()
        tab.goto(f"{server.origin}/overview")
        tab.wait_for_selector("html[data-ready]")
        print(
            f"the first of all: {tab.evaluate(PAINTED):.0f} ms to first paint; {tab.evaluate(BYTES):.0f} KB over the wire"
        )
        opened = [_opened(chromium, server) for _ in range(TIMES)]
        _tell("first paint of Overview", [painted for painted, _ in opened])
        _tell("all charts of Overview", [drawn for _, drawn in opened])
        for state in ("cold", "after a rest"):
            for query in FILTERS:
                _tell_change(server, tab, f"filter {query}, {state}", query)
                tab.goto(f"{server.origin}/overview")
                tab.wait_for_selector("html[data-ready]")
            server.rest()
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(lambda number: _reads(server, number), range(READERS)))
        print(f"memory with {READERS} readers: {server.memory():.0f} MB")


def _imports() -> None:
    subprocess.run(
        [sys.executable, "-c", "import backbeat.dashboard.serve, backbeat.api, uvicorn, deltalake, duckdb"], check=True
    )


def _opened(chromium: Any, server: Server) -> tuple[float, float]:
    """Milliseconds to first paint, and until all charts are drawn, in a browser that has nothing yet."""
    context = chromium.new_context()
    tab = context.new_page()
    tab.goto(f"{server.origin}/overview")
    tab.wait_for_selector("html[data-ready]")
    found = float(tab.evaluate(PAINTED)), float(tab.evaluate("performance.now()"))
    context.close()
    return found


CHANGE = """query => new Promise(done => {
  const begun = performance.now(), old = document.querySelector('main'), times = {};
  const watch = new MutationObserver(() => {
    if (!times.tiles && document.querySelector('main') !== old) times.tiles = performance.now() - begun;
    if (times.tiles && document.documentElement.dataset.ready) {
      watch.disconnect();
      done([times.tiles, performance.now() - begun]);
    }
  });
  watch.observe(document, { subtree: true, childList: true, attributes: true });
  const link = document.createElement('a');
  link.href = '?' + query;
  document.querySelector('nav').append(link);
  link.click();
})"""


def _tell_change(server: Server, tab: Any, what: str, query: str) -> None:
    """A filter change from the click to new tiles and verdict, and until all charts are drawn anew."""
    before = server.cpu()
    tiles, charts = tab.evaluate(CHANGE, query)
    print(f"{what}: {tiles:.0f} ms to the numbers, {charts:.0f} ms to all charts; {server.cpu() - before:.2f} s of CPU")


def _reads(server: Server, number: int) -> None:
    for page in ("overview", "engagement", "retention", "paid", "features", "content", "live", "data_quality"):
        query = FILTERS[number % len(FILTERS)]
        for chart in re.findall(r'data-chart="/([^"]+)"', server.get(f"{page}?{query}").decode()):
            server.get(chart.replace("&amp;", "&"))


def windows(lake: str) -> None:
    """Overview's page over windows that are stored and others, without and with filters."""
    with served(lake) as server:
        print(f"server ready, imports included: {server.ready:.2f} s")
        server.get("overview")
        first, last = _span(lake)
        others = [f"from={last - timedelta(days=n + 30)}&to={last - timedelta(days=n)}" for n in (3, 5, 8)]
        for state in ("cold", "after a rest"):
            _ask(server, f"stored window, {state}", ["overview"])
            for query in FILTERS:
                _ask(server, f"stored window, {query}, {state}", [f"overview?{query}"])
            server.rest()
        _ask(server, "another window", [f"overview?{each}" for each in others])
        for number, query in enumerate(FILTERS):
            days = f"from={first + timedelta(days=number)}&to={last - timedelta(days=9)}"
            _ask(server, f"another window, {query}", [f"overview?{days}&{query}"])
        for number in (3, 4, 5, 6, 7, 8):
            _ask(server, f"chart {number}, country=SE", [f"charts/overview/{number}.json?country=SE"])
        print(f"memory: {server.memory():.0f} MB")


def _span(lake: str) -> tuple[date, date]:
    found = backbeat.open(lake=lake).sql(
        "select min(activity_date) as a, max(activity_date) as b from gold.daily_engagement"
    )
    row: dict[str, date] = found.to_pylist()[0]
    return row["a"], row["b"]


def _ask(server: Server, what: str, paths: Sequence[str]) -> None:
    times, before = [], server.cpu()
    for path in paths:
        begun = time.perf_counter()
        server.get(path)
        times.append(1000 * (time.perf_counter() - begun))
    print(f"{what}: {_middle(times)}, {(server.cpu() - before) / len(paths):.2f} s of CPU")


def kpis(lake: str) -> None:
    """`kpis` inside a process and as a command, over the default window and another, filtered and not."""
    opened = backbeat.open(lake=lake)
    opened.kpis()
    first, last = _span(lake)
    days: dict[str, Any] = {"first": first + timedelta(days=3), "last": last - timedelta(days=7)}
    questions: dict[str, dict[str, Any]] = {
        "default window": {}, "any window": days, "any window by country": {**days, "by": ["country"]},
        "any window of a country": {**days, "where": {"country": ["SE"]}},
        "any window of a device": {**days, "where": {"device": ["mobile"]}},
    }  # fmt: skip
    for what, asked in questions.items():
        times, before = [], time.process_time()
        for _ in range(TIMES):
            begun = time.perf_counter()
            opened.kpis(**asked)
            times.append(1000 * (time.perf_counter() - begun))
        print(f"kpis, {what}: {_middle(times)}, {(time.process_time() - before) / TIMES:.2f} s of CPU")
    flags = ["--from", str(days["first"]), "--to", str(days["last"])]
    commands = {"default window": [], "any window": flags, "of a country": [*flags, "--where", "country=SE"]}
    for what, more in commands.items():
        command = [sys.executable, "-m", "backbeat", "kpis", "--lake", lake, *more]
        print(
            f"backbeat kpis, {what}: {_seconds(partial(subprocess.run, command, check=True, stdout=subprocess.DEVNULL))}"
        )


def _seconds(call: Callable[[], Any]) -> str:
    before, begun = os.times(), time.perf_counter()
    call()
    took, after = time.perf_counter() - begun, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return f"{took:.2f} s, {cpu:.2f} s of CPU"


def _tell(what: str, times: Sequence[float]) -> None:
    print(f"{what}: {_middle(times)}")


def _middle(times: Sequence[float]) -> str:
    return f"{statistics.median(times):.0f} ms, at most {max(times):.0f}"


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))
    main(*sys.argv[1:])
