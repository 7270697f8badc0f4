"""How many faults of each kind go where."""

from dataclasses import dataclass, field

import numpy as np

from backbeat.simulate.faults.kinds import DUPLICATES, KINDS

LATEST_DAYS = 3


@dataclass(frozen=True)
class FolderFaults:
    """The faults of one folder: rows to add by kind, one more file for each form, bad files, the day of a late one."""

    rows: dict[str, int] = field(default_factory=dict)
    forms: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    late_in: int | None = None


def plan_faults(source: str, sizes: np.ndarray, share: float, rng: np.random.Generator) -> list[FolderFaults]:
    """The faults of each folder of a source, whose rows number `sizes` [folders].

    A share of the rows for each kind of row, a share of the folders for each kind of file, and at least one of each.
    """
    if not share:
        return [FolderFaults()] * len(sizes)
    kinds = KINDS[source]
    rows = {kind: _spread_rows(sizes, share, rng) for kind in (*kinds.rows, *DUPLICATES)}
    forms = {kind: _chosen(sizes, share, rng) for kind in kinds.forms}
    files = {kind: _chosen(sizes, share, rng) for kind in kinds.files}
    late = _late(sizes, share, rng)
    return [
        FolderFaults(
            rows={kind: int(counts[folder]) for kind, counts in rows.items() if counts[folder]},
            forms=tuple(kind for kind, folders in forms.items() if folder in folders),
            files=tuple(kind for kind, folders in files.items() if folder in folders),
            late_in=late.get(folder),
        )
        for folder in range(len(sizes))
    ]


def _spread_rows(sizes: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Faulty rows for each folder [folders], in proportion to its size."""
    reached = np.cumsum(sizes)
    number = max(1, round(share * float(reached[-1])))
    folders = np.searchsorted(reached, rng.random(number) * reached[-1], side="right")
    return np.bincount(folders, minlength=len(sizes))


def _chosen(sizes: np.ndarray, share: float, rng: np.random.Generator) -> set[int]:
    filled = np.flatnonzero(sizes)
    return set(rng.permutation(filled)[: max(1, round(share * len(filled)))].tolist())


def _late(sizes: np.ndarray, share: float, rng: np.random.Generator) -> dict[int, int]:
    """Folder → the later one in which some of its rows arrive."""
    late = {}
    for folder in sorted(_chosen(sizes[:-1], share, rng) if sizes[:-1].any() else ()):
        late[folder] = min(folder + 1 + int(rng.integers(0, LATEST_DAYS)), len(sizes) - 1)
    return late
