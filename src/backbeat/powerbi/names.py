"""Names that people read, and ids that are the same on every export."""

import hashlib
import uuid

_SPACE = uuid.UUID("6f1c6d52-0a7d-5a0e-9d4c-2b7f3f0f9a11")
_SHORT = {"dau": "DAU", "wau": "WAU", "mau": "MAU", "kpis": "KPIs", "id": "ID", "iso": "ISO"}


def words(name: str) -> str:
    """`activity_date` as Activity date, `dau` as DAU."""
    found = [_SHORT.get(part, part) for part in name.strip("_").split("_")]
    text = " ".join(found)
    return text if found[0] in _SHORT.values() else text[:1].upper() + text[1:]


def lower(name: str) -> str:
    """The same within a sentence."""
    text = words(name)
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


def guid(*key: str) -> str:
    """An id as TMDL wants it, of what the thing is called."""
    return str(uuid.uuid5(_SPACE, "/".join(key)))


def short_id(*key: str) -> str:
    """An id as PBIR wants it: 20 hexadecimal digits."""
    return hashlib.sha256("/".join(key).encode()).hexdigest()[:20]


def dax_table(name: str) -> str:
    """A table's name in DAX."""
    return name if name.isalpha() and name.isascii() else "'" + name.replace("'", "''") + "'"


def dax_column(table: str, column: str) -> str:
    """A column in DAX, with its table in front."""
    return f"{dax_table(table)}[{column.replace(']', ']]')}]"


def dax_measure(name: str) -> str:
    """A measure in DAX."""
    return f"[{name.replace(']', ']]')}]"


def dax_text(value: str) -> str:
    """A text in DAX."""
    return '"' + value.replace('"', '""') + '"'
