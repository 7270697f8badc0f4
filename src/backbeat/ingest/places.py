"""Where raw files and the lake may lie, looked at before anything is written."""

from collections.abc import Iterator
from difflib import get_close_matches

from backbeat import content
from backbeat.errors import InputError, UsageError
from backbeat.ingest.discover import listing, source_of
from backbeat.lake.lakehouse import Lakehouse
from backbeat.lake.storage import Store

LAYERS = ("silver", "gold", "ops")


def demand_places(lake: Lakehouse) -> None:
    """Raise UsageError where lake and raw folder get in each other's way, InputError where there is nothing to read.

    A lake that is there already may find its raw folder empty: files go away once they are archived.
    """
    raw = Store(lake.config.raw)
    _demand_folder(lake.store)
    demand_apart(raw, lake.store)
    demand_raw(raw)
    if not lake.exists():
        demand_files(raw)


def demand_raw(raw: Store) -> None:
    """Raise InputError where a raw folder is none."""
    if raw.is_local and not raw.root.is_dir():
        what = "this is a file" if raw.root.exists() else "no such folder"
        raise InputError(f"{raw.url}: {what}; name the folder that holds customers/, sessions/, … with --raw")
    if {*LAYERS} <= {*raw.names()}:
        raise InputError(f"{raw.url}: this is a lake; name the folder that holds customers/, sessions/, … with --raw")


def demand_files(raw: Store) -> None:
    """Raise InputError where a raw folder holds no raw file."""
    if not any(listing(raw, name).entries for name in content.sources()):
        raise InputError(f"{raw.url}: no raw files: {_instead(raw)}name the folder that holds customers/, sessions/, …")


def demand_apart(raw: Store, lake: Store) -> None:
    """Raise UsageError where the lake lies among raw files, or the raw files in a layer of the lake."""
    inside, around = raw.path_to(lake), lake.path_to(raw)
    if inside == "":
        raise UsageError(f"{lake.url} is the raw folder, too: name another place with --lake")
    if inside and source_of(inside):
        raise UsageError(f"{lake.url} lies among the raw files of {source_of(inside)}: name another with --lake")
    if around and around.split("/")[0] in LAYERS:
        raise UsageError(f"{raw.url} lies inside the lake: name another raw folder with --raw")


def unknown_folders(raw: Store, lake: Store) -> list[str]:
    """What lies right under the raw folder and is nobody's, with the source it may stand for: `session (sessions?)`."""
    return [f"{name}{_meant(name)}" for name in _strangers(raw, lake)]


def _strangers(raw: Store, lake: Store) -> Iterator[str]:
    known = {"dates", (raw.path_to(lake) or "").split("/")[0]}
    for name in raw.names():
        if name[0] not in "._" and not source_of(name) and name not in known and _may_hold_parquet(raw, name):
            yield name


def _may_hold_parquet(raw: Store, name: str) -> bool:
    if name.lower().endswith(".parquet"):
        return True
    return (raw.root / name).is_dir() if raw.is_local else "." not in name


def _demand_folder(lake: Store) -> None:
    if lake.is_local and lake.root.exists() and not lake.root.is_dir():
        raise UsageError(f"{lake.url}: this is a file; name a folder for the lake with --lake")


def _instead(raw: Store) -> str:
    found = [f"{name}{_meant(name)}" for name in raw.names()[:5]]
    return f"there is only {', '.join(found)}; " if found else "the folder is empty; "


def _meant(name: str) -> str:
    near = get_close_matches(name.lower().removesuffix(".parquet"), content.sources(), 1, 0.75)
    return f" (did you mean {near[0]}?)" if near else ""
