"""Every customer's probability as of the last whole day, in batches, and how far the data has drifted since training."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
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
from backbeat.predict.model import Model, counts, drift
from backbeat.predict.origins import lake_days, seen_until
from backbeat.predict.quality import Quality
from backbeat.predict.reasons import reasons

PREDICTIONS = "gold.predictions"
BATCH_ROWS = 100_000

_NUMBERED = """
select known.*, row_number() over (order by known.customer_id) as nth
from ({predictors}) as known"""
_ASKED = """
select known.*
from scored_customers as known
join ({label}) as asked on asked.customer_id = known.customer_id
where known.nth > :after and known.nth <= :until
order by known.nth"""


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
    lake.engine.keep("scored_customers", _NUMBERED.format(predictors=content.predictor_sql()), readers[0].values(day))
    files, found = _kept(lake, models), []
    for model, reader in zip(models, readers, strict=True):
        staged, scored = _scored(reader, model, day)
        files += staged
        found.append(scored)
    _publish(lake, files)
    return found


def _reader(lake: Lakehouse, clock: Clock, model: Model) -> Reader:
    return Reader(lake, clock, content.labels()[model.facts.label], model.facts.horizon, model.facts.sessions)


def _kept(lake: Lakehouse, models: Sequence[Model]) -> list[DataFile]:
    """The rows of labels that are not scored now, written anew."""
    lake.show(PREDICTIONS)
    listed = ", ".join(f"'{model.facts.label}'" for model in models)
    return lake.stage(PREDICTIONS, f"select * from {PREDICTIONS} where label not in ({listed})")


def _scored(reader: Reader, model: Model, day: date) -> tuple[list[DataFile], Scored]:
    files: list[DataFile] = []
    counted = {name: np.zeros(len(bins.shares)) for name, bins in model.facts.reference.items()}
    customers = predicted = 0
    for batch in _batches(reader, day):
        x = matrix(batch, model.facts.predictors)
        for i, (name, bins) in enumerate(model.facts.reference.items()):
            counted[name] += counts(x[:, i], np.array(bins.edges))
        rows = _rows(reader, model, batch["customer_id"], x, day)
        files += reader.lake.stage_arrow(PREDICTIONS, rows)
        customers, predicted = customers + len(rows), predicted + sum(rows["predicted"].to_pylist())
    moved = [Quality("drift", name, value) for name, value in drift(model.facts.reference, counted).items()]
    return files, Scored(model.facts.label, model.version, day, customers, predicted, moved)


def _batches(reader: Reader, day: date) -> Iterator[pa.Table]:
    """The customers that the label is asked of, some at a time, in order of their ids."""
    total = reader.lake.rows("select count(*) as n from scored_customers")[0]["n"]
    text = _ASKED.format(label=content.with_relations(reader.label.sql))
    for after in range(0, total, BATCH_ROWS):
        batch = reader.lake.arrow(text, **{**reader.values(day), "after": after, "until": after + BATCH_ROWS})
        if batch.num_rows:
            yield batch


def _rows(reader: Reader, model: Model, customers: Any, x: np.ndarray, day: date) -> pa.Table:
    p = model.probability(x)
    n = len(p)
    columns: dict[str, Any] = {
        "label": [model.facts.label] * n,
        "customer_id": customers,
        "as_of": [seen_until(reader.clock, day)] * n,
        "probability": p,
        "predicted": p >= model.facts.threshold,
        "threshold": np.full(n, model.facts.threshold),
        "reasons": reasons(model, x, p),
        "model_version": [model.version] * n,
    }
    return pa.table(columns, schema=schemas.MODELS[PREDICTIONS])


def _publish(lake: Lakehouse, files: Sequence[DataFile]) -> None:
    table = content.tables()["predictions"]
    lake.show_files(PREDICTIONS, files, schemas.MODELS[PREDICTIONS])
    bad = first_failure(lake, table)
    if not bad:
        lake.commit(PREDICTIONS, Commit(files, lake.table(PREDICTIONS).files()))
    lake.show(PREDICTIONS)
    if bad:
        raise CheckFailed(f"{PREDICTIONS} keeps its last good version: {bad}")
