"""The forms of a raw column in DuckDB: its value, its text form and its JSON form, each as SQL."""

from typing import Any

from backbeat.engines.engine import RawColumn
from backbeat.engines.literal import json_member


def raw_column(alias: str, name: str, kind: Any, is_int96: bool) -> RawColumn:
    """The column that SQL knows as `alias`; INT96 times are UTC although their type doesn't say so."""
    found = "instant" if is_int96 else _kind(kind)
    text = _text(alias, found)
    return RawColumn(name, found, _value(alias, found, kind), text, _json(alias, kind, text), str(kind).lower())


_KINDS = {
    "varchar": "text",
    "boolean": "boolean",
    "date": "date",
    "float": "float",
    "double": "float",
    "decimal": "decimal",
    "timestamp": "local",
    "timestamp_s": "local",
    "timestamp_ms": "local",
    "timestamp_ns": "ns",
    "timestamp with time zone": "instant",
    "timestamptz_ns": "instant_ns",
    "sqlnull": "null",
    "null": "null",
    "blob": "binary",
    **dict.fromkeys(("tinyint", "smallint", "integer", "bigint", "hugeint"), "integer"),
    **dict.fromkeys(("utinyint", "usmallint", "uinteger", "ubigint", "uhugeint"), "integer"),
}

_WIDE = ("ubigint", "hugeint", "uhugeint", "decimal")


def _kind(kind: Any) -> str:
    if kind.id == "decimal" and str(kind).endswith(",0)"):
        return "integer"
    return "null" if str(kind) == '"NULL"' else _KINDS.get(kind.id, "other")


def _value(alias: str, kind: str, typed: Any) -> str:
    values = {
        "integer": f"cast({alias} as {'hugeint' if typed.id in _WIDE else 'bigint'})",
        "float": f"cast({alias} as double)",
        "decimal": f"cast({alias} as double)",
        "local": f"cast({alias} as timestamp)",
        "date": f"bb_time_of_date({alias})",
        "instant": f"cast({alias} as timestamptz)",
        "instant_ns": f"cast({alias} as timestamp_ns)",
        "null": f"cast({alias} as varchar)",
    }
    return values.get(kind, alias)


def _text(alias: str, kind: str) -> str:
    forms = {
        "text": alias,
        "float": f"bb_text_of_float({alias})",
        "decimal": f"bb_text_of_decimal({alias})",
        "local": f"bb_text_of_timestamp(cast({alias} as timestamp))",
        "ns": f"bb_text_of_ns({alias})",
        "instant": f"bb_text_of_instant({alias})",
        "instant_ns": f"bb_text_of_ns(cast({alias} as timestamp_ns)) || 'Z'",
        "binary": f"lower(hex({alias}))",
    }
    return forms.get(kind, f"cast({alias} as varchar)")


def _json(value: str, kind: Any, text: str) -> str:
    """Scalars as JSON strings in their text form; lists and structs keep their shape; maps are lists of entries."""
    if kind.id in ("list", "array"):
        return _json_list(value, kind.children[0][1])
    if kind.id == "map":
        return _json_list(f"map_entries({value})", None, dict(kind.children))
    if kind.id == "struct":
        return _json_struct(value, dict(kind.children))
    return f"to_json(cast({text} as varchar))" if str(kind) == "JSON" else f"to_json({text})"


def _json_list(value: str, item: Any, entry: dict[str, Any] | None = None) -> str:
    inner = _json_struct("e", entry) if entry else _json("e", item, _text("e", _kind(item)))
    items = f"list_transform({value}, lambda e: coalesce({inner}, 'null'))"
    return f"('[' || array_to_string({items}, ',') || ']')"


def _json_struct(value: str, fields: dict[str, Any]) -> str:
    members = []
    for name, kind in fields.items():
        member = f'({value})."{name.replace(chr(34), chr(34) * 2)}"'
        inner = _json(member, kind, _text(member, _kind(kind)))
        members.append(json_member(name, inner))
    return f"case when {value} is not null then '{{' || {' || chr(44) || '.join(members)} || '}}' end"
