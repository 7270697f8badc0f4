"""`simulate --live` writes while time passes, tells the truth about it, and ends when it is asked to."""

import json
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq

import backbeat


def live(raw: Path, *flags: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "backbeat", "simulate", str(raw), "--live", "--quiet", "--customers", "3000"]
    return subprocess.Popen([*command, *flags])


def test_a_live_world_and_its_truth(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    assert live(raw, "--speed", "3600", "--duration", "10s").wait(60) == 0
    truth = json.loads((raw / "truth.json").read_text())
    assert {incident["kind"] for incident in truth["incidents"]} == {"spike", "outage"}
    lake = backbeat.open(lake=str(tmp_path / "lake"), raw=str(raw))
    lake.run()
    assert lake.sql("select count(*) as n from silver.sessions").column("n").to_pylist() == [truth["sessions"]]
    assert lake.quarantine() == [{"source": "sessions", "reason": "time_in_future", "status": "open", "rows": 1}]
    late = pq.read_table(raw / truth["late"]["file"]).column("started_at").to_pylist()
    assert max(late) < lake.status().newest_data <= datetime.now(UTC)
    assert len(late) == truth["late"]["sessions"] > 0


def test_it_stops_when_asked(tmp_path: Path) -> None:
    process = live(tmp_path / "raw", "--duration", "1h")
    while not (tmp_path / "raw" / "truth.json").exists():
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 0
