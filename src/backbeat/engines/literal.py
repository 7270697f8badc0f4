"""Values and text as SQL, the same on every engine."""

import re
from collections.abc import Mapping
from typing import Any

from backbeat.errors import UnreadableSql

_APART = ("\\", "'")


def given(name: str, values: Mapping[str, Any]) -> Any:
    """The value of a `:name` of a text; raises UnreadableSql where nobody gives one."""
    if name not in values:
        raise UnreadableSql(f"this SQL needs a value for :{name}, which nobody gives here")
    return values[name]


def literal(text: str) -> str:
    """The text in single quotes, those in it doubled."""
    return "'" + text.replace("'", "''") + "'"


def json_member(name: str, value: str) -> str:
    """A member of a JSON object, as SQL; `value` is SQL that gives JSON, or null.

    Spark works out what a function is given even for rows that do not need it, so only the name is given to one.
    """
    return f"concat(bb_json({portable(name)}), ':', coalesce({value}, 'null'))"


def portable(text: str) -> str:
    """The text as SQL that every engine reads alike: backslashes and quotes, which not all of them read alike, apart."""
    parts = [f"chr({ord(part)})" if part in _APART else f"'{part}'" for part in re.split(r"([\\'])", text) if part]
    return f"({' || '.join(parts)})" if len(parts) > 1 else "".join(parts) or "''"
