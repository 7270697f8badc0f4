"""Finds and loads lakehouse/: the SQL and YAML that say what the tables and metrics mean.

Names, dependencies and parameters are derived from paths and SQL; a content file only declares what can't be.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache, lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from backbeat.errors import UsageError, first_line
from backbeat.specs import Alert, Block, Column, Exclusions, Features, Label, Metric, Page, Predictor, Source, Table

_T = TypeVar("_T")
SAME_AS = "same_as"
DATES = ("activity_date", "month", "cohort_month", "cohort_week", "window_date")


@cache
def sources() -> dict[str, Source]:
    """The raw sources by name, those that others refer to first."""
    found = {name: _decode("sources", name, Source) for name in _names("sources", ".yml")}
    return dict(sorted(found.items(), key=lambda item: (bool(item[1].partition), item[0] != "customers", item[0])))


@cache
def tables() -> dict[str, Table]:
    """The gold tables by name."""
    return {name: _table(name) for name in _names("gold", ".yml")}


@cache
def metrics() -> dict[str, Metric]:
    """The metrics by name, in the order in which people read them."""
    found = [_metric(name) for name in _names("metrics", ".yml")]
    return {metric.name: metric for metric in sorted(found, key=lambda metric: (metric.order, metric.name))}


@cache
def relations() -> dict[str, str]:
    """Named parts that several texts share, name → SQL, each after those it stands on."""
    texts = {name: _read("relations", f"{name}.sql") for name in _names("relations", ".sql")}
    ordered: dict[str, str] = {}
    while len(ordered) < len(texts):
        ready = [
            name for name in texts if name not in ordered and _mentions(texts[name], texts) <= set(ordered) | {name}
        ]
        if not ready:
            raise UsageError(f"relations/ refer to each other in a circle: {', '.join(set(texts) - set(ordered))}")
        ordered |= {name: texts[name] for name in ready}
    return ordered


@cache
def slices() -> dict[str, str]:
    """The ways to slice customers, name → SQL (customer_id, slice_value)."""
    return {name: _read("slices", f"{name}.sql") for name in _names("slices", ".sql")}


def dax(folder: Literal["metrics", "slices"], name: str) -> str | None:
    """What stands in `FOLDER/NAME.dax`, where the SQL beside it is more than can be said in DAX by itself; else None.

    Of a metric 1, 0 or blank, of a slice its value, of the one customer in context, over the days _first to _last.
    """
    path = _root() / folder / f"{name}.dax"
    return path.read_text("utf-8").strip() if path.is_file() else None


@cache
def pages() -> dict[str, Page]:
    """The pages by name, in the order in which people read them.

    Raises UsageError where a page names a metric, a table, a column or a slice that is not there.
    """
    found = [_decode("pages", name, Page) for name in _names("pages", ".yml")]
    for page in found:
        for number, block in enumerate(page.blocks, 1):
            demand_known(page, block, f"lakehouse/pages/{page.name}.yml, block {number}")
    return {page.name: page for page in sorted(found, key=lambda page: (page.order, page.name))}


@cache
def features() -> Features:
    """Which event types play and skip, and what customers can do."""
    return _convert("lakehouse/features.yml", _yaml("features.yml"), Features)


@cache
def exclusion_kinds() -> dict[str, str]:
    """What a rule of exclusions.yml can go by, name → SQL (customer_id, since)."""
    return {name: _read("exclusions", f"{name}.sql") for name in _names("exclusions", ".sql")}


def exclusions(path: str | None = None) -> Exclusions:
    """Who is left out of the metrics: by the user's own file where one is named, else by lakehouse/exclusions.yml."""
    place = path or "lakehouse/exclusions.yml"
    found = _convert(place, _own_yaml(path) if path else _yaml("exclusions.yml"), Exclusions)
    for name, rule in found.rules.items():
        if len(rule) != 1 or not set(rule) <= set(exclusion_kinds()):
            raise UsageError(f"{place}: rule '{name}' goes by one of {', '.join(exclusion_kinds())}")
        ((kind, given),) = rule.items()
        if isinstance(given, int) != kind.endswith("_a_day"):
            wanted = "a number" if kind.endswith("_a_day") else "a list"
            raise UsageError(f"{place}: rule '{name}': give {kind} {wanted}")
        if isinstance(given, int) and given < 1:
            raise UsageError(f"{place}: rule '{name}': give {kind} 1 or more")
    return found


@cache
def predictors() -> dict[str, Predictor]:
    """What a prediction knows of a customer, by column of `predictor_sql`, in the order of predict/features.yml."""
    path = "predict/features.yml"
    found = {name: fields for name, fields in _yaml(path).items() if name != SAME_AS}
    return {name: _convert(f"lakehouse/{path} {name}", fields, Predictor) for name, fields in found.items()}


def predictors_same_as() -> dict[str, tuple[str, ...]]:
    """Fingerprints of earlier texts of the predictors, by that of the text which means the same."""
    path = "predict/features.yml"
    return _convert(f"lakehouse/{path} {SAME_AS}", _yaml(path).get(SAME_AS, {}), dict[str, tuple[str, ...]])


@cache
def predictor_sql() -> str:
    """One row per registered customer: what was known when the day `:to` was over."""
    return with_relations(_read("predict", "features.sql"))


@cache
def labels() -> dict[str, Label]:
    """What is foretold, by name."""
    folder = "predict/labels"
    found = [_decode(folder, name, Label) for name in _names(folder, ".yml")]
    ordered = sorted(found, key=lambda label: label.order)
    return {each.name: msgspec.structs.replace(each, sql=_read(folder, f"{each.name}.sql")) for each in ordered}


@cache
def alerts() -> dict[str, Alert]:
    """The alerts by name."""
    return {name: _decode("alerts", name, Alert) for name in _names("alerts", ".yml")}


def own_alert(path: str) -> Alert:
    """An alert of the user's own file, named by it."""
    return _convert(path, {**_own_yaml(path), "name": Path(path).stem}, Alert)


@cache
def alert_series() -> dict[str, str]:
    """Series that are no column of a table, name → SQL (time, value)."""
    return {name: with_relations(_read("alerts", f"{name}.sql")) for name in _names("alerts", ".sql")}


@cache
def columns() -> dict[str, Column]:
    """The dictionary of columns, name → meaning."""
    return msgspec.convert(_yaml("columns.yml"), dict[str, Column])


@lru_cache(maxsize=512)
def with_relations(sql: str, *, stored: bool = True, shared: frozenset[str] = frozenset()) -> str:
    """The text with the relations that it names, and those they stand on, put in front as CTEs.

    A relation that a gold table keeps is read from there, unless its text is asked for by `stored`; a `shared` one from
    the temporary table `shared_NAME`.
    """
    known = (
        relations() | (_kept_relations() if stored else {}) | {name: f"select * from shared_{name}" for name in shared}
    )
    needed: set[str] = set()
    pending = _mentions(sql, known)
    while pending:
        needed |= pending
        pending = {other for name in pending for other in _mentions(known[name], known)} - needed
    ctes = ",\n".join(f"{name} as (\n{text}\n)" for name, text in known.items() if name in needed)
    return f"with {ctes}\nselect * from (\n{sql}\n)" if ctes else sql


@cache
def shared_relations(name: str) -> tuple[str, ...]:
    """The relations that a gold table reads as the table does that it has the parts of, or that has its parts.

    Each comes after those it stands on.
    """
    whole = tables()[name].parts_of or f"gold.{name}"
    named = [
        _mentions(table.sql, relations())
        for table in tables().values()
        if whole in (table.parts_of, f"gold.{table.name}")
    ]
    shared = set.intersection(*named) - set(_kept_relations()) if len(named) > 1 else set()
    return tuple(relation for relation in relations() if relation in shared)


@cache
def _kept_relations() -> dict[str, str]:
    return {name: f"select * from gold.{name}" for name, table in tables().items() if table.made_from == "relation"}


def date_column(columns: Collection[str]) -> str | None:
    """The column, of those of a table, by which its rows belong to dates."""
    return next((name for name in DATES if name in columns), None)


@lru_cache(maxsize=512)
def parameters(sql: str) -> frozenset[str]:
    """The `:named` parameters of a text, those of the relations it names included."""
    from backbeat.engines.dialect import PARAMETER  # with the engines comes pyarrow

    return frozenset(found[1] for found in PARAMETER.finditer(with_relations(sql)) if found[1])


@lru_cache(maxsize=512)
def reads(sql: str) -> frozenset[str]:
    """The tables a text reads, as `layer.table`."""
    return frozenset(re.findall(r"\b(?:from|join)\s+((?:silver|gold|ops)\.\w+)", without_comments(with_relations(sql))))


def without_comments(sql: str) -> str:
    """The text without what follows `--` in its lines."""
    return re.sub(r"--[^\n]*", "", sql)


def demand_known(page: Page, block: Block, place: str) -> None:
    """Raise UsageError, naming the place, where a block of a page names something that is not there."""
    if (block.tile, block.chart, block.table) == (None, None, None):
        raise UsageError(f"{place}: write `tile: METRIC`, `chart: KIND` or `table: NAME`")
    for metric in filter(None, (block.tile, block.metric)):
        _demand_one_of(place, "metric", metric, metrics())
    if block.metric and block.by:
        _demand_one_of(place, "slice", block.by, slices())
    if block.chart and not block.metric and not (block.table and block.x):
        raise UsageError(f"{place}: a chart needs `metric: NAME`, or `table: NAME` and `x: COLUMN`")
    if block.table and block.table not in page.made_by:
        _demand_one_of(place, "table", block.table, table_columns())
    if block.table in table_columns():
        _demand_columns(place, block, table_columns()[block.table])


def table_columns() -> dict[str, tuple[str, ...]]:
    """The columns of every gold and ops table by its short name."""
    from backbeat.lake import schemas

    gold = {name: table.columns for name, table in tables().items()}
    return {**gold, **{name.removeprefix("ops."): tuple(schema.names) for name, schema in schemas.OPS.items()}}


def fingerprint(*texts: str) -> str:
    """A short hash: the same texts, the same fingerprint."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def _table(name: str) -> Table:
    table = _decode("gold", name, Table)
    folder = {"sql": "gold", "relation": "relations"}.get(table.made_from)
    return msgspec.structs.replace(table, sql=_read(folder, f"{name}.sql")) if folder else table


def _metric(name: str) -> Metric:
    metric = _decode("metrics", name, Metric)
    second = f"{name}.recount.sql"
    recount = _read("metrics", second) if (_root() / "metrics" / second).is_file() else ""
    sql = "" if metric.kind == "series" else _read("metrics", f"{name}.sql")
    has_threshold = "threshold" in parameters(sql)
    return msgspec.structs.replace(metric, sql=sql, recount=recount, has_threshold=has_threshold)


def _mentions(sql: str, names: dict[str, str]) -> set[str]:
    return set(re.findall(r"\b(?:from|join)\s+(\w+)\b(?!\.)", without_comments(sql))) & set(names)


def _demand_columns(place: str, block: Block, columns: tuple[str, ...]) -> None:
    for column in block.named_columns:
        _demand_one_of(place, f"column of {block.table}", column, columns)
    if not {"customer_id", "customer_key"}.isdisjoint(columns) and (
        not block.count or {"customer_id", "customer_key"} & {*block.named_columns}
    ):
        raise UsageError(f"{place}: {block.table} has a row per customer: count its rows (`count: customers`)")


def _demand_one_of(place: str, what: str, name: str, known: Iterable[str]) -> None:
    if name not in known:
        raise UsageError(f"{place}: there is no {what} '{name}'; there are {', '.join(known)}")


def _root() -> Traversable:
    return files("backbeat") / "lakehouse"


def _names(folder: str, suffix: str) -> Iterator[str]:
    entries = sorted(entry.name for entry in (_root() / folder).iterdir())
    return (entry.removesuffix(suffix) for entry in entries if entry.endswith(suffix))


def _read(folder: str, name: str) -> str:
    try:
        return (_root() / folder / name).read_text("utf-8").strip()
    except FileNotFoundError as error:
        raise UsageError(f"lakehouse/{folder}/{name} is missing: its .yml stands alone") from error


def _decode(folder: str, name: str, kind: type[_T]) -> _T:
    path = f"{folder}/{name}.yml"
    return _convert(f"lakehouse/{path}", {**_yaml(path), "name": name}, kind)


def _convert(place: str, document: object, kind: type[_T]) -> _T:
    try:
        return msgspec.convert(document, kind)
    except msgspec.ValidationError as error:
        quotes = "; text is put in quotes" if re.search(r"Expected `str\b.*got `(int|float|bool)`", str(error)) else ""
        raise UsageError(f"{place}: {error}{quotes}") from error


def _yaml(path: str) -> dict[str, object]:
    return _document(f"lakehouse/{path}", (_root() / path).read_text("utf-8"))


def _own_yaml(path: str) -> dict[str, object]:
    """A content file of the user's own, in place of one of ours."""
    try:
        return _document(path, Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't be read: {first_line(error)}") from error


def _document(place: str, text: str) -> dict[str, object]:
    import yaml

    try:
        document = yaml.load(text, _loader())
    except yaml.YAMLError as error:
        raise UsageError(f"{place}: not valid YAML: {error}") from error
    if not isinstance(document, dict):
        raise UsageError(f"{place}: expected `name: value` lines at its top")
    return document


@cache
def _loader() -> type:
    """YAML that is safe, in which no name stands twice: of two, the last would silently be the one."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
            names = [key.value for key, _ in node.value]
            if twice := next((name for i, name in enumerate(names) if name in names[:i]), None):
                raise yaml.constructor.ConstructorError(None, None, f"`{twice}` stands twice", node.start_mark)
            found: dict[object, object] = super().construct_mapping(node, deep=deep)
            return found

    return Loader
