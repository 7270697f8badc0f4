"""A lake → a PBIP project: its schemas, the metrics, tables and pages, as text."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from backbeat.config import Config
from backbeat.errors import UsageError
from backbeat.lake.lakehouse import Lakehouse
from backbeat.powerbi.connect import parameters
from backbeat.powerbi.model import model_of
from backbeat.powerbi.names import guid
from backbeat.powerbi.pbir import schema
from backbeat.powerbi.report import report, text
from backbeat.powerbi.tables import Schemas
from backbeat.powerbi.tmdl import definition
from backbeat.powerbi.write import Written, write_project

NAME = "Backbeat"
NEEDED = ("gold.dates", "gold.kpis", "gold.star_customers", "gold.star_customer_day")


def export_powerbi(
    lake: Lakehouse, folder: Path, *, source: str = "local", given: Mapping[str, str] | None = None, force: bool = False
) -> Written:
    """Write the project of a lake into a folder. `given` are parameters by name, such as {"LakeFolder": …}.

    Raises UsageError for an unknown source or parameter, for a lake that has to be run first, and where files were
    changed by hand since the last export (unless `force`).
    """
    found = schemas_of(lake)
    lacking = [name for name in NEEDED if name not in found]
    if lacking:
        raise UsageError(
            f"{lake.config.lake} has no {' and no '.join(lacking)}: type `backbeat run --lake {lake.config.lake}` first"
        )
    return write_project(folder, project(found, lake.config, source, given), force=force)


def schemas_of(lake: Lakehouse) -> Schemas:
    """The schemas of the gold and ops tables that are there."""
    tables = {name: lake.table(name) for name in lake.names() if not name.startswith("silver.")}
    return {name: table.schema() for name, table in tables.items() if table.exists()}


def project(
    found: Schemas, config: Config, source: str = "local", given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The files of a project, path → text; the same input gives the same."""
    values = parameters(source, {**_place(source, config.lake), **(given or {})})
    model = model_of(found, config)
    semantic, shown = f"{NAME}.SemanticModel", f"{NAME}.Report"
    pbip = {
        "$schema": schema("pbip/pbipProperties/1.0.0"), "version": "1.0",
        "artifacts": [{"report": {"path": shown}}], "settings": {"enableAutoRecovery": True},
    }  # fmt: skip
    pbism = {
        "$schema": schema("item/semanticModel/definitionProperties/1.0.0"), "version": "4.2", "settings": {"qnaEnabled": True},
    }  # fmt: skip
    return {
        f"{NAME}.pbip": text(pbip),
        ".gitignore": "**/.pbi/localSettings.json\n**/.pbi/cache.abf\n",
        f"{semantic}/.platform": _platform("SemanticModel"),
        f"{semantic}/definition.pbism": text(pbism),
        **{f"{semantic}/definition/{path}": each for path, each in definition(model, source, values).items()},
        f"{shown}/.platform": _platform("Report"),
        **{f"{shown}/{path}": each for path, each in report(model, NAME).items()},
    }


def _platform(kind: str) -> str:
    return text(
        {
            "$schema": schema("gitIntegration/platformProperties/2.0.0"),
            "metadata": {"type": kind, "displayName": NAME},
            "config": {"version": "2.0", "logicalId": guid(kind)},
        }
    )


def _place(source: str, lake: str) -> dict[str, str]:
    """The lake's own place, where the connector can read it."""
    if source == "local" and "://" not in lake:
        return {"LakeFolder": str(Path(lake).resolve())}
    parts = urlsplit(lake)
    if source == "adls" and parts.scheme in ("abfs", "abfss") and parts.username and parts.hostname:
        return {"LakeUrl": f"https://{parts.hostname}/{parts.username}{parts.path}"}
    if source == "duckdb" and "://" in lake:
        return {"LakeUri": lake}
    return {}
