"""Whom the slicers keep, in DAX: customers with the slices that are asked for, small groups merged as `other`."""

from backbeat import content
from backbeat.powerbi.names import dax_column, words
from backbeat.powerbi.tables import slice_table

CHOSEN, LEAST = "_chosen", "Minimum group"
"""The measures that say by how many slices something is chosen, and how few customers are too few."""


def column(name: str) -> str:
    """The column from which values of a slice are chosen."""
    return dax_column(slice_table(name), words(name))


def is_asked(name: str) -> str:
    """Whether any is."""
    return f"ISFILTERED ( {column(name)} )"


def members(value: str = "") -> str:
    """Every customer with the slices that are asked for, and a `"@name", value` more."""
    asked = [f'"@{name}", IF ( {is_asked(name)}, [_{name}] )' for name in content.slices()]
    listed = ",\n    ".join(["Customers", *([value] if value else []), *asked])
    return f"ADDCOLUMNS (\n    {listed}\n)"


def small() -> str:
    """Variables: the values of each slice that too few of `_members` have, where `other` is asked for."""
    return "\n".join(_small(name) for name in content.slices())


def kept() -> str:
    """The condition of `_members` whom all the slicers keep."""
    asked = [f"( NOT ( {is_asked(name)} ) || {_is_chosen(name)} )" for name in content.slices()]
    return " && ".join(asked) or "TRUE ()"


def _is_chosen(name: str) -> str:
    return f"[@{name}] IN VALUES ( {column(name)} ) || [@{name}] IN _small_{name}"


def _small(name: str) -> str:
    own = column(name)
    others = "".join(
        f" && ( NOT ( {is_asked(other)} ) || [@{other}] IN VALUES ( {column(other)} ) )"
        for other in content.slices()
        if other != name
    )
    return f"""VAR _small_{name} =
    FILTER (
        ALL ( {own} ),
        {is_asked(name)} && "other" IN VALUES ( {own} )
            && COUNTROWS ( FILTER ( _members, [@{name}] = {own}{others} ) ) < [{LEAST}]
    )"""
