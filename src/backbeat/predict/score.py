"""Every customer's probability as of the last whole day, in batches, and how far the data has drifted since training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from backbeat import content
from backbeat.build.checks import first_failure
from backbeat.errors import CheckFailed
from backbeat.lake import schemas
from backbeat.lake.clock import Clock
from backbeat.lake.delta import Commit, DataFile
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.frame import Reader, matrix
from backbeat.predict.model import Model, counts, drift, drift_by_chance
from backbeat.predict.origins import lake_days, seen_until
from backbeat.predict.quality import Quality
from backbeat.predict.reasons import reasons

PREDICTIONS = "gold.predictions"

_ASKED = """
select known.*
from scored_customers as known
join ({label}) as asked on asked.customer_id = known.customer_id"""
_COUNTED = pa.schema([("predictor", pa.int64()), ("bin", pa.int64()), ("customers", pa.int64())])


@dataclass(frozen=True)
class Scored:
    """What was scored under one label; `drift` are rows of the split `scored`."""

    label: str
    model_version: str
    as_of: date
    customers: int
    predicted: int
    drift: list[Quality]


def score(lake: Lakehouse, clock: Clock, models: Sequence[Model]) -> list[Scored]:
    """Put the probabilities of these models in place of the labels' older ones, in one commit, once they are checked."""
    day = lake_days(clock)[1]
    readers = [_reader(lake, clock, model) for model in models]
    lake.engine.keep("scored_customers", content.predictor_sql(), readers[0].values(day))
    files, found = _kept(lake, models), []
    for model, reader in zip(models, readers, strict=True):
        lake.engine.keep("asked_now", _ASKED.format(label=content.with_relations(reader.label.sql)), reader.values(day))
        files += _scores(lake, model, seen_until(clock, day))
        found.append(_scored(lake, model, day))
    _publish(lake, files)
    return found


def _reader(lake: Lakehouse, clock: Clock, model: Model) -> Reader:
    return Reader(lake, clock, content.labels()[model.facts.label], model.facts.horizon, model.facts.sessions)


def _kept(lake: Lakehouse, models: Sequence[Model]) -> list[DataFile]:
    """The rows of labels that are not scored now, written anew."""
    lake.show(PREDICTIONS)
    listed = ", ".join(f"'{model.facts.label}'" for model in models)
    return lake.stage(PREDICTIONS, f"select * from {PREDICTIONS} where label not in ({listed})")


def _scores(lake: Lakehouse, model: Model, as_of: datetime | None) -> list[DataFile]:
    """The probabilities of the customers that the label is asked of, as files."""
    schema = schemas.MODELS[PREDICTIONS]
    lake.engine.keep_mapped("scored_now", "asked_now", partial(_rows, model, as_of), schema)
    return lake.stage(PREDICTIONS, f"select {', '.join(schema.names)} from scored_now")


def _scored(lake: Lakehouse, model: Model, day: date) -> Scored:
    lake.engine.keep_mapped("counted_now", "asked_now", partial(_counts, model), _COUNTED)
    text = "select count(*) as customers, count(*) filter (where predicted) as predicted from scored_now"
    return Scored(model.facts.label, model.version, day, **lake.rows(text)[0], drift=list(_drift(lake, model)))


def _drift(lake: Lakehouse, model: Model) -> Iterator[Quality]:
    """How far each predictor has moved since training, beside what chance alone makes of it."""
    rows = lake.rows("select predictor, bin, sum(customers) as customers from counted_now group by predictor, bin")
    counted = {(row["predictor"], row["bin"]): float(row["customers"]) for row in rows}
    for i, (name, bins) in enumerate(model.facts.reference.items()):
        now = np.array([counted.get((i, bin_), 0.0) for bin_ in range(len(bins.shares))])
        yield Quality("drift", name, drift(bins, now), baseline_value=drift_by_chance(bins, now, model.facts.customers))


def _rows(model: Model, as_of: datetime | None, customers: pa.Table) -> pa.Table:
    """Rows of gold.predictions of some customers."""
    x = matrix(customers, model.facts.predictors)
    p = model.probability(x)
    n = len(p)
    columns: dict[str, Any] = {
        "label": [model.facts.label] * n,
        "customer_id": customers["customer_id"],
        "as_of": [as_of] * n,
        "probability": p,
        "predicted": p >= model.facts.threshold,
        "threshold": np.full(n, model.facts.threshold),
        "reasons": reasons(model, x, p),
        "model_version": [model.version] * n,
    }
    return pa.table(columns, schema=schemas.MODELS[PREDICTIONS])


def _counts(model: Model, customers: pa.Table) -> pa.Table:
    """How many of some customers lie in each bin of each predictor, both by number."""
    x = matrix(customers, model.facts.predictors)
    counted = [counts(x[:, i], np.array(bins.edges)) for i, bins in enumerate(model.facts.reference.values())]
    rows = [(i, bin_, number) for i, numbers in enumerate(counted) for bin_, number in enumerate(numbers)]
    return pa.table([pa.array(column, pa.int64()) for column in zip(*rows, strict=True)], schema=_COUNTED)


def _publish(lake: Lakehouse, files: Sequence[DataFile]) -> None:
    table = content.tables()["predictions"]
    lake.show_files(PREDICTIONS, files, schemas.MODELS[PREDICTIONS])
    bad = first_failure(lake, table)
    if not bad:
        lake.commit(PREDICTIONS, Commit(files, lake.table(PREDICTIONS).files()))
    lake.show(PREDICTIONS)
    if bad:
        raise CheckFailed(f"{PREDICTIONS} keeps its last good version: {bad}")
