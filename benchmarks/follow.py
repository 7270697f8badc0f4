"""How fast `run --follow` is: rows a second through a backlog, and the time from a file's arrival to its windows.

    python benchmarks/follow.py throughput DIR [FILES]      files of 100,000 sessions over 62 days, written beforehand
    python benchmarks/follow.py latency DIR [SECONDS]       a file of 1,000 sessions a second, for so long
    python benchmarks/follow.py notify DIR [SECONDS]        a session a second, twice as many for 15 minutes of every 40

DIR has to be new or empty, but latency goes on with what an earlier one left. Latency is what a reader sees: from a
file's arrival to the first published state that holds it. Both print the processor time and the peak memory of the
follower, and the size of the lake's logs; latency every five minutes, since it must not grow. Notify says how long after
the end of each spike's first window a web hook hears of it; several at once, in folders of their own, see more spikes.
"""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import backbeat

CUSTOMERS = 500_000
BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
DAYS = 62
TOLD_SECONDS = 300
SPIKE_SECONDS, PERIOD_SECONDS = 900, 2400
FILE_SECONDS = 15


def main(what: str, folder: str, amount: str = "0") -> None:
    """Write, follow, print."""
    root = Path(folder)
    people = pa.table({"customer_id": [f"c{n:07}" for n in range(CUSTOMERS if what == "throughput" else 12_000)]})
    place(root, "customers/c.parquet", people)
    {"throughput": throughput, "latency": latency, "notify": notify}[what](root, int(amount))


def throughput(root: Path, files: int) -> None:
    """Rows a second from the follower's start to the last published batch."""
    rng = np.random.default_rng(1)
    for number in range(files or 360):
        micros = rng.integers(0, DAYS * 86_400_000_000, 100_000)
        place(root, f"sessions/{number:05}.parquet", sessions(rng, number, micros, CUSTOMERS, BEGIN))
    begun = time.monotonic()
    process = follow(root)
    wanted = (files or 360) * 100_000
    reader = Reader(root)
    while reader.visible() < wanted:
        time.sleep(1)
        assert process.poll() is None
    seconds = time.monotonic() - begun
    print(f"{wanted:,} sessions in {seconds:.0f} s: {wanted / seconds:,.0f} a second")
    print(
        f"{processor_seconds(process):.0f} s of the processor: {wanted / processor_seconds(process):,.0f} a second of it"
    )
    end(root, process)


def latency(root: Path, seconds: int) -> None:
    """Percentiles of the time from arrival to visible, by a reader that asks all the time."""
    rng = np.random.default_rng(1)
    there = len([*(root / "raw").glob("sessions/**/*.parquet")])
    place(root, f"sessions/{there:06}.parquet", sessions(rng, there, np.zeros(1000, int), 12_000, datetime.now(UTC)))
    process, reader = follow(root), Reader(root)
    while reader.visible() < 1000 * (there + 1):
        time.sleep(1)
        assert process.poll() is None
    landed: list[float] = []
    feed = Thread(target=lambda: deliver(root, rng, there, seconds or 3600, landed))
    feed.start()
    seen: list[float] = []
    told, before, begun = 0, processor_seconds(process), time.monotonic()
    while feed.is_alive() or len(seen) < len(landed):
        batch = reader.visible() // 1000 - there - 1
        now = time.time()
        seen += [now - at for at in landed[len(seen) : batch]]
        if time.monotonic() - begun >= TOLD_SECONDS and len(seen) > told:
            spent = processor_seconds(process)
            print(
                f"{len(seen):,} files: {percentiles(seen[told:])}; {(spent - before) / (len(seen) - told):.2f} s of the processor a file; {sizes(root, process)}",
                flush=True,
            )
            told, before, begun = len(seen), spent, time.monotonic()
        time.sleep(0.05)
    for part, waits in (
        ("first tenth", seen[: len(seen) // 10]),
        ("last tenth", seen[-len(seen) // 10 :]),
        ("all", seen),
    ):
        print(f"{part:12} {percentiles(waits)}")
    end(root, process)


def percentiles(waits: list[float]) -> str:
    """How long files waited."""
    p50, p95, most = np.percentile(waits, [50, 95, 100])
    return f"p50 {p50:.2f} s, p95 {p95:.2f} s, most {most:.2f} s"


def processor_seconds(process: "subprocess.Popen[bytes]") -> float:
    """What the follower has used of the processor."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sizes(root: Path, process: "subprocess.Popen[bytes]") -> str:
    """The follower's memory, and what lies in the lake."""
    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    now, peak = (next(int(line.split()[1]) // 1000 for line in status if name in line) for name in ("VmRSS", "VmHWM"))
    paths = [path for path in (root / "lake").rglob("*") if path.is_file()]
    logs = sum("_delta_log" in path.parts for path in paths)
    data = sum(path.suffix == ".parquet" and "_delta_log" not in path.parts for path in paths)
    return f"memory {now} MB (peak {peak}); {logs:,} log entries, {data:,} data files"


def deliver(root: Path, rng: np.random.Generator, there: int, seconds: int, landed: list[float]) -> None:
    """A file a second, numbered on from those that are there."""
    begun = time.time()
    for number in range(1, seconds + 1):
        table = sessions(rng, there + number, -rng.integers(0, 1_000_000, 1000), 12_000, datetime.now(UTC))
        place(root, f"sessions/live/{there + number:06}.parquet", table)
        landed.append(time.time())
        time.sleep(max(begun + number - time.time(), 0))


def notify(root: Path, seconds: int) -> None:
    """Eight days of a session a second, then as time passes; the first spike begins with the second whole window."""
    begun = datetime.now(UTC)
    rng, length = np.random.default_rng(int(begun.timestamp())), seconds or PERIOD_SECONDS
    for day in range(8):
        micros = -rng.integers(0, 86_400_000_000, 86_400)
        place(root, f"sessions/day{day}.parquet", sessions(rng, day, micros, 12_000, begun - timedelta(days=day)))
    heard: list[tuple[float, str]] = []
    server = listening(heard)
    os.environ["BACKBEAT_NOTIFY_DEFAULT"] = f"json://127.0.0.1:{server.server_port}/"
    process = follow(root)
    first = (begun.timestamp() // 300 + 2) * 300
    for number in range(8, 8 + length // FILE_SECONDS):
        time.sleep(max(begun.timestamp() + FILE_SECONDS * (number - 7) - time.time(), 0))
        since = time.time() - first
        is_spike = since >= 0 and since % PERIOD_SECONDS < SPIKE_SECONDS
        count = rng.poisson(FILE_SECONDS * (2 if is_spike else 1))
        micros = -rng.integers(0, FILE_SECONDS * 1_000_000, count)
        place(root, f"sessions/live/{number:06}.parquet", sessions(rng, number, micros, 12_000, datetime.now(UTC)))
    for at, words in heard:
        spike = first + (at - first) // PERIOD_SECONDS * PERIOD_SECONDS
        print(f"heard {(at - spike - 300) / 60:.1f} minutes after the end of a spike's first window: {words}")
    server.shutdown()
    end(root, process)


def listening(heard: list[tuple[float, str]]) -> HTTPServer:
    """A web hook that writes down what it hears, and when."""

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((time.time(), f"{body['title']}: {body['message']}"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    Thread(target=server.serve_forever, daemon=True).start()
    return server


def sessions(rng: np.random.Generator, number: int, micros: np.ndarray, customers: int, begin: datetime) -> pa.Table:
    """Sessions so many microseconds after an instant."""
    who = rng.integers(0, customers, len(micros))
    start = np.datetime64(begin.replace(tzinfo=None), "us") + micros.astype("timedelta64[us]")
    return pa.table(
        {
            "session_id": [f"{number:08x}-{n:08x}-{n * 2654435761 % 2**32:08x}" for n in range(len(micros))],
            "customer_id": [f"c{n:07}" for n in who],
            "started_at": pa.array(start).cast(pa.timestamp("us", "UTC")),
        }
    )


def place(root: Path, path: str, table: pa.Table) -> None:
    """Put a file in place at once."""
    target = root / "raw" / path
    target.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, target.with_name(f".{target.name}"))
    target.with_name(f".{target.name}").rename(target)


def follow(root: Path) -> "subprocess.Popen[bytes]":
    """The follower as a process of its own, its log in DIR."""
    command = [
        sys.executable,
        "-m",
        "backbeat",
        "run",
        "--follow",
        "--lake",
        str(root / "lake"),
        "--raw",
        str(root / "raw"),
    ]
    with (root / "follow.log").open("w") as log:
        return subprocess.Popen(command, stderr=log)


class Reader:
    """A reader that asks again and again, as a dashboard does: it looks further only where a batch was published."""

    def __init__(self, root: Path) -> None:
        self.lake = backbeat.open(lake=str(root / "lake"), raw=str(root / "raw"))
        self.found: tuple[int, int] = (-1, 0)

    def visible(self) -> int:
        """How many sessions the published windows hold."""
        try:
            self.lake.house.catch_up()
            version = self.lake.house.table("ops.batches").version()
            if version != self.found[0]:
                self.lake.show_published(("gold.activity_5m",))
                sql = "select coalesce(sum(sessions), 0)::bigint as n from gold.activity_5m"
                self.found = version, int(self.lake.house.engine.native(sql)["n"][0].as_py())
        except Exception:
            self.lake.house.refresh()  # there is no lake yet
        return self.found[1]


def end(root: Path, process: "subprocess.Popen[bytes]") -> None:
    """Stop the follower; say what it took."""
    print(sizes(root, process))
    process.terminate()
    process.wait()
    print(f"{os.cpu_count()} cores, {timedelta(seconds=round(time.process_time()))} of the reader's own")


if __name__ == "__main__":
    main(*sys.argv[1:])
