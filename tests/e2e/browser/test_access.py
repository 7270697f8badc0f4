"""Who may look, from where, and what goes over the wire."""

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.conftest import World
from tests.e2e.browser.conftest import serving
from tests.e2e.conftest import backbeat

from backbeat.api import Lake
from backbeat.dashboard.access import Access


def get(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of a GET, redirects not followed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    opener = urllib.request.build_opener(_Stay)
    try:
        answered = opener.open(urllib.request.Request(address, headers=named), timeout=60)
    except urllib.error.HTTPError as error:
        answered = error
    return answered.status, {key.lower(): value for key, value in answered.headers.items()}, answered.read()


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@contextmanager
def command(*arguments: str) -> Iterator[tuple[str, Any]]:
    """`backbeat dashboard …` as a process: the address it says, and the process."""
    words = [sys.executable, "-m", "backbeat", "dashboard", "--port", "0", *arguments]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    said = process.stderr.readline()
    try:
        yield said.rpartition(" is at ")[2].strip(), process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_the_command_serves_until_it_is_interrupted(lonely_lake: Lake) -> None:
    with command("--lake", lonely_lake.config.lake) as (address, process):
        assert address.startswith("http://127.0.0.1:")
        assert json.loads(get(f"{address}healthz")[2])["status"] == "ok"
        assert get(address, host="evil.example")[0] == 421
    assert process.returncode in (0, 130)


def test_another_host_needs_somebody_at_the_door(lonely_lake: Lake) -> None:
    refused = backbeat("dashboard", "--host", "0.0.0.0", "--lake", lonely_lake.config.lake)
    assert (refused.code, "--auth token" in refused.err) == (2, True)


def test_a_port_that_is_taken_is_said(lonely_lake: Lake) -> None:
    with serving(lonely_lake) as origin:
        port = origin.rpartition(":")[2]
        refused = backbeat("dashboard", "--port", port, "--lake", lonely_lake.config.lake)
    assert (refused.code, "--port" in refused.err) == (2, True)


def test_a_token_opens_and_moves_into_a_cookie(lonely_lake: Lake) -> None:
    with serving(lonely_lake, Access(token="right")) as origin:
        assert [get(f"{origin}/{path}")[0] for path in ("", "api/kpis", "?token=wrong")] == [401] * 3
        assert get(f"{origin}/healthz")[0] == 200
        assert get(f"{origin}/api/kpis", authorization="Bearer right")[0] == 200
        status, headers, _ = get(f"{origin}/overview?country=SE&token=right")
        assert (status, headers["location"]) == (303, "/overview?country=SE")
        assert "HttpOnly" in headers["set-cookie"]
        assert get(f"{origin}/overview", cookie=headers["set-cookie"].partition(";")[0])[0] == 200


def test_a_proxy_vouches_by_its_header(lonely_lake: Lake) -> None:
    with serving(lonely_lake, Access(header="x-forwarded-email")) as origin:
        assert get(f"{origin}/overview")[0] == 401
        assert get(f"{origin}/overview", x_forwarded_email="a@b.example")[0] == 200


@pytest.mark.parametrize("path", ["", "api/kpis", "assets/dashboard.js", "nowhere", "api"])
def test_every_answer_has_a_strict_policy(demo: str, path: str) -> None:
    policy = get(f"{demo}/{path}")[1]["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_first_load_is_small(demo: str) -> None:
    paths = ["overview", "assets/dashboard.css", "assets/dashboard.js", "assets/vega.js", "assets/icon.svg"]
    paths += [f"charts/overview/{number}.json" for number in range(3, 9)]
    sizes = {path: len(get(f"{demo}/{path}", accept_encoding="gzip")[2]) for path in paths}
    assert sum(sizes.values()) < 400_000, sizes


def test_no_customer_is_on_any_page_or_in_any_file(other_lake: World) -> None:
    other_lake.customers("c1", "needle", path="customers/more.parquet", country="=SUM(1)")
    other_lake.sessions(("n1", "needle", "2025-07-01T11:00:00Z"), path="sessions/more.parquet")
    other_lake.run()
    from backbeat import content

    with serving(other_lake.open()) as origin:
        paths = [*content.pages(), "api/kpis", *(f"api/tables/{name}" for name in content.tables())]
        for page in content.pages().values():
            paths += [
                f"charts/{page.name}/{n}.{kind}"
                for n, block in enumerate(page.blocks)
                if not block.tile
                for kind in ("csv", "json")
            ]
        bodies = {path: get(f"{origin}/{path}")[2] for path in paths}
    assert [path for path, body in bodies.items() if b"needle" in body] == []
    assert [path for path, body in bodies.items() if path.endswith("csv") and b"\n=SUM" in body] == []
