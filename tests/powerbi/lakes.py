"""Lakes of which little is to be seen, or little as one expects it."""

import random

import pyarrow as pa
from tests.conftest import World
from tests.powerbi.conftest import write_world

from backbeat import content


def _customers_alone(world: World) -> None:
    world.customers("a")


def _one_customer(world: World) -> None:
    world.customers("a")
    world.sessions(("s1", "a", "2025-07-01T10:00:00Z"))


def _nobody_known(world: World) -> None:
    world.sessions(("s1", "a", "2025-07-01T10:00:00Z"))


def _odd_letters(world: World) -> None:
    write_world(world, random.Random(1), 6)
    world.write(
        "customers/odd.parquet", [{"customer_id": odd, "country": odd} for odd in ("Ærø's", 'a"b', "日本", " ", "a]b")]
    )


def _no_rows(world: World) -> None:
    """Every source is there, with its columns and without a row but for one customer's one session."""
    _one_customer(world)
    for source in ("events", "subscriptions", "tracks", "artists"):
        columns = content.sources()[source].columns
        world.write_table(f"{source}/none.parquet", pa.table({name: pa.array([], pa.string()) for name in columns}))


LAKES = {
    "no sessions": _customers_alone,
    "one customer": _one_customer,
    "no customers": _nobody_known,
    "odd letters": _odd_letters,
    "sources without rows": _no_rows,
}
