"""What each measure of a model should say: asked of `backbeat kpis`, or recounted from the gold tables by plain SQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from math import floor, isclose
from typing import Any

from tests.powerbi.dax import days

from backbeat import content
from backbeat.api import Lake
from backbeat.build.run import build_values
from backbeat.build.windows import Window
from backbeat.measure.filtered import only_customers
from backbeat.powerbi.column_dax import block_measure, blocks_of, measure_name
from backbeat.powerbi.export import schemas_of
from backbeat.powerbi.metric_dax import title_of
from backbeat.powerbi.model import model_of
from backbeat.powerbi.nouns import Column, ModelTable
from backbeat.specs import Block, Metric

Days = tuple[date, date]
SLICED = ("slice", "slice_value", "customer_id")


@dataclass(frozen=True)
class Case:
    """What somebody chose: days, values of slices, and of each table the row whose value a visual shows."""

    window: Days | None = None
    where: Mapping[str, list[str]] = field(default_factory=dict)
    rows: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def chosen(self, tables: Mapping[str, ModelTable]) -> dict[tuple[str, str], list[Any]]:
        """The same as filters of columns; `tables` are those of the model by source."""
        found: dict[tuple[str, str], list[Any]] = {
            (f"By {name}", name.capitalize()): [*values] for name, values in self.where.items()
        }
        if self.window:
            found["Dates", "Date"] = days(*self.window)
        for source, row in self.rows.items():
            for name, value in row.items():
                column = tables[source].column(name)
                assert column, (source, name)
                is_day = isinstance(value, date) and column.kind == "date"
                found[tables[source].name, column.name] = days(value, value) if is_day else [_bare(value)]
        return found


class Recount:
    """The measures of a lake's model, and what each should say."""

    def __init__(self, lake: Lake) -> None:
        self.lake, self.clock = lake, lake.show_published()
        self.tables = {table.source: table for table in model_of(schemas_of(lake.house), lake.config).tables}

    def metrics(self, case: Case, *, with_before: bool = True) -> dict[str, Any]:
        """The metrics' measures, as `backbeat kpis` has them."""
        window = case.window or self.default
        found: dict[str, Any] = {}
        for metric in content.metrics().values():
            title, counted = title_of(metric), self._counted(metric, window, case)
            found[title] = _over(*counted)
            if metric.kind == "share":
                found |= {f"{title} numerator": counted[0], f"{title} denominator": counted[1]}
            if metric.target is not None:
                found[f"{title} target"] = metric.target / 100
            if with_before:
                before = self._before(metric, window, case)
                found |= {f"{title} before": before, f"{title} change": _less(found[title], before)}
        return found

    def window(self, case: Case) -> dict[str, Any]:
        """The measures about the window itself."""
        first, last = case.window or self.default
        row = self.lake.kpis(first=first, last=last, metrics=["engaged_rate"]).rows[0]
        return {
            "First day": days(first, first)[0], "Last day": days(last, last)[0], "Engaged sessions": row["threshold"],
            "Minimum group": self.lake.config.min_group, "Window status": row["status"],
            "Window": f"{first} to {last}, {row['status']}",
        }  # fmt: skip

    def columns(self, case: Case) -> dict[str, Any]:
        """The measures that are made from columns of tables."""
        found: dict[str, Any] = {}
        for table in self.tables.values():
            found |= self._table(table, case)
        return found

    @cached_property
    def default(self) -> Days:
        window = self.lake.kpis().window
        assert window
        return window.first, window.last

    @cached_property
    def first(self) -> date:
        """The first day of the calendar."""
        first: date = self._one("select min(date) as v from gold.dates")
        return first

    def sample(self, window: Days, nth: int) -> dict[str, dict[str, Any]]:
        """Of each table one row of those days, by its key: the nth of some order that means nothing, rows without blanks first."""
        found = {}
        for table in self.tables.values():
            keys = self._keys(table)
            if keys and table.measures and table.layer == "gold":
                told = [c.source for c in _numbers(table) if c.kind == "number"] if _is_of_persons(table) else []
                names = ", ".join([*keys, *told])
                blanks = " or ".join(f"`{column.source}` is null" for column in _numbers(table)) or "false"
                order = f"case when {blanks} then 1 else 0 end, {self._order(table)}"
                text = f"select {names} from {self._rows(table, Case(window))} order by {order} limit {nth}"
                rows = self.lake.house.rows(text)
                if rows:
                    found[table.source] = rows[-1]
        return found

    def _order(self, table: ModelTable) -> str:
        """Rows of whom there are many first, so that something is left of them under slicers."""
        size = content.tables()[table.source].group_size
        return f"{f'{size} desc, ' if size else ''}md5(concat_ws('|', 'x', {', '.join(self._keys(table))}))"

    def _counted(self, metric: Metric, window: Days, case: Case) -> tuple[Any, Any]:
        """Numerator and denominator: nobody at all is blank in DAX. A series is a number of everybody, whole by itself."""
        if metric.kind == "series":
            day = f"activity_date = date '{window[1]}' and {str(not case.where).lower()}"
            return self._one(f"select max({metric.column}) as v from gold.{metric.table} where {day}"), 1
        row = self.lake.kpis(first=window[0], last=window[1], where=case.where, metrics=[metric.name]).rows[0]
        return (row["numerator"], row["denominator"]) if row["denominator"] else (None, None)

    def _before(self, metric: Metric, window: Days, case: Case) -> float | None:
        """The value over as many days just before, where the lake has them."""
        length = window[1] - window[0] + timedelta(days=1)
        earlier = window[0] - length, window[1] - length
        return _over(*self._counted(metric, earlier, case)) if earlier[0] >= self.first else None

    def _table(self, table: ModelTable, case: Case) -> dict[str, Any]:
        if not table.measures or table.source == "kpis":
            return {}
        with self._shown(table, case) as source:
            found = self._numbers(table, case, self._rows(table, case, source))
        return {name: value for name, value in found.items() if name in {m.name for m in table.measures}}

    def _numbers(self, table: ModelTable, case: Case, rows: str) -> dict[str, Any]:
        found = {measure_name(table, c.source): self._value(table, c, rows) for c in _numbers(table)}
        for block in blocks_of(table):
            if block.count:
                found[measure_name(table, block.count)] = self._one(f"select nullif(count(*), 0) as v from {rows}")
            for name in (*block.y, *filter(None, [block.color])):
                base = found.get(measure_name(table, name))
                value = _over(base, found[measure_name(table, block.of)]) if block.of else base
                value = -value if name in block.minus and value is not None else value
                is_new = not block.last or self._is_new(table, block, rows, case)
                found[block_measure(table, block, name)] = value if is_new else None
        return found

    @contextmanager
    def _shown(self, table: ModelTable, case: Case) -> Iterator[str]:
        """A table as it is in gold; of some customers as it is in a lake in which nobody else is; `nobody` of too few."""
        parts = self._parts(table)
        if not case.where:
            yield f"{table.layer}.{table.source}"
            return
        window = Window("given", *(case.window or self.default))
        house = self.lake.house
        with only_customers(house, self.clock, window, case.where) as kept:
            text = content.tables()[table.source].sql if parts else "select 1"
            if parts:
                values = {**build_values(house, self.clock), **window.values(self.clock)}
                house.engine.keep("recounted", content.with_relations(text), values)
                enough = "true" if (kept or 0) >= self.lake.config.min_group else "false"
                yield f"(select * from recounted where {enough})"
            else:
                yield f"{table.layer}.{table.source}"

    def _parts(self, table: ModelTable) -> str | None:
        """The table that has this one's rows of each customer alone."""
        known = content.tables().values()
        return next((each.name for each in known if each.parts_of == f"{table.layer}.{table.source}"), None)

    def _value(self, table: ModelTable, column: Column, rows: str) -> Any:
        """A sum where rows add up; else the value of the one row, or key, that there is."""
        ratio = content.columns()[column.source].ratio if column.source in content.columns() else None
        if ratio and all(table.column(part) for part in ratio):
            parts = [self._value(table, found, rows) for part in ratio if (found := table.column(part))]
            return _over(*parts)
        one = self._one_key(table) if self._comes_again(table, column) else "true"
        one = "count(*) = 1" if column.kind == "number" else one
        return self._one(f"select case when {one} then sum(`{column.source}`) end as v from {rows}")

    def _comes_again(self, table: ModelTable, column: Column) -> bool:
        """Whether a customer may be counted in several rows."""
        keys = content.tables()[table.source].key if table.layer == "gold" else ()
        meaning = content.columns().get(column.source)
        is_dated = any(key == "month" or key.endswith("_date") for key in keys)
        return bool(meaning and meaning.unit == "customers" and is_dated)

    def _one_key(self, table: ModelTable) -> str:
        return " and ".join(f"count(distinct {key}) = 1" for key in self._keys(table))

    def _keys(self, table: ModelTable) -> list[str]:
        known = content.tables().get(table.source)
        names = [name for name in (known.key if known else ()) if name not in SLICED]
        return [name for name in names if table.column(name)]

    def _rows(self, table: ModelTable, case: Case, source: str | None = None) -> str:
        """The table's rows that are chosen, as SQL; under slicers none of too few customers."""
        known = content.tables().get(table.source) if table.layer == "gold" else None
        conditions = [*_chosen(table, case)]
        if known and case.where and not self._parts(table):
            conditions.append("false")
        if known and "slice" in known.columns:
            conditions.append("slice = 'all'")
        kept = f"where {' and '.join(conditions)}" if conditions else ""
        size = f", {known.group_size} as group_size" if known and known.group_size else ""
        rows = f"(select * from (select *{size} from {source or f'{table.layer}.{table.source}'}) {kept})"
        return (
            rows
            if not (case.where and self._parts(table)) or self._are_enough(table, rows)
            else f"(select * from {rows} where false)"
        )

    def _are_enough(self, table: ModelTable, rows: str) -> bool:
        """Whether the rows are about enough customers: by their sizes, and by who they are."""
        keys = self._keys(table)
        joined = " and ".join(f"parts.{key} = rows.{key}" for key in keys)
        people = "select cast(conv(substr(md5(customer_id), 1, 15), 16, 10) as bigint) from silver.customers"
        different = self._one(
            f"select count(distinct parts.customer_key) as v from gold.{self._parts(table)} as parts join {rows} as rows "
            f"on {joined} where parts.customer_key in ({people})"
        )
        least = self.lake.config.min_group
        return bool(min(different, self._one(f"select coalesce(sum(group_size), 0) as v from {rows}")) >= least)

    def _is_new(self, table: ModelTable, block: Block, rows: str, case: Case) -> bool:
        """Whether the newest of the rows is of the last hours or days, of what the block keeps, of the table."""
        own = {name: value for name, value in case.rows.get(table.source, {}).items() if name in block.where}
        kept = " and ".join(["true", *(f"`{name}` = {_literal(value)}" for name, value in own.items())])
        newest = f"select max({block.x}) from {table.layer}.{table.source} where {kept}"
        last = f"interval {str(block.last)[:-1]} {'hour' if str(block.last)[-1] == 'h' else 'day'}"
        return bool(self._one(f"select coalesce(max({block.x}) > ({newest}) - {last}, false) as v from {rows}"))

    def _one(self, sql: str) -> Any:
        return self.lake.house.rows(sql)[0]["v"]


def same(found: Any, wanted: Any) -> bool:
    """Whether two values are the same; numbers that are not whole to the last digit that matters."""
    if isinstance(found, float) or isinstance(wanted, float):
        return None not in (found, wanted) and isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-12)
    return bool(found == wanted)


def percent(value: float | None) -> float | None:
    """A fraction as `backbeat kpis` writes it: half up to two decimals."""
    return None if value is None else floor(value * 10000 + 0.5 + 1e-7) / 100


def _less(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else now - before


def _over(value: float | None, under: float | None) -> float | None:
    return None if value is None or not under else value / under


def _is_of_persons(table: ModelTable) -> bool:
    """Whether a row is about somebody, so that its key without who it is tells no row from others."""
    known = content.tables().get(table.source)
    return bool(known and "customer_id" in known.key)


def _numbers(table: ModelTable) -> list[Column]:
    """The columns that people see through measures."""
    keys = content.tables()[table.source].key if table.layer == "gold" else ()
    numbers = [c for c in table.columns if c.kind in ("integer", "number") and c.is_hidden]
    return [c for c in numbers if not c.is_key and c.source not in keys]


def _chosen(table: ModelTable, case: Case) -> Iterator[str]:
    day = content.date_column([column.source for column in table.columns])
    if case.window and day:
        yield f"{day} between date '{case.window[0]}' and date '{case.window[1]}'"
    for name, value in case.rows.get(table.source, {}).items():
        yield f"`{name}` = {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return f"cast('{value.isoformat()}' as {'timestamp' if hasattr(value, 'hour') else 'date'})"
    return str(value) if isinstance(value, (int, float)) else "'" + str(value).replace("'", "''") + "'"


def _bare(value: Any) -> Any:
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value
