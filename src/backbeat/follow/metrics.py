"""Prometheus metrics of a follower, on a port of this machine alone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from backbeat.errors import UsageError
from backbeat.follow.beat import Beat


@contextmanager
def serving(port: int) -> Iterator[Callable[[Beat], None]]:
    """Serve `http://127.0.0.1:PORT/metrics` for as long as the block lasts; gives what counts beats.

    Raises UsageError where the port is taken.
    """
    import prometheus_client as client

    registry = client.CollectorRegistry()
    count = _counting(client, registry)
    try:
        server, thread = client.start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        raise UsageError(f"--metrics-port {port}: {error.strerror}; name another port") from error
    try:
        yield count
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _counting(client: Any, registry: Any) -> Callable[[Beat], None]:
    def counter(name: str, words: str) -> Any:
        return client.Counter(f"backbeat_{name}", words, registry=registry)

    def gauge(name: str, words: str) -> Any:
        return client.Gauge(f"backbeat_{name}", words, registry=registry)

    rows, files = counter("rows", "Rows read"), counter("files", "Files taken")
    rejected, troubles = counter("files_rejected", "Files rejected"), counter("troubles", "Steps that failed")
    late, quarantined = gauge("late_sessions", "Late since the start"), gauge("quarantined_rows", "Since the start")
    lag, open_windows = gauge("lag_seconds", "From arrival to visible"), gauge("open_windows", "Not final yet")
    watermark = gauge("watermark_timestamp_seconds", "Watermark of sessions")
    waiting = gauge("waiting_files", "Files not taken yet")
    firing = gauge("alerts_firing", "Those of severity info apart")

    def count(beat: Beat) -> None:
        rows.inc(beat.rows)
        files.inc(beat.files)
        rejected.inc(beat.rejected)
        troubles.inc(beat.what == "trouble")
        late.set(beat.late)
        quarantined.set(beat.quarantined)
        open_windows.set(beat.open_windows)
        waiting.set(beat.waiting_files)
        firing.set(beat.alerts_firing)
        if beat.lag_seconds is not None:
            lag.set(beat.lag_seconds)
        if beat.watermark:
            watermark.set(beat.watermark.timestamp())

    return count
