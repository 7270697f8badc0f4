"""What the lake notes of the names of its tables, on an engine that reaches no catalogs."""

from tests.conftest import World

from backbeat.lake.registration import NOTED


def run(world: World, **flags: str) -> list[str]:
    """The notes of a run that are about names."""
    report = world.run(**flags)
    report.demand_registered()
    return [note for note in report.notes if "without a name" in note]


def test_an_engine_without_catalogs_says_who_registers_the_tables(world: World) -> None:
    world.customers("c")
    world.sessions(("s", "c", "2025-07-01T10:00:00Z"))
    assert run(world) == []
    count = len(world.open().house.names())
    (said,) = run(world, catalog="music")
    assert said == f"{count} tables without a name in music: a run with --engine spark registers them"
    assert not (world.lake / NOTED).exists()
