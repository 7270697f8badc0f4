"""From a seed to a folder of raw parquet and the truth about it."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from backbeat.errors import UsageError
from backbeat.simulate.activity import draw_activity
from backbeat.simulate.catalogue import draw_catalogue
from backbeat.simulate.customers import draw_customers
from backbeat.simulate.incidents import draw_incidents
from backbeat.simulate.listening import Listening
from backbeat.simulate.span import Span
from backbeat.simulate.subscriptions import draw_subscriptions
from backbeat.simulate.tally import Tally
from backbeat.simulate.targets import targets_for
from backbeat.simulate.truth import truth_of
from backbeat.simulate.write import claim, write_days, write_whole

SEED = 20250101
START, END = date(2025, 1, 1), date(2025, 8, 31)


def simulate(
    root: Path,
    *,
    customers: int = 12_000,
    seed: int = SEED,
    start: date = START,
    end: date = END,
    dirty: float = 0.0,
    on_progress: Callable[[str], None] | None = None,
) -> dict[str, Any]:
    """Write a listening world as raw parquet under `root`, and what is true of it as `root/truth.json`.

    The same arguments give the same bytes. `start` and `end` are UTC days, both included; the KPIs are calibrated on
    the last 62 of them. `dirty` is the fraction of rows that each kind of fault adds, so the KPIs stay as they are.
    `on_progress` is told what is being written. Returns the truth.

    Raises UsageError for impossible arguments, and where `root` holds files that no simulation wrote.
    """
    _refuse_nonsense(customers, seed, start, end, dirty)
    span = Span(start, end)
    claim(root)
    tell = on_progress or _silence
    tell("drawing customers")
    world = _draw(customers, seed, span)
    tally = _write_whole(root, world, dirty) + write_days(root, world, dirty, tell)
    truth = truth_of(world, tally, dirty)
    (root / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
    return truth


def _draw(number: int, seed: int, span: Span) -> Listening:
    targets = targets_for(number, span)
    incidents = draw_incidents(span, seed)
    people = draw_customers(number, span, seed)
    activity = draw_activity(people, span, incidents, targets, seed)
    subscriptions = draw_subscriptions(people, activity, span, targets, seed)
    return Listening(seed, span, people, activity, subscriptions, draw_catalogue(seed), incidents)


def _write_whole(root: Path, world: Listening, dirty: float) -> Tally:
    tables = {
        "customers": world.customers.table(world.span),
        "subscriptions": world.subscriptions.table(world.span),
        "tracks": world.catalogue.tracks(),
        "artists": world.catalogue.artists(),
    }
    return sum((write_whole(root, name, table, world.seed, dirty) for name, table in tables.items()), Tally())


def _refuse_nonsense(customers: int, seed: int, start: date, end: date, dirty: float) -> None:
    if customers < 1:
        raise UsageError(f"--customers {customers}: give at least 1")
    if seed < 0:
        raise UsageError(f"--seed {seed}: give 0 or more")
    if end < start:
        raise UsageError(f"the world would end ({end}) before it starts ({start}): give an end on or after the start")
    if not 0 <= dirty <= 0.5:
        raise UsageError(f"--dirty {dirty}: give a fraction from 0 to 0.5, such as 0.001")


def _silence(_: str) -> None:
    """Progress that nobody asked for."""
