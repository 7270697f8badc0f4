"""What was known of customers as of a day, and what came true, as matrices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from backbeat import content
from backbeat.build.values import table_values
from backbeat.build.windows import trailing
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.specs import Label

_SAMPLED = """
with
outcomes as (
  select asked.is_positive, asked.baseline, known.*
  from asked_then as asked
  join known_then as known on known.customer_id = asked.customer_id
),
ranked as (
  select
    *,
    row_number() over (partition by is_positive order by md5(concat(customer_id, :salt)), customer_id) as nth,
    count(*) over (partition by is_positive) as of_class,
    count(*) over () as of_all
  from outcomes
)
select * from ranked where nth <= ceil(cast(:most_rows as double) * of_class / of_all) order by customer_id"""


@dataclass(frozen=True)
class Frame:
    """Customers as of a day: `x` [customers, predictors], NaN where unknown; what came true, what the baseline guessed.

    `population` is how many there were before a sample was taken.
    """

    as_of: date
    customers: pa.Array
    x: np.ndarray
    y: np.ndarray
    baseline: np.ndarray
    population: int


@dataclass(frozen=True)
class Reader:
    """Reads what one label asks: `horizon` days ahead, from so many `sessions` on."""

    lake: Lakehouse
    clock: Clock
    label: Label
    horizon: int
    sessions: int

    def frame(self, as_of: date, predictors: Sequence[str], most_rows: int, seed: int) -> Frame:
        """The customers of a split, in order of their ids; where there are more, a sample with the same share of positives."""
        values = self.values(as_of)
        with self.lake.engine_errors_as_ours():
            self.lake.engine.keep("known_then", content.predictor_sql(), values)
            self.lake.engine.keep("asked_then", content.with_relations(self.label.sql), values)
        found = self.lake.arrow(_SAMPLED, salt=f":{seed}", most_rows=most_rows)
        population = found["of_all"][0].as_py() if found.num_rows else 0
        return Frame(
            as_of,
            found["customer_id"].combine_chunks(),
            matrix(found, predictors),
            found["is_positive"].to_numpy().astype(bool),
            found["baseline"].to_numpy().astype(bool),
            population,
        )

    def values(self, as_of: date) -> dict[str, Any]:
        """The parameters of the label's text and of the predictors'."""
        window = trailing("as of", as_of, self.horizon).values(self.clock)
        gold = table_values(self.lake.config, self.clock)
        return {**gold, **window, "horizon_days": self.horizon, "threshold": self.sessions}


def inputs() -> set[str]:
    """The tables that predictors, labels and segments read, as `layer.table`."""
    texts = [content.predictor_sql(), *(label.sql for label in content.labels().values()), *content.slices().values()]
    return {name for text in texts for name in content.reads(text)}


def matrix(table: pa.Table, columns: Iterable[str]) -> np.ndarray:
    """Columns of doubles as a matrix [rows, columns], nulls as NaN."""
    return np.column_stack([table[name].to_numpy().astype(float) for name in columns])
