"""Which tables a catalog such as Unity Catalog knows by name: the lake notes them, and tells the catalog of the others."""

import json

from backbeat.errors import StorageError
from backbeat.lake.lakehouse import Lakehouse
from backbeat.words import counted

NOTED = "_catalog.json"
"""Where in the lake it is noted. Without it every table is registered again, which changes nothing where it was."""


def register(lake: Lakehouse) -> tuple[str, ...]:
    """Tell the catalog that the settings name of the tables that it does not know yet; where all are noted, nothing is sent.

    Returns what is to be said where the engine reaches no catalogs. Raises UsageError where a name is taken and
    StorageError where the catalog does not take one: the lake is what it was before, and the next run tries again.
    """
    catalog = lake.config.catalog
    if not catalog:
        return ()
    noted = _noted(lake, catalog)
    new = [name for name in lake.names() if name not in noted and lake.table(name).exists()]
    if not new:
        return ()
    if not _told(lake, catalog, new):
        return (f"{counted(len(new), 'table')} without a name in {catalog}: a run with --engine spark registers them",)
    lake.store.write(NOTED, json.dumps({**_whose(lake, catalog), "tables": [*noted, *new]}).encode())
    return ()


def _told(lake: Lakehouse, catalog: str, names: list[str]) -> bool:
    try:
        return lake.engine.register(catalog, [lake.table(name) for name in names])
    except lake.engine.errors as error:
        raise StorageError(
            f"the lake is up to date, but {catalog} does not take the names of its tables: {lake.engine.said(error)}; "
            "`backbeat run` tries again"
        ) from error


def _noted(lake: Lakehouse, catalog: str) -> list[str]:
    """The tables that a catalog knows at this place: a copy of a lake has none."""
    noted = json.loads(lake.store.read(NOTED) or b"{}")
    return list(noted["tables"]) if _whose(lake, catalog).items() <= noted.items() else []


def _whose(lake: Lakehouse, catalog: str) -> dict[str, str]:
    return {"catalog": catalog, "lake": lake.store.uri()}
