"""What a content file may say: a source, a table, a metric, an alert, a page. Where one is found and read is content.py's."""

from collections.abc import Iterator
from typing import Literal

import msgspec

ColumnType = Literal["id", "text", "time", "end", "integer", "number"]


class SourceColumn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column of the raw contract: its type and its raw names in order of preference (its own where none is given).

    `required` holds the reason codes of a row without it; `bounded` times are kept to [earliest, arrival + max_future];
    an `ends` time on or after 9999-12-31 is open (null), as are those of type `end`, which are a day's last instant
    where they have no time of day; raw names listed in `seconds` hold seconds where the column holds milliseconds.
    """

    type: ColumnType
    from_: tuple[str, ...] = msgspec.field(name="from", default=())
    required: tuple[str, ...] = ()
    bounded: bool = False
    ends: bool = False
    seconds: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One raw source, `sources/NAME.yml`. `partition` is {date column: the time column it is the local day of}."""

    grain: str
    description: str
    key: tuple[str, ...]
    columns: dict[str, SourceColumn]
    partition: dict[str, str] = {}
    name: str = ""

    @property
    def partition_column(self) -> str | None:
        return next(iter(self.partition), None)

    def raw_names(self, column: str) -> tuple[str, ...]:
        """The raw names that may hold the column, the preferred one first."""
        return self.columns[column].from_ or (column,)


class Star(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which table or relation a `star_` table shows with whole numbers for ids; `days`: {its instant: the local day here}."""

    of: str
    days: dict[str, str] = {}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gold table, `gold/NAME.yml` beside `gold/NAME.sql`.

    `partition` tables are replaced a date at a time; `margin_days` says how many days around a changed one can change
    with it.

    Of others, `open` says how long a row can change: {its date column: days from that date on, a number or a parameter
    each, added up}. Rows for which no such day has changed stand; the rest is computed from what `looks_back` lets it
    see: {partitioned table: days before the first open row}.

    `holds` are conditions true of every row, in words; `checks` SELECTs of bad rows, for what takes several rows or
    tables to see.

    Tables `made_from` metrics, exclusions or a relation of their name have no SQL file of their own: theirs is that of
    those. Tables `made_from: models` are written by `backbeat predict`, those from alerts by `run`, with the columns of
    lake/schemas.py.

    `group_size` of a table with slices is how many customers a row is about. Where people read it, rows of too few are
    merged: columns that `adds_up` names are summed, those of `merged` are its aggregates, a ratio is computed anew;
    any other is null where it differs.

    `parts_of` names the table whose rows this one has for each customer alone: counts of some customers are sums of
    its, other numbers averages, and medians medians, of what is there.
    """

    grain: str
    description: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    refresh: Literal["batch", "period"]
    partition: str | None = None
    margin_days: int = 0
    open: dict[str, tuple[int | str, ...]] = {}
    looks_back: dict[str, int] = {}
    not_null: tuple[str, ...] = ()
    ranges: dict[str, tuple[float | None, float | None]] = {}
    values: dict[str, tuple[str, ...]] = {}
    references: dict[str, str] = {}
    holds: dict[str, str] = {}
    checks: dict[str, str] = {}
    made_from: Literal["sql", "relation", "metrics", "exclusions", "models", "alerts"] = "sql"
    history: tuple[str, ...] = ()
    group_size: str | None = None
    adds_up: tuple[str, ...] = ()
    merged: dict[str, str] = {}
    star: Star | None = None
    parts_of: str | None = None
    name: str = ""
    sql: str = ""

    @property
    def is_by_date(self) -> bool:
        """Whether some rows can be computed and the others stand, by what dates have changed."""
        return bool(self.partition or self.open)

    @property
    def is_about_persons(self) -> bool:
        """Whether a row is about one customer: in no API and on no page."""
        return not {"customer_id", "customer_key"}.isdisjoint(self.columns)


class Metric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One metric, `metrics/NAME.yml` beside `metrics/NAME.sql`: a row per customer of the denominator.

    `numerator` and `denominator` are words; `kind: series` names a gold table and column instead and has no SQL.
    Where there is a `metrics/NAME.recount.sql`, one row of numerator and denominator straight from silver, `check`
    compares the two. `same_as` are fingerprints of earlier texts of this version, which meant the same.
    `has_threshold`: the SQL asks for `:threshold`.
    """

    title: str
    question: str
    definition: str
    owner: str
    version: int
    same_as: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    kind: Literal["share", "series"] = "share"
    unit: str = "percent"
    better: Literal["up", "down"] = "up"
    target: float | None = None
    slices: tuple[str, ...] = ()
    headline: bool = False
    order: int = 100
    table: str | None = None
    column: str | None = None
    name: str = ""
    sql: str = ""
    recount: str = ""
    has_threshold: bool = False


class Playback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which event types play something, and which skip it."""

    play: tuple[str, ...]
    skip: tuple[str, ...]


class Feature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The event types that show the use of a feature, and on which plans there is one."""

    types: tuple[str, ...]
    plans: Literal["all", "paid"] = "all"


class Features(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """features.yml. Whoever has `min_uses` events of a feature in a month has adopted it."""

    playback: Playback
    features: dict[str, Feature]
    min_uses: int


class Predictor(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What predict/features.sql knows of a customer, a column each; predict/features.yml says what the fields mean."""

    group: str
    source: Literal["sessions", "events", "plans", "customers"]
    look_back: int | None
    words: str
    kind: Literal["number", "share", "flag"] = "number"


class Label(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is foretold, `predict/labels/NAME.yml` beside its `.sql`: customer_id, baseline, is_positive.

    `horizon_days` is how far it looks; null: as far as the settings say. {days} and {threshold} stand in its texts.
    """

    title: str
    question: str
    definition: str
    baseline: str
    horizon_days: int | None
    order: int
    name: str = ""
    sql: str = ""


class Alert(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is watched, `alerts/NAME.yml`: a `series` (TABLE.COLUMN, or NAME of `alerts/NAME.sql`) by a rule.

    It fires after breaches in `for` windows running and is resolved after `resolve_after` calm ones. `notify` names
    targets: BACKBEAT_NOTIFY_NAME holds their URLs. They hear when it fires (not within `cooldown` of the last time),
    when it lies `worse_by` times as far out as they know, and when it is resolved; never of one that is `mute`.
    """

    title: str
    series: str
    version: int
    rule: str = "seasonal"
    parameters: dict[str, float | int | str] = {}
    for_: int = msgspec.field(name="for", default=1)
    resolve_after: int = 3
    severity: Literal["info", "warning", "critical"] = "warning"
    notify: tuple[str, ...] = ()
    worse_by: float = 2.0
    cooldown: str = "30m"
    mute: bool = False
    description: str = ""
    name: str = ""


class Exclusions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """exclusions.yml: rules by name, each {kind: what it goes by}, the kind one of the files in `exclusions/`."""

    rules: dict[str, dict[str, tuple[str, ...] | int]]

    def by_kind(self) -> Iterator[tuple[str, str, tuple[str, ...] | int]]:
        """Every rule as its name, its kind, and what was given for it."""
        for name, rule in self.rules.items():
            for kind, given in rule.items():
                yield name, kind, given


class Column(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a column means wherever it stands, its unit where it has one, and of which two columns it is the `ratio`."""

    description: str
    unit: str | None = None
    ratio: tuple[str, str] | None = None


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a page: a `tile` of one metric, a `chart`, or a plain `table`.

    A chart of a `metric` shows it by `by` (country, device, plan) or else month by month. A chart of a `table` draws
    its columns `y` over `x`, a colour a `by`, a cell's `color` in a heatmap. `where` keeps rows of one value, or of one of several, the
    `last` so many hours or days of them (`48h`, `90d`); `sum` adds rows up by x and by, `count` counts them under a
    name, `bins` of so many of 0 to 1; `of` divides y (or color) by a column; `minus` are drawn downwards; `top` keeps
    the largest; `label` (`tracks.track_name`) is shown in place of an id. `size` is how much of the page's width it takes.
    """

    tile: str | None = None
    chart: Literal["line", "bar", "area", "heatmap", "funnel", "histogram", "band"] | None = None
    table: str | None = None
    metric: str | None = None
    title: str = ""
    note: str = ""
    x: str | None = None
    y: tuple[str, ...] = ()
    by: str | None = None
    color: str | None = None
    of: str | None = None
    minus: tuple[str, ...] = ()
    where: dict[str, str | int | bool | tuple[str, ...]] = {}
    last: str | None = None
    sum: bool = False
    count: str | None = None
    bins: int | None = None
    top: int | None = None
    label: str | None = None
    columns: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    limit: int = 50
    unit: Literal["number", "percent", "days"] = "number"
    size: Literal["third", "half", "whole"] = "half"

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Every column of its table that the block names."""
        drawn = (self.x, *self.y, self.by, self.color, self.of, *self.where)
        ordered = (name.removeprefix("-") for name in self.order)
        made = {self.count}
        return tuple(name for name in (*drawn, *self.columns, *ordered) if name and name not in made)


class Page(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One page of dashboard, report and Power BI, `pages/NAME.yml`.

    `filters` are the ones offered. `made_by` says which command fills tables that `run` does not: {table: command};
    such a table need not be there. `refresh` is how often, in seconds, an open page asks whether there is news.
    """

    title: str
    question: str
    blocks: tuple[Block, ...]
    filters: tuple[Literal["dates", "country", "device", "plan", "threshold"], ...] = ("dates",)
    made_by: dict[str, str] = {}
    refresh: int | None = None
    order: int = 100
    name: str = ""
