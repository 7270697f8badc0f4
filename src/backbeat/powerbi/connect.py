"""How Power Query reaches the lake: one connector a project, the place in parameters."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from backbeat.errors import UsageError
from backbeat.powerbi.nouns import Column, Kind, ModelTable

Source = Literal["local", "adls", "databricks", "deltasharing", "duckdb"]
SOURCES: tuple[str, ...] = get_args(Source)
DEFAULTS: dict[str, dict[str, str]] = {
    "local": {"LakeFolder": r"C:\backbeat\lake"},
    "adls": {"LakeUrl": "https://ACCOUNT.dfs.core.windows.net/CONTAINER/lake"},
    "databricks": {
        "DatabricksHost": "adb-0000000000000000.0.azuredatabricks.net",
        "DatabricksHttpPath": "/sql/1.0/warehouses/0000000000000000", "CatalogName": "backbeat",
    },
    "deltasharing": {"SharingEndpoint": "https://sharing.example.com/delta-sharing", "ShareName": "backbeat", "RowLimit": "2147483647"},
    "duckdb": {"LakeUri": "s3://BUCKET/lake"},
}  # fmt: skip
ABOUT = {
    "LakeFolder": "The lake's folder.", "LakeUrl": "The lake's folder at its storage account.", "DatabricksHost": "The workspace's host.",
    "DatabricksHttpPath": "The SQL warehouse's HTTP path.", "CatalogName": "The catalog of silver, gold and ops.",
    "SharingEndpoint": "The Delta Sharing endpoint.", "ShareName": "The share of silver, gold and ops.",
    "RowLimit": "How many rows of a table may come; without it Delta Sharing cuts tables short in silence.",
    "LakeUri": "The lake's folder as DuckDB reads it.",
}  # fmt: skip
M_TYPES: dict[Kind, str] = {
    "text": "type text", "list": "type text", "integer": "Int64.Type", "number": "type number", "flag": "type logical",
    "date": "type date", "instant": "type datetime",
}  # fmt: skip


@dataclass(frozen=True)
class Parameter:
    """A parameter of the project, and what it is until somebody sets it."""

    name: str
    value: str
    description: str


def parameters(source: str, given: dict[str, str]) -> tuple[Parameter, ...]:
    """The parameters of a connector. Raises UsageError for a source there is none for, and for values it has no use for."""
    if source not in SOURCES:
        raise UsageError(f"there is no source '{source}'; there are {', '.join(SOURCES)}")
    unused = sorted(set(given) - set(DEFAULTS[source]))
    if unused:
        raise UsageError(f"--source {source} takes {', '.join(DEFAULTS[source])}, not {', '.join(unused)}")
    if not (given.get("RowLimit") or "1").isdecimal():
        raise UsageError(f"RowLimit is a whole number, not '{given['RowLimit']}'")
    return tuple(Parameter(name, given.get(name, value), ABOUT[name]) for name, value in DEFAULTS[source].items())


def query(table: ModelTable, source: str) -> tuple[str, ...]:
    """The M steps of a table as `Name = expression`: what is not there, or of another type, is an error."""
    return (*_reached(table, source), *_rows(table), *_typed(table))


def m_text(value: str) -> str:
    """A text in M; what is above ASCII stands as it is."""
    quoted = (
        value.replace("#(", "#(#)(")
        .replace('"', '""')
        .replace("\n", "#(lf)")
        .replace("\r", "#(cr)")
        .replace("\t", "#(tab)")
    )
    return f'"{quoted}"'


def _reached(table: ModelTable, source: str) -> tuple[str, ...]:
    layer, name = table.layer, table.source
    steps: dict[str, tuple[str, ...]] = {
        "local": (f'Source = DeltaLake.Table(Folder.Contents(LakeFolder & "\\{layer}\\{name}"))',),
        "adls": (
            f'Source = DeltaLake.Table(AzureStorage.DataLake(LakeUrl & "/{layer}/{name}", [HierarchicalNavigation = true]))',
        ),
        "databricks": (
            'Catalogs = Databricks.Catalogs(DatabricksHost, DatabricksHttpPath, [Catalog = CatalogName, Database = null, EnableAutomaticProxyDiscovery = null, Implementation = "2.0"])',
            'Catalog = Catalogs{[Name = CatalogName, Kind = "Database"]}[Data]',
            f'Schema = Catalog{{[Name = "{layer}", Kind = "Schema"]}}[Data]',
            f'Source = Schema{{[Name = "{name}", Kind = "Table"]}}[Data]',
        ),
        "deltasharing": (
            "Shares = DeltaSharing.Contents(SharingEndpoint, [rowLimitHint = Number.FromText(RowLimit)])",
            "Share = Shares{[Name = ShareName]}[Data]",
            f'Schema = Share{{[Name = "{layer}"]}}[Data]',
            f'Source = Schema{{[Name = "{name}"]}}[Data]',
        ),
        "duckdb": (
            f'Source = Odbc.Query("driver={{DuckDB Driver}};database=:memory:", "SELECT * FROM delta_scan(\'" & LakeUri & "/{layer}/{name}\')")',
        ),
    }
    return steps[source]


def _rows(table: ModelTable) -> tuple[str, ...]:
    conditions = " and ".join(f"[{name}] = {m_text(value)}" for name, value in table.kept)
    kept = (f"Kept = Table.SelectRows(Source, each {conditions})",) if conditions else ()
    before = "Kept" if conditions else "Source"
    last, steps = before, []
    for number, (name, bins) in enumerate(table.bins, 1):
        binned = f"each if [{name}] = null then null else Number.RoundDown(List.Min({{[{name}], 0.999999}}) * {bins}) / {bins}"
        steps.append(f'Binned{number} = Table.AddColumn({last}, "{name}_from", {binned}, type number)')
        last = f"Binned{number}"
    return (*kept, *steps, f"Chosen = Table.SelectColumns({last}, {{{_texts(c.source for c in table.columns)}}})")


def _typed(table: ModelTable) -> tuple[str, ...]:
    made = [step for column in table.columns if (step := _plain(column))]
    plain = (f"Plain = Table.TransformColumns(Chosen, {{{', '.join(made)}}})",) if made else ()
    names = ", ".join(f"{{{m_text(c.source)}, {m_text(c.name)}}}" for c in table.columns)
    types = ", ".join(f"{{{m_text(c.name)}, {M_TYPES[c.kind]}}}" for c in table.columns)
    return (
        *plain,
        f"Renamed = Table.RenameColumns({'Plain' if made else 'Chosen'}, {{{names}}})",
        f"Typed = Table.TransformColumnTypes(Renamed, {{{types}}})",
    )


def _plain(column: Column) -> str | None:
    """Instants as UTC whatever the zone of the machine that refreshes; lists as text."""
    if column.kind == "instant":
        return f"{{{m_text(column.source)}, each if _ is datetimezone then DateTimeZone.RemoveZone(DateTimeZone.ToUtc(_)) else _}}"
    if column.kind == "list":
        return f'{{{m_text(column.source)}, each if _ is list then Text.Combine(_, ", ") else _}}'
    return None


def _texts(names: Iterable[str]) -> str:
    return ", ".join(m_text(name) for name in names)
