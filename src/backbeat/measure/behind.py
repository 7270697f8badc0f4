"""Who is behind a number: written to a file for whoever has the right to see it, and shown nowhere."""

import os
from pathlib import Path
from typing import Any

from backbeat import content
from backbeat.build.kpis import metric_threshold
from backbeat.errors import UsageError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.measure.question import question


def write_customers(lake: Lakehouse, clock: Clock, name: str, out: Path, **asked: Any) -> int:
    """Write customer_id and in_numerator of everybody in a metric's denominator as a new CSV file; how many there are.

    Only the owner can read the file. Raises UsageError where there is something at `out`, be it a screen or a pipe,
    and for a series, which counts days.
    """
    from pyarrow.csv import write_csv

    q = question(lake, clock, metrics=[name], **asked)
    metric = q.metrics[0]
    if metric.kind == "series" or q.window is None:
        raise UsageError(f"{name} has no customers to list: it is a series, or the lake is empty")
    sql = content.with_relations(f"select customer_id, in_numerator from (\n{metric.sql}\n) order by customer_id")
    limit = metric_threshold(metric, lake.config, q.window.days, q.engaged_sessions)
    found = lake.arrow(sql, **q.window.values(clock), threshold=limit)
    with _new_file(out) as file:
        write_csv(found, file)
    return int(found.num_rows)


def _new_file(out: Path) -> Any:
    try:
        return os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
    except FileExistsError as error:
        raise UsageError(f"{out} is there already: customers are written to a new file only") from error
    except OSError as error:
        raise UsageError(f"{out} can't be written: {error.strerror}") from error
