"""A proxy on 127.0.0.1 in front of an S3 server that does what buckets do on a bad day."""

import http.client
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

FAULTS = ("503", "cut")
MORE_FAULTS = ("500", "slow", "lost answer")
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"


@dataclass
class Weather:
    """Which fault strikes which request: `kinds` at a rate, from a seed; `missing` keys are left out of listings.

    Who asks for a key of `denied` is refused once it was given so many times.
    """

    kinds: tuple[str, ...] = ()
    rate: float = 0.0
    random: Random = field(default_factory=lambda: Random(0))
    missing: set[str] = field(default_factory=set)
    denied: dict[str, int] = field(default_factory=dict)
    struck: dict[str, int] = field(default_factory=dict)

    def denies(self, key: str) -> bool:
        """Whether an answer is refused, as where credentials have run out."""
        if key not in self.denied:
            return False
        self.denied[key] -= 1
        return self.denied[key] < 0

    def fault(self) -> str | None:
        """The fault of the next request, if any."""
        if not self.kinds or self.random.random() >= self.rate:
            return None
        kind = self.random.choice(self.kinds)
        self.struck[kind] = self.struck.get(kind, 0) + 1
        return kind


@contextmanager
def faulty(upstream: int, weather: Weather) -> Iterator[int]:
    """The port of a proxy to the server on port `upstream`."""
    handler = type("Handler", (_Proxy,), {"upstream": upstream, "weather": weather})
    server = _Server(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hung up."""


class _Proxy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    upstream: int
    weather: Weather

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command == "GET" and self.weather.denies(self.path.partition("?")[0].partition("/company/")[2]):
            self._answer(403, {}, b"<Error><Code>ExpiredToken</Code><Message>The token has expired.</Message></Error>")
            return
        fault = self.weather.fault()
        if fault in ("500", "503"):
            self._answer(int(fault), {}, SLOW_DOWN if fault == "503" else b"<Error><Code>InternalError</Code></Error>")
            return
        status, headers, content = self._ask(body)
        if fault == "slow":
            time.sleep(0.5)
        if fault == "lost answer" or (fault == "cut" and self.command == "HEAD"):
            self._hang_up()
            return
        content = self._without_missing(content) if "list-type=2" in self.path else content
        self._answer(status, headers, content, cut=fault == "cut")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _forward  # noqa: N815

    def _ask(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        link = http.client.HTTPConnection("127.0.0.1", self.upstream, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        link.request(self.command, self.path, body, headers)
        answer = link.getresponse()
        content = answer.read()
        link.close()
        return answer.status, dict(answer.getheaders()), content

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        own = {"content-length", "transfer-encoding", "connection", "server", "date"}
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in own:
                self.send_header(name, value)
        length = (
            headers.get("Content-Length", headers.get("content-length")) if self.command == "HEAD" else len(content)
        )
        self.send_header("Content-Length", str(length))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        if cut:
            self._hang_up()

    def _hang_up(self) -> None:
        self.wfile.flush()
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _without_missing(self, content: bytes) -> bytes:
        for key in self.weather.missing:
            one = rb"<Contents>(?:(?!</Contents>).)*<Key>" + re.escape(key.encode()) + rb"</Key>.*?</Contents>"
            content = re.sub(one, b"", content, flags=re.DOTALL)
        return content

    def log_message(self, format: str, *arguments: Any) -> None:
        """Say nothing."""
