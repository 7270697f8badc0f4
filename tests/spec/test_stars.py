"""What people choose from, and what tracks and artists are called."""

from tests.conftest import World


def test_every_value_of_a_slice_can_be_chosen_whatever_it_is_called(world: World) -> None:
    world.write("customers/c.parquet", [{"customer_id": c, "country": c} for c in ("free", "other", "SE")])
    world.sessions(("s1", "SE", "2025-07-01T10:00:00Z"))
    world.run()
    found = world.open().sql("select * from gold.star_slices").to_pylist()
    chosen = {
        name: sorted(row["slice_value"] for row in found if row["slice"] == name)
        for name in ("country", "plan", "device")
    }
    assert chosen == {
        "country": ["SE", "free", "other", "unknown"],
        "plan": ["free", "other", "unknown"],
        "device": ["other", "unknown"],
    }  # fmt: skip


def test_what_has_no_name_is_called_by_its_id(world: World) -> None:
    world.customers("a")
    world.sessions(("s1", "a", "2025-07-01T10:00:00Z"))
    tracks = [("t1", "Hyperballad", "a1"), ("T1", None, "a2"), ("t2", "Jóga", None)]
    world.write(
        "tracks/t.parquet", [dict(zip(("track_id", "track_name", "artist_id"), row, strict=True)) for row in tracks]
    )
    world.write("artists/a.parquet", [{"artist_id": "a1", "artist_name": "Björk"}])
    played = {"customer_id": "a", "event_type": "play", "occurred_at": "2025-07-01T10:00:00Z", "ms_played": 60_000}
    world.write("events/e.parquet", [{"event_id": f"e-{t}", "track_id": t, **played} for t in ("lost", "T1")])
    world.run()
    rows = world.open().sql("select track_name, artist_name from gold.star_tracks order by 1").to_pylist()
    assert [(row["track_name"], row["artist_name"]) for row in rows] == [
        ("Hyperballad", "Björk"),
        ("Jóga", None),
        ("T1", None),
        ("lost", None),
    ]
    artists = world.open().sql("select artist_name from gold.star_artists order by 1").to_pylist()
    assert [row["artist_name"] for row in artists] == ["Björk", "a2"]
