"""Scores brought up to date, with what has drifted since training."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from backbeat import content
from backbeat.errors import BackbeatError
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.frame import Reader, inputs
from backbeat.predict.model import Model, interval_of_share
from backbeat.predict.origins import lake_days, seen_until
from backbeat.predict.quality import Quality
from backbeat.predict.report import record, scored_rows
from backbeat.predict.score import PREDICTIONS, Scored, score
from backbeat.predict.store import current, load


def refresh(lake: Lakehouse, clock: Clock, *, is_changed: bool, say: Callable[..., Any]) -> Iterator[str]:
    """Score anew where a model is in force and something has changed; yields what a run has to say about it.

    A run has done its work without scores, so what keeps them from being fresh is told, not raised.
    """
    versions = {name: version for name in content.labels() if (version := current(lake.store, name))}
    if not versions or clock.as_of is None:
        return
    try:
        if is_changed or _stale(lake, clock, versions):
            for name in inputs():
                lake.show(name)
            models = [model for name in versions if (model := load(lake.store, name))]
            rescore(lake, clock, models, say)
    except BackbeatError as error:
        yield f"the scores were not refreshed: {error}"


def rescore(lake: Lakehouse, clock: Clock, models: Sequence[Model], say: Callable[..., Any]) -> list[Scored]:
    """Score, and record how far predictors and the share of positives have moved."""
    say("scoring customers")
    found = score(lake, clock, models)
    for model, scored in zip(models, found, strict=True):
        moved = [*scored.drift, *_base_rate(lake, clock, model)]
        record(lake, model.facts.label, model.version, scored_rows(moved, scored.as_of), ("scored",))
    return found


def _base_rate(lake: Lakehouse, clock: Clock, model: Model) -> Iterator[Quality]:
    """The share of positives in the newest window that is over, beside that of training, where the lake reaches back to it."""
    first, now = lake_days(clock)
    as_of = now - timedelta(days=model.facts.horizon)
    if as_of < first:
        return
    label = content.labels()[model.facts.label]
    text = f"select count(*) as customers, count(*) filter (where is_positive) as positive from ({content.with_relations(label.sql)})"
    reader = Reader(lake, clock, label, model.facts.horizon, model.facts.sessions)
    found = lake.rows(text, **reader.values(as_of))[0]
    if found["customers"]:
        share = found["positive"] / found["customers"]
        yield Quality("base_rate", "all", share, *interval_of_share(share, found["customers"]), model.facts.base_rate)


def _stale(lake: Lakehouse, clock: Clock, versions: dict[str, str]) -> bool:
    """Whether some label's scores are of another model, or of another day."""
    lake.show(PREDICTIONS)
    found = lake.rows(f"select distinct label, model_version, as_of from {PREDICTIONS}")
    stored = {(row["label"], row["model_version"], row["as_of"]) for row in found}
    until = seen_until(clock, lake_days(clock)[1])
    return stored != {(label, version, until) for label, version in versions.items()}
