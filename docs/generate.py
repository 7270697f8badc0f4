"""Writes docs/reference/ and the picture of the flow from the code and the content files.

python docs/generate.py            write what has changed
python docs/generate.py --check    write nothing, exit 1 where something is stale
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import typer

from backbeat import config, content, errors
from backbeat.build.kpis import metric_threshold
from backbeat.build.plan import in_order, inputs
from backbeat.build.run import build_values, table_select
from backbeat.cli.app import app
from backbeat.cli.options import _COMMON
from backbeat.ingest.contract import READABLE
from backbeat.ingest.validate import REASONS
from backbeat.lake import schemas
from backbeat.lake.clock import Clock
from backbeat.lake.lakehouse import Lakehouse
from backbeat.predict.frame import inputs as predicted_from
from backbeat.specs import Metric, Source, Table

DOCS = Path(__file__).resolve().parent
MARKERS = ("<!-- flow: made by docs/generate.py -->", "<!-- flow: end -->")
BANNER = "<!-- Made by docs/generate.py from the code and the content files: edit those, then `make docs`. -->"


def main(arguments: Sequence[str]) -> int:
    """Write every stale page, or, with --check, only name them."""
    stale = {path: text for path, text in pages().items() if _on_disk(path) != text}
    for path, text in stale.items():
        sys.stderr.write(
            f"{path.relative_to(DOCS.parent)}: {'stale, run `make docs`' if '--check' in arguments else 'written'}\n"
        )
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if stale and "--check" in arguments else 0


def pages() -> dict[Path, str]:
    """Every page that is generated, whole or in part, as it should be."""
    made = {
        "tables": tables_page(),
        "columns": columns_page(),
        "metrics": metrics_page(),
        "features": features_page(),
        "raw-contract": raw_contract_page(),
        "command-line": command_line_page(),
        "configuration": configuration_page(),
        "exit-codes": exit_codes_page(),
    }
    whole = {DOCS / "reference" / f"{name}.md": _page(lines) for name, lines in made.items()}
    return {**whole, **{path: with_flow(path) for path in (DOCS.parent / "README.md", DOCS / "index.md")}}


# The picture of the flow


def with_flow(path: Path) -> str:
    """A page with the picture between its markers."""
    before, _, rest = (_on_disk(path) or "").partition(MARKERS[0])
    _, _, after = rest.partition(MARKERS[1])
    return "".join([before, MARKERS[0], "\n", "\n".join(["```mermaid", *flow(), "```"]), "\n", MARKERS[1], after])


def flow() -> Iterator[str]:
    """Raw sources → silver → gold: what each table reads, where no other arrows lead there already."""
    gold = [table for table in in_order() if not table.name.startswith("star_")]
    named = [*(table.name for table in gold), *(name.removeprefix("gold.") for name in schemas.WRITTEN)]
    yield "flowchart LR"
    yield from _group("raw", "raw parquet", [(f"raw_{name}", f"{name}/") for name in content.sources()])
    yield from _group("silver", "silver: typed, valid, deduplicated", [(f"silver_{n}", n) for n in content.sources()])
    yield from _group("gold", "gold: one table, one question", [(f"gold_{name}", name) for name in named])
    yield '  star["star_…: the same by whole numbers, for Power BI"]'
    yield '  quarantine["ops.quarantine: rows and their reasons"]'
    yield '  people["backbeat kpis, status, sql, dashboard, report"]'
    yield '  predict["backbeat predict"]'
    yield from (f"  raw_{name} --> silver_{name}" for name in content.sources())
    read = {f"gold.{table.name}": {name for name in inputs(table) if not name.startswith("ops.")} for table in gold}
    for reader, names in (read | {"predict": predicted_from()}).items():
        yield from (f"  {_node(name)} --> {_node(reader)}" for name in sorted(_directly(names, read)))
    yield from (f"  predict --> {name.replace('.', '_')}" for name in schemas.MODELS)
    yield "  raw -. bad rows .-> quarantine"
    yield "  gold --> star"
    yield "  gold --> people"


def _directly(names: set[str], read: Mapping[str, set[str]]) -> set[str]:
    """What is read and does not also come through something else that is read."""
    return names - {below for name in names for below in _behind(name, read)}


def _behind(name: str, read: Mapping[str, set[str]]) -> set[str]:
    return {name for other in read.get(name, set()) for name in (other, *_behind(other, read))}


def _node(name: str) -> str:
    return name.replace(".", "_")


def _group(key: str, title: str, nodes: Iterable[tuple[str, str]]) -> Iterator[str]:
    yield f'  subgraph {key}["{title}"]'
    yield from (f'    {name}["{label}"]' for name, label in nodes)
    yield "  end"


# Tables


def tables_page() -> Iterator[str]:
    """Every table: its grain, its columns, what it is made from and what is checked."""
    yield from ("# Tables", "")
    yield "Three layers, each a folder of the lake with a folder a table: `LAKE/silver/sessions`, `LAKE/gold/kpis`, `LAKE/ops/batches`."
    yield "All are Delta tables of reader version 1 and writer version 2. Timestamps are UTC, to the microsecond."
    yield from ("", "## silver: what the company's files say", "")
    yield "Typed, valid, deduplicated rows of one raw source each. The [raw contract](raw-contract.md) says how they are read."
    for source in content.sources().values():
        yield from _silver_table(source)
    yield from ("", "## gold: one table, one question")
    for table in content.tables().values():
        yield from _gold_table(table)
    yield from ("", "## ops: what has been done")
    for name, schema in schemas.OPS.items():
        yield from ("", f"### {name}", "", f"{_OPS[name]}", "")
        yield from _columns_table(schema)


_OPS = {
    "ops.batches": "One row per micro-batch: the ledger. See [exactly once](../explanation/exactly-once.md).",
    "ops.files": "One row per raw file and fingerprint: what keeps a file from being loaded twice.",
    "ops.quarantine": "One row per row that could not be taken, as it came, with every reason.",
    "ops.restatements": "What runs changed of values that had been final: one row per value and run.",
    "ops.notifications": "One row per message to a target about an incident: what is to be told, and whether it was. See [alerts](../explanation/alerts.md).",
    "ops.checks": "One row per check of the last `backbeat check`.",
}


def _silver_table(source: Source) -> Iterator[str]:
    schema = schemas.silver(source)
    yield from ("", f"### silver.{source.name}", "", f"{source.description} {_grain(source.grain)}", "")
    yield f"- Key: {_listed(source.key)}"
    if source.partition_column:
        yield f"- A partition a day: `{source.partition_column}`"
    yield ""
    yield from _columns_table(pa.schema([field for field in schema if not field.name.startswith("_")]))
    yield from ("", f"Then the columns of lineage: {_listed(schemas.LINEAGE.names)}. [What they mean](columns.md).")


def _gold_table(table: Table) -> Iterator[str]:
    yield from ("", f"### gold.{table.name}", "", f"{table.description} {_grain(table.grain)}", "")
    yield f"- Key: {_listed(table.key)}"
    if table.partition:
        yield f"- A partition a day: `{table.partition}`"
    yield f"- Made by {_maker(table)}"
    yield from (f"- `{column}` is {_one_of(values)}" for column, values in table.values.items())
    yield from (f"- Always: {words}" for words in [*table.holds, *table.checks])
    if table.history:
        yield f"- The history of runs, not a function of the files: {_listed(table.history)}"
    yield ""
    yield from _columns_table(gold_schemas()[table.name])


def _maker(table: Table) -> str:
    if table.made_from == "models":
        return f"[`backbeat predict`](../how-to/predict.md) from {_listed(sorted(predicted_from()))}"
    if table.made_from == "alerts":
        return "`lakehouse/alerts/*.yml`, scored by [`backbeat run`](../how-to/alert.md)"
    texts = {"sql": f"gold/{table.name}.sql", "relation": f"relations/{table.name}.sql"}
    text = f"lakehouse/{texts.get(table.made_from, f'{table.made_from}/*.sql')}"
    return f"`{text}` from {_listed(sorted(inputs(table))) or 'the calendar alone'}"


def _columns_table(schema: pa.Schema) -> Iterator[str]:
    yield from ("| column | type | meaning |", "|---|---|---|")
    for field in schema:
        yield f"| `{field.name}` | {_type(field.type)} | {_meaning(field.name)} |"


def _meaning(column: str) -> str:
    if column not in content.columns():
        sys.exit(f"lakehouse/columns.yml: say what {column} means")
    return _cell(content.columns()[column].description)


@cache
def gold_schemas() -> dict[str, pa.Schema]:
    """The columns of the gold tables, as their SQL gives them over an empty lake."""
    lake = Lakehouse(config.Config())
    clock = Clock(None, None, None, lake.config.zone)
    values = build_values(lake, clock)
    found = {f"silver.{name}": schemas.silver(source) for name, source in content.sources().items()} | schemas.OPS
    for name, schema in found.items():
        lake.engine.show(name, lake.table(name), [], schema, None)
    gold = {}
    for table in in_order():
        gold[table.name] = schema = lake.engine.schema(table_select(lake, table, values))
        lake.engine.show(f"gold.{table.name}", lake.table(f"gold.{table.name}"), [], schema, None)
    return gold | {name.removeprefix("gold."): schema for name, schema in schemas.WRITTEN.items()}


def _type(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type(kind.value_type)}"
    names = {"int64": "bigint", "int32": "integer", "date32[day]": "date", "bool": "boolean"}
    return "timestamp" if pa.types.is_timestamp(kind) else names.get(str(kind), str(kind))


# Columns


def columns_page() -> Iterator[str]:
    """The dictionary of columns."""
    places = _places()
    yield from (
        "# Columns",
        "",
        "One name, one meaning, wherever it stands. The texts are those of `lakehouse/columns.yml`.",
        "",
    )
    yield from ("| column | meaning | unit | where |", "|---|---|---|---|")
    for name, column in sorted(content.columns().items()):
        yield f"| `{name}` | {_cell(column.description)} | {column.unit or ''} | {_where(places[name])} |"


def _places() -> dict[str, list[str]]:
    every = {f"silver.{name}": schemas.silver(source).names for name, source in content.sources().items()}
    every |= {f"gold.{name}": [*table.columns] for name, table in content.tables().items()}
    every |= {name: schema.names for name, schema in schemas.OPS.items()}
    return {column: [table for table in every if column in every[table]] for column in content.columns()}


def _where(tables: Sequence[str]) -> str:
    silver = [f"silver.{name}" for name in content.sources()]
    return "every silver table" if list(tables) == silver else ", ".join(tables)


# Metrics


def metrics_page() -> Iterator[str]:
    """Every metric, as its files define it."""
    yield from (
        "# Metrics",
        "",
        "Each metric is two files of `lakehouse/metrics`: what it is in words, and its SQL, one row per customer of the denominator.",
    )
    yield "`backbeat kpis` and the table `gold.kpis` both come from them. [How to add one](../how-to/add-a-metric.md)."
    for metric in content.metrics().values():
        yield from _metric(metric)
    yield from (
        "",
        "## Slices",
        "",
        "What `--by` divides by and `--where` filters by: one file of `lakehouse/slices` each.",
        "",
    )
    for name, sql in content.slices().items():
        yield f"- `{name}`: {_first_comment(sql)}"
    yield from (
        "",
        "## Relations",
        "",
        "Parts that several texts share, so that each definition exists once: `lakehouse/relations`.",
        "",
    )
    for name, sql in sorted(content.relations().items()):
        yield f"- `{name}`: {_first_comment(sql)}"


def _metric(metric: Metric) -> Iterator[str]:
    yield from ("", f"## {metric.title}", "", f"**{metric.question}** {metric.definition}", "")
    yield f"- Name: `{metric.name}`, version {metric.version}, owned by {metric.owner}"
    yield from (f"- {part}: {words}" for part, words in _parts(metric) if words)
    yield f"- Unit: {metric.unit}; better is {metric.better}{_target(metric)}"
    yield f"- Sliced by: {', '.join(metric.slices) or 'nothing'}"
    if metric.kind == "series":
        yield f"- Day by day: the column `{metric.column}` of `gold.{metric.table}`"
        return
    yield f"- {'One' if metric.headline else 'Not one'} of the headlines of `gold.kpi_summary`"
    if metric.has_threshold:
        days = config.Config().window_days
        yield f"- Threshold: {metric_threshold(metric, config.Config(), days)} in {days} days, pro rata in other windows, rounded up"
    if metric.kind == "series":
        yield f"- A series: column `{metric.column}` of `gold.{metric.table}`"
    else:
        yield from ("", "```sql", metric.sql, "```")


def _parts(metric: Metric) -> tuple[tuple[str, str], ...]:
    return (("Numerator", metric.numerator), ("Denominator", metric.denominator))


def _target(metric: Metric) -> str:
    return "" if metric.target is None else f"; target {metric.target:g}"


def _first_comment(sql: str) -> str:
    lines = [line for line in sql.splitlines() if line.startswith("--")]
    return " ".join(line.removeprefix("--").strip() for line in lines)


# The raw contract


def raw_contract_page() -> Iterator[str]:
    """What the raw folder has to look like, source by source."""
    yield from ("# The raw contract", "", *_CONTRACT_FILES, "", "## Sources")
    for source in content.sources().values():
        yield from _source(source)
    yield from ("", "## Types", "", "| type | read from | how |", "|---|---|---|")
    for kind, how in _CONTRACT_TYPES.items():
        yield f"| {kind} | {_kinds(kind)} | {_cell(how)} |"
    yield from (
        "",
        "A column of any other type counts as unreadable. In a required column that rejects the file; in an optional one the values go to `_rescued`.",
    )
    yield from (
        "",
        *_CONTRACT_TIMES,
        "",
        "## Reason codes",
        "",
        "A quarantined row carries every code that applies, in this order.",
        "",
    )
    yield from ("| code | when |", "|---|---|")
    yield from (f"| `{code}` | {_cell(_REASON_TEXTS[code])} |" for code in REASONS)
    yield from ("", *_CONTRACT_ROWS)


def _source(source: Source) -> Iterator[str]:
    yield from (
        "",
        f"### {source.name}",
        "",
        f"{source.description} {_grain(source.grain)} Key: {_listed(source.key)}.",
        "",
    )
    yield from ("| column | type | raw names, the preferred first | a row without it |", "|---|---|---|---|")
    for name, column in source.columns.items():
        raw = ", ".join(f"`{r}`{' (× 1,000)' if r in column.seconds else ''}" for r in source.raw_names(name))
        without = f"quarantined: {_listed(column.required)}" if column.required else "is taken"
        yield f"| `{name}` | {column.type} | {raw} | {without} |"


def _kinds(kind: str) -> str:
    words = {
        "local": "timestamp",
        "ns": "timestamp",
        "instant": "timestamp with zone",
        "instant_ns": "timestamp with zone",
        "null": "all null",
    }
    found = {words.get(name, name) for name in READABLE[kind] if name != "restored"}
    return ", ".join(sorted(found))


_CONTRACT_FILES = (
    "What Backbeat reads, and what it makes of it. Required: customers, and sessions or events. What an absent source feeds is built empty, and said once.",
    "",
    "## Files",
    "",
    "- A source is a folder `NAME/` with parquet files at any depth, or `NAME.parquet` (a file or a folder), right under the raw root. Any case of `.parquet` will do.",
    "- Names that begin with `.` or `_` are hidden, at any depth, unless a folder's begins with `_` and holds `=`. `backbeat status` counts them. Links to folders are not followed.",
    "- Partition folders are only a path; no column comes from them.",
    "- A file is rejected whole when its bytes can't be read, or when a required column is missing or of a type that can't be read. The run goes on with the others. A rejected file is tried again when it changes, or when the contract or mapping of its source does.",
    "- A file that changed is read again whole. Rows are never taken back because a file changed or went away.",
    "- A `dates/` folder is ignored: the calendar is made here.",
    "- Columns are chosen file by file: the first raw name that is there, in the order below, exact case before other case, then the leftmost. Names of your own go into [backbeat.toml](configuration.md).",
    "- Unknown columns, and optional values that can't be read, go to `_rescued` under their raw name.",
)
_CONTRACT_TYPES = {
    "id": "Text. A number without a fraction is its plain digits, never scientific; NaN and infinity are missing. Text is never reinterpreted: '007' and '17.0' stay. Unicode white space around it goes; what is then empty is missing.",
    "text": "Kept as written. Numbers, booleans and dates become their text form.",
    "time": "See times, below.",
    "end": "A time. On or after 9999-12-31, by the lake's days or as it was written, it is open (null). Without a time of day it is that day's last microsecond.",
    "integer": "Rounded half up. It counts milliseconds: what is beyond 9·10¹² (285 years) either way is rescued.",
    "number": "A double. NaN and infinity are rescued, as is text that is no number: digits, with a sign before, a fraction and an exponent behind if need be (`+7`, `1.5`, `1E+3`, not `.5`).",
}
_CONTRACT_TIMES = (
    "## Times",
    "",
    "- Parquet timestamps of any unit and zone, INT96 (always UTC), and dates.",
    "- Text: `YYYY-MM-DD`, then optionally `T` or a space, `hh:mm[:ss[.digits]]` and `Z` or `±hh[[:]mm]`. Spaces outside are trimmed. `24:00:00`, a second `60` and anything else can't be read.",
    '- Epochs, as numbers or text of digits alone. Each value tells by its size: below 10¹¹ seconds, below 10¹⁴ milliseconds, below 10¹⁷ microseconds, else nanoseconds. So an epoch can\'t say "never ends": 253402214400, the first second of 9999-12-31, is read as milliseconds of 1978.',
    "- Without a zone, a time is one of the lake's `timezone`.",
    "- Stored in UTC microseconds; finer digits are cut toward the past.",
)
_REASON_TEXTS = {
    "key_missing": "The id that is the key is null, or empty once trimmed.",
    "customer_missing": "customer_id is null, or empty once trimmed.",
    "time_missing": "The start time is null.",
    "time_unreadable": "The start time is there and can't be read.",
    "time_in_future": "started_at or occurred_at is more than `max_future` (1 hour) after the file's arrival.",
    "time_too_old": "started_at or occurred_at is before `earliest` (2000-01-01).",
    "end_unreadable": "effective_end_date is there and can't be read.",
}
_CONTRACT_ROWS = (
    "The conditions are in `ingest/validate.py`, the rules they stand on in `engines/duckdb_macros.sql`.",
    "",
    "## The same key again",
    "",
    "The last row wins: by the column named in `sequence_by`, where the source names one (numbers, compared as doubles, or times; anything else counts as none), then by the file's last-modified time, its path, and the row's number in it. It does not matter which run or batch read it. The others count as duplicates. So any order and grouping of the same files gives the same silver, `_batch_id` and `_ingested_at` apart.",
    "",
    "## Sessions from events",
    "",
    "A lake without any session of a file gets its sessions from events: one per `session_id` where events carry one, else a new one after more than `session_gap` (30 minutes) without an event. Once a row of a sessions file is taken, they are dropped. Another `session_gap` goes for the next events, and for all of them with `run --full`.",
)


# Features of predictions


def features_page() -> Iterator[str]:
    """What is foretold, and everything that a prediction knows of a customer."""
    yield from ("# Features and labels", "", *_FEATURES, "", "## Labels", "")
    yield from ("| label | what is foretold | baseline | days |", "|---|---|---|---|")
    for name, label in content.labels().items():
        words = (text.format(days="N", threshold="T") for text in (label.definition, label.baseline))
        yield f"| `{name}` | {' | '.join(_cell(text) for text in words)} | {label.horizon_days or '`horizon_days`'} |"
    yield from (
        "",
        "## Features",
        "",
        "| feature | in words | group | source | looks back on |",
        "|---|---|---|---|---|",
    )
    for name, known in content.predictors().items():
        back = f"{known.look_back} days" if known.look_back else "what is on record"
        yield f"| `{name}` | {_cell(known.words.format('…'))} | {known.group} | {known.source} | {back} |"


_FEATURES = (
    "The texts are those of `lakehouse/predict/`: `features.sql` and `features.yml`, `labels/*.sql` and `labels/*.yml`. [What they mean](../explanation/prediction.md).",
    "",
    "A feature enters a model only where its source covers all it looks back on, as of every split.",
)


# The command line


def command_line_page() -> Iterator[str]:
    """Every command, with its arguments and options."""
    root: Any = typer.main.get_command(app)
    yield from (
        "# The command line",
        "",
        "Answers go to stdout, everything else to stderr. [What exit codes mean](exit-codes.md).",
        "",
    )
    yield from ("## Options of every command", "", "| option | |", "|---|---|")
    first = next(iter(root.commands.values()))
    yield from (_option(option) for option in first.params if option.name in _COMMON)
    yield from ("| `--help` | Show what the command takes, and exit. |", "", "`backbeat --version` prints the version.")
    for words, command in _commands(root, ("backbeat",)):
        yield from _command(words, command)


def _commands(group: Any, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*words, name))
        else:
            yield (*words, name), command


def _command(words: tuple[str, ...], command: Any) -> Iterator[str]:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    usage = " ".join([*words, *(_argument(p) for p in arguments), "[OPTIONS]"])
    yield from ("", f"## {' '.join(words)}", "", " ".join(command.help.split()), "", "```text", usage, "```")
    own = [p for p in command.params if p.name not in _COMMON]
    if own:
        yield from ("", "| | |", "|---|---|")
        yield from (_option(p) for p in own)


def _option(parameter: Any) -> str:
    is_argument = parameter.param_type_name == "argument"
    names = _argument(parameter) if is_argument else ", ".join(sorted(parameter.opts, key=len, reverse=True))
    metavar = f" {parameter.metavar}" if parameter.metavar and not is_argument else ""
    text = [parameter.help, "May be given several times." if parameter.multiple else "", _default(parameter)]
    return f"| `{names}{metavar}` | {_cell(' '.join(part for part in text if part))} |"


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def _default(parameter: Any) -> str:
    value = parameter.default
    if isinstance(value, Enum):
        return f"One of {_one_of([str(member.value) for member in type(value)])}. Default: {value.value}."
    if value in (None, False, ()) and not (isinstance(value, float) or type(value) is int):
        return ""
    return f"Default: {value}."


# Configuration


def configuration_page() -> Iterator[str]:
    """Every setting, with its default."""
    yield from ("# Configuration", "", *_CONFIGURATION, "", "| setting | default | meaning |", "|---|---|---|")
    defaults = config.Config()
    for name in config.Config.__struct_fields__:
        if name not in ("sources", *config.SECTIONS):
            yield _setting_row(name, getattr(defaults, name))
    for section, kind in config.SECTIONS.items():
        yield from ("", f"## [{section}]", "", f"Variables: `BACKBEAT_{section.upper()}_NAME`.", "")
        yield from ("| setting | default | meaning |", "|---|---|---|")
        yield from (_setting_row(name, getattr(kind(), name), section) for name in kind.__struct_fields__)
    yield from ("", *_CONFIGURATION_SOURCES)


def _setting_row(name: str, default: Any, section: str = "") -> str:
    key = f"{section}.{name}" if section else name
    meaning = _SETTINGS.get(key) or sys.exit(f"docs/generate.py: say in _SETTINGS what {key} means")
    return f"| `{name}` | {_setting(default)} | {_cell(meaning)} |"


_CONFIGURATION = (
    "Settings come from `backbeat.toml` in the current folder (or the file named by `--config`), then from `BACKBEAT_*` variables, then from flags; the later beats the earlier.",
    "The variable of a setting is its name in capitals: `window_days` is `BACKBEAT_WINDOW_DAYS`. A key or a `BACKBEAT_*` variable that nobody knows is an error.",
    "",
    "Durations are text: a number and `s`, `m`, `h` or `d`, such as `90s` or `2d`.",
    "",
    "Where alerts are told is `BACKBEAT_NOTIFY_DEFAULT`, `BACKBEAT_NOTIFY_NAME` of another target: such URLs hold passwords, so no file has them. See [how to alert](../how-to/alert.md#be-told).",
    "",
    "Credentials never belong in the file. They come from the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, …) or the cloud's own chain.",
)
_CONFIGURATION_SOURCES = (
    "## Names of your own",
    "",
    "Where your files call a column something else, say so by source. The named column is preferred; the names of the [raw contract](raw-contract.md) still work in other files.",
    "",
    "```toml",
    "[sources.sessions]",
    'sequence_by = "version"     # where a session comes again, the greatest version wins',
    "",
    "[sources.sessions.columns]",
    'started_at = "begin"        # contract column = "raw name"',
    "```",
    "",
    "After a change here, files of that source that had been rejected are tried again by the next run, and `backbeat quarantine replay` judges its quarantined rows again.",
)
_SETTINGS = {
    "lake": "Where silver, gold and ops are: a folder, or a URL such as `s3://bucket/prefix`. Flag: `--lake`.",
    "raw": "Where the raw parquet is: a folder, or a URL. Flag: `--raw`.",
    "engine": "What computes: `duckdb`, or `spark` ([how to](../how-to/spark.md)). Flag: `--engine`.",
    "catalog": "The catalog, such as one of Unity Catalog, in which Spark registers the tables of silver, gold and ops by name, as in `music.gold.kpis`; one for each lake. See [how to use Spark](../how-to/spark.md#tables-by-name).",
    "timezone": "Whose days are the days of every definition, and the zone of raw times without one. An IANA name such as `Europe/Berlin`.",
    "window_days": "Days in the default window, which ends on as_of's day.",
    "engaged_sessions": "Sessions that make a customer engaged, per 62 days. Other windows take the share of their days, rounded up.",
    "min_group": "Customers. Slices with fewer are shown merged as `other`, and withheld where that is still too small.",
    "exclusions": "A YAML file of rules by which customers leave every metric, in place of `lakehouse/exclusions.yml`, which has none. See [how to build](../how-to/build.md#leave-customers-out).",
    "renewal_grace_days": "Days of 24 hours. Whoever pays again sooner has not cancelled; conversion is final that long after the month.",
    "earliest": "Date. Sessions and events before it are quarantined.",
    "max_future": "Duration. So are those that lie further than this after their file's arrival.",
    "watermark": "Duration. How long before as_of a window has to end to be final.",
    "idle_timeout": "Duration. After so long without a new file `run --follow` closes the open windows.",
    "session_gap": "Duration. Without an event for longer, the next one begins a new session, where sessions are derived from events.",
    "settle": "Duration. A window is judged by alerts once the data is this much further than its end.",
    "alert_delay": "Duration. Or once the clock is, for windows of the last `alert_recent`, and no sessions have come for as long.",
    "alert_recent": "Duration. What ended longer ago is history: the clock does not judge it, and nobody is told of it.",
    "batch_rows": "Rows. Files of a source are taken together up to this many; a larger file stands alone.",
    "wait": "Duration. How long to wait for another writer. Flag: `--wait` of `run`.",
    "memory_limit": "How much memory the engine may use before it spills to disk, such as `3GB`.",
    "threads": "Threads of the engine, up to 256; 0 means as many as the machine has.",
    "predict.horizon_days": "Days that `engaged` looks ahead; as many as `window_days` where it is not set. Where the history is too short, the longest that fits is taken, and said.",
    "predict.engaged_sessions": "Sessions in these days that make a customer engaged; the KPI's number where it is not set.",
    "predict.max_training_rows": "Customers of a split. Where there are more, a sample with the same share of positives is taken.",
    "predict.seed": "The same data, settings and seed give the same model.",
    "predict.mlflow": "Where MLflow is told of each model: `databricks`, `http://…`, or what else MLflow takes. Needs `pip install 'backbeat[mlflow]'`.",
    "predict.mlflow_experiment": "The experiments there are this and `/LABEL`.",
    "spark.master": "Where Spark runs: `local[*]`, or the address of a standalone cluster such as `spark://host:7077`. A session that runs already, as on Databricks, is taken as it is.",
    "spark.remote": "Address of a Spark Connect server, such as `sc://host:15002`, in place of `master`; needs `pip install 'backbeat[connect]'`. Jars and memory are the server's.",
    "spark.packages": "Coordinates of jars that are fetched when a session begins; empty text where the cluster has what it takes. Where raw or lake is in a bucket of S3, Hadoop's jars for S3 are added, unless `hadoop-aws` is among them.",
    "spark.driver_memory": "Memory of the driver; `--engine spark` alone reads it.",
    "spark.shuffle_partitions": "Parts into which Spark divides what it joins and sorts: two or three a core of the cluster.",
    "spark.scratch": "Folder for rows that several statements read; all machines must see it. On one machine a temporary folder, else and on Databricks `LAKE/_scratch`; what a process has written there goes when it ends.",
    "spark.conf": "Any other settings of the session, by name, such as `spark.executor.memory`; a Spark Connect server takes only those that a running session may change.",
    "now": "Timestamp with zone. Sets the clock that operations read, for tests; no definition reads it.",
}


def _setting(value: Any) -> str:
    return "not set" if value is None else f"`{value}`"


# Exit codes


def exit_codes_page() -> Iterator[str]:
    """What a command's exit code means."""
    yield from (
        "# Exit codes",
        "",
        "An error is one or two lines on stderr: what happened, where, and what to type next. `--debug` adds the traceback.",
        "",
    )
    yield from ("| code | error | meaning |", "|---|---|---|", "| 0 | | All is well. |")
    yield "| 1 | `BackbeatError` | A bug. Please report it, with what `--debug` shows. |"
    for error in sorted(errors.BackbeatError.__subclasses__(), key=lambda error: error.exit_code):
        yield f"| {error.exit_code} | `{error.__name__}` | {_cell((error.__doc__ or '').splitlines()[0])} |"
    yield "| 130 | | Interrupted by Ctrl-C. What was committed stays, the next run takes the rest. |"
    yield from (
        "",
        "`backbeat status --max-age` exits with 4, too, where the data or the last good run is older than asked for.",
    )
    yield from ("", "From Python these are exceptions of `backbeat.errors`; each has its `exit_code`.")


# Forms


def _page(lines: Iterable[str]) -> str:
    title, *rest = lines
    return "\n".join([title, "", BANNER, *rest]) + "\n"


def _grain(grain: str) -> str:
    return f"{grain[0].upper()}{grain[1:]}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _one_of(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} or {values[-1]}"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _on_disk(path: Path) -> str | None:
    return path.read_text("utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
