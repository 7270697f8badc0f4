"""Metrics as measures: counted customer by customer, over the days chosen, of the customers whom the slicers keep."""

from collections.abc import Iterator
from textwrap import indent

from backbeat import content
from backbeat.build.kpis import shares
from backbeat.build.series import day_column
from backbeat.build.windows import REFERENCE_DAYS
from backbeat.config import Config
from backbeat.powerbi.chosen import CHOSEN, LEAST, is_asked, kept, members, small
from backbeat.powerbi.conditions import Unsaid
from backbeat.powerbi.customer_sql import Customers, Reading
from backbeat.powerbi.names import dax_column, dax_measure, dax_table, words
from backbeat.powerbi.nouns import DAY, PERCENT, WHOLE, Measure, Model
from backbeat.powerbi.parsed import parsed
from backbeat.powerbi.tables import HOME, table_name
from backbeat.specs import Metric

FIRST, LAST, THRESHOLD, STATUS, WINDOW = "First day", "Last day", "Engaged sessions", "Window status", "Window"
BEFORE, CHANGE, TARGET = "{} before", "{} change", "{} target"
_KPIS = dax_table(words(HOME))
_IS_WINDOW = f"NOT ( ISBLANK ( [{FIRST}] ) )"
"""An empty lake has no window, and DAX takes no day for one before all others."""


def metric_measures(model: Model, config: Config) -> Iterator[Measure]:
    """The measures of every metric, and what they share."""
    yield from _window_measures(model, config)
    chosen = " + ".join(f"INT ( {is_asked(name)} )" for name in content.slices()) or "0"
    yield Measure(CHOSEN, chosen, "By how many slices something is chosen.", WHOLE, "Helpers", True)
    for name in content.slices():
        yield Measure(f"_{name}", _slice(model, name), f"The {name} of the customer in context.", None, "Helpers", True)
    for metric in shares():
        yield from _share_measures(model, metric)
    for metric in content.metrics().values():
        if metric.kind == "series" and model.of_source(str(metric.table)):
            yield from _series_measures(model, metric)


def _window_measures(model: Model, config: Config) -> Iterator[Measure]:
    default = f'{_KPIS}[Window kind] = "default"'
    for name, column, function in ((FIRST, "Window from", "MIN"), (LAST, "Window to", "MAX")):
        stored = f"CALCULATE ( {function} ( {_KPIS}[{column}] ), ALL ( {_KPIS} ), {default} )"
        chosen = f"IF ( ISFILTERED ( Dates ), {function} ( Dates[Date] ), {stored} )"
        yield Measure(
            name, chosen, f"The window's {name.lower()}: as chosen, else of the lake's default window.", DAY, "Window"
        )
    days = f"DATEDIFF ( [{FIRST}], [{LAST}], DAY ) + 1"
    limit = f"IF ( {_IS_WINDOW}, QUOTIENT ( {config.engaged_sessions} * ( {days} ) + {REFERENCE_DAYS - 1}, {REFERENCE_DAYS} ) )"
    yield Measure(
        THRESHOLD, limit, f"How many sessions make a customer of the window engaged: {config.engaged_sessions} in {REFERENCE_DAYS} days, pro rata, rounded up.", WHOLE, "Window",
    )  # fmt: skip
    yield Measure(
        LEAST, str(config.min_group), "Groups of fewer customers are merged as other.", WHOLE, "Helpers", True
    )
    yield Measure(
        "_data_to",
        f"CALCULATE ( MAX ( {_KPIS}[Window to] ), ALL ( {_KPIS} ), {default} )",
        "The day of as_of.",
        DAY,
        "Helpers",
        True,
    )
    yield Measure(
        STATUS, _status(model), "Whether the window's numbers may still change: provisional or final.", None, "Window"
    )
    told = f'FORMAT ( [{FIRST}], "yyyy-mm-dd" ) & " to " & FORMAT ( [{LAST}], "yyyy-mm-dd" ) & ", " & [{STATUS}]'
    shown = f'IF ( {_IS_WINDOW}, {told}, "No sessions yet" )'
    yield Measure(WINDOW, shown, "The days that the metrics of the page are about.", None, "Window")


def _status(model: Model) -> str:
    """A window's last day is final once none of the five-minute windows up to it is provisional."""
    default = f'CALCULATE ( MAX ( {_KPIS}[Status] ), ALL ( {_KPIS} ), {_KPIS}[Window kind] = "default" )'
    windows = model.of_source("activity_5m")
    if not windows:
        return default
    table = dax_table(windows.name)
    still_open = f'CALCULATE ( COUNTROWS ( {table} ), ALL ( {table} ), REMOVEFILTERS ( Dates ), {table}[Window date] <= _last, {table}[Status] = "provisional" )'
    return f"""VAR _last = [{LAST}]
VAR _open = {still_open}
RETURN
    IF ( _last < [_data_to], IF ( _open > 0, "provisional", "final" ), IF ( _last = [_data_to], {default}, "provisional" ) )"""


def _slice(model: Model, name: str) -> str:
    own = content.dax("slices", name)
    if own:
        return f"VAR _first = [{FIRST}]\nVAR _last = [{LAST}]\nRETURN\n{indent(_bare(own), '    ')}"
    reading = Reading(model)
    found = _one_a_customer(reading, content.slices()[name], f"slices/{name}")
    return _text(reading, found.columns["slice_value"].dax)


def _member(model: Model, metric: Metric) -> str:
    own = content.dax("metrics", metric.name)
    if own:
        return _text(Reading(model), _bare(own), has_threshold=metric.has_threshold)
    reading = Reading(model)
    found = _one_a_customer(reading, metric.sql, f"metrics/{metric.name}")
    counted = found.columns["in_numerator"].dax
    value = counted if found.exists == "TRUE ()" else f"IF ( {found.exists}, {counted} )"
    return _text(reading, value, has_threshold=metric.has_threshold)


def _one_a_customer(reading: Reading, sql: str, path: str) -> Customers:
    try:
        found = reading.query(parsed(sql), {})
        if isinstance(found, Customers):
            return found
        one = reading.one(found, "rows")
        return Customers(one.exists, {name: one.columns[name] for name in found.columns if name != "customer_id"})
    except Unsaid as error:
        raise Unsaid(
            f"lakehouse/{path}.sql can't be said in DAX: {error}. Write lakehouse/{path}.dax beside it (docs/how-to/export.md)"
        ) from error


def _bare(dax: str) -> str:
    return "\n".join(line for line in dax.splitlines() if not line.lstrip().startswith("//"))


def _text(reading: Reading, value: str, *, has_threshold: bool = False) -> str:
    given = {
        "_first": f"[{FIRST}]",
        "_last": f"[{LAST}]",
        **({"_threshold": f"[{THRESHOLD}]"} if has_threshold else {}),
    }
    variables = "\n".join(f"VAR {name} = {dax}" for name, dax in {**given, **reading.used(value)}.items())
    return f"{variables}\nRETURN\n{indent(value, '    ')}"


def _share_measures(model: Model, metric: Metric) -> Iterator[Measure]:
    title, folder = title_of(metric), f"Metrics\\{metric.title}"
    yield Measure(
        f"_{metric.name}",
        _member(model, metric),
        "Of the customer in context: 1 in the numerator, 0 in the denominator alone.",
        WHOLE,
        "Helpers",
        True,
    )
    numerator, denominator = f"{title} numerator", f"{title} denominator"
    yield Measure(
        title,
        f"DIVIDE ( {dax_measure(numerator)}, {dax_measure(denominator)} )",
        f"{metric.question} {metric.definition}",
        PERCENT,
        folder,
    )
    yield Measure(
        numerator, _counted(metric, "SUMX ( _kept, [@in] )"), metric.numerator or "Who counts.", WHOLE, folder
    )
    yield Measure(denominator, _counted(metric, "_size"), metric.denominator or "Of whom.", WHOLE, folder)
    yield from _comparisons(metric, title, folder)


def _comparisons(metric: Metric, title: str, folder: str) -> Iterator[Measure]:
    before, change = BEFORE.format(title), CHANGE.format(title)
    earlier = f"""VAR _first = [{FIRST}]
VAR _days = DATEDIFF ( _first, [{LAST}], DAY ) + 1
VAR _begin = _first - _days
RETURN
    IF (
        _begin >= CALCULATE ( MIN ( Dates[Date] ), ALL ( Dates ) ),
        CALCULATE ( {dax_measure(title)}, ALL ( Dates ), Dates[Date] >= _begin, Dates[Date] < _first )
    )"""
    yield Measure(before, earlier, f"{metric.title} over as many days just before.", PERCENT, folder)
    moved = f"""VAR _now = {dax_measure(title)}
VAR _before = {dax_measure(before)}
RETURN
    IF ( NOT ( ISBLANK ( _now ) ) && NOT ( ISBLANK ( _before ) ), _now - _before )"""
    yield Measure(change, moved, f"{metric.title} now, less just before: in points.", PERCENT, folder)
    if metric.target is not None:
        target = metric.target / 100 if metric.unit == "percent" else metric.target
        yield Measure(TARGET.format(title), repr(target), f"What {metric.title.lower()} should reach.", PERCENT, folder)


def title_of(metric: Metric) -> str:
    """What a metric's measure is called: its title, and its name too where two have the same."""
    twins = [each for each in content.metrics().values() if each.title.lower() == metric.title.lower()]
    return metric.title if len(twins) == 1 else f"{metric.title} ({metric.name})"


def _counted(metric: Metric, result: str) -> str:
    """Members with the slices they are asked by; those that the slicers keep; what is too small is not told."""
    asked = " || ".join(is_asked(name) for name in content.slices()) or "FALSE ()"
    own = f'"@in", [_{metric.name}]'
    return f"""VAR _members =
    FILTER (
{indent(members(own), "        ")},
        NOT ( ISBLANK ( [@in] ) )
    )
{small()}
VAR _kept = FILTER ( _members, {kept()} )
VAR _size = COUNTROWS ( _kept )
RETURN
    IF ( {_IS_WINDOW} && [{FIRST}] <= [_data_to] && ( NOT ( {asked} ) || _size >= [{LEAST}] ), {result} )"""


def _series_measures(model: Model, metric: Metric) -> Iterator[Measure]:
    """The value of the window's last day, of everybody; nothing where a slice is chosen."""
    table = model.of_source(str(metric.table))
    assert table
    value, day = (table.column(name) for name in (str(metric.column), day_column(metric)))
    if not value or not day:
        return
    title, folder = title_of(metric), f"Metrics\\{metric.title}"
    place = dax_table(table.name)
    last = f"""VAR _last = [{LAST}]
RETURN
    IF ( [{CHOSEN}] = 0, CALCULATE ( MAX ( {dax_column(table.name, value.name)} ), ALL ( {place} ), REMOVEFILTERS ( Dates ), {dax_column(table.name, day.name)} = _last ) )"""
    yield Measure(
        title,
        last,
        f"{metric.question} {metric.definition} On the window's last day.",
        PERCENT if metric.unit == "percent" else "#,0.0",
        folder,
    )
    yield from _comparisons(metric, title, folder)


__all__ = ["metric_measures", "table_name", "title_of"]
