"""The same seed, the same bytes; and no folder of somebody else's is touched."""

import json
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backbeat.errors import UsageError
from backbeat.simulate import simulate

FORTNIGHT: dict[str, Any] = {"customers": 40, "start": date(2025, 8, 18), "end": date(2025, 8, 31)}


def _hashes(root: Path) -> dict[str, str]:
    files = (path for path in root.rglob("*") if path.is_file())
    return {str(path.relative_to(root)): sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.mark.parametrize("dirty", [0.0, 0.01])
def test_same_seed_same_bytes(tmp_path: Path, dirty: float) -> None:
    for name in ("one", "two"):
        simulate(tmp_path / name, seed=7, dirty=dirty, **FORTNIGHT)
    assert _hashes(tmp_path / "one") == _hashes(tmp_path / "two")


def test_another_seed_is_another_world(tmp_path: Path) -> None:
    for seed in (7, 8):
        simulate(tmp_path / str(seed), seed=seed, **FORTNIGHT)
    one, two = _hashes(tmp_path / "7"), _hashes(tmp_path / "8")
    assert set(one) == set(two)
    assert not [name for name in one if one[name] == two[name]]


def test_a_second_simulation_replaces_the_first(tmp_path: Path) -> None:
    simulate(tmp_path / "again", seed=8, dirty=0.01, **FORTNIGHT)
    simulate(tmp_path / "again", seed=7, **FORTNIGHT)
    simulate(tmp_path / "once", seed=7, **FORTNIGHT)
    assert _hashes(tmp_path / "again") == _hashes(tmp_path / "once")


def test_the_returned_truth_is_the_written_one(tmp_path: Path) -> None:
    truth = simulate(tmp_path, **FORTNIGHT)
    assert json.loads((tmp_path / "truth.json").read_text()) == truth


def test_a_folder_of_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sessions").mkdir()
    with pytest.raises(UsageError, match="name another"):
        simulate(tmp_path, **FORTNIGHT)
    assert [path.name for path in tmp_path.iterdir()] == ["sessions"]


@pytest.mark.parametrize(
    "wrong",
    [{"customers": 0}, {"seed": -1}, {"dirty": 1.5}, {"start": date(2025, 2, 1), "end": date(2025, 1, 1)}],
)
def test_nonsense_is_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        simulate(tmp_path / "raw", **wrong)
    assert not (tmp_path / "raw").exists()


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[str] = []
    simulate(tmp_path, on_progress=told.append, **FORTNIGHT)
    assert told == ["drawing customers", "listening in 2025-08"]
