"""The colours in which people see numbers, wherever they do: light and dark."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Theme:
    """`series` are told apart by lightness as well as by hue; `ramp` goes from nothing to all."""

    ink: str
    soft: str
    line: str
    paper: str
    accent: str
    series: tuple[str, ...]
    ramp: tuple[str, ...]


LIGHT = Theme(
    ink="#1d1c1a",
    soft="#605d57",
    line="#e6e3dc",
    paper="#ffffff",
    accent="#4b3fbb",
    series=("#4b3fbb", "#0f8b7d", "#d0782a", "#b83a5e", "#7a8ca3", "#8a6fd1", "#5b9a3c"),
    ramp=("#f3f1fb", "#c9c3ee", "#8f86d8", "#4b3fbb", "#2a226f"),
)
DARK = Theme(
    ink="#eceae6",
    soft="#a9a59d",
    line="#33343a",
    paper="#1b1c21",
    accent="#a79dff",
    series=("#a79dff", "#4fc7b4", "#f0a460", "#f0809f", "#9aa9bd", "#cbb8ff", "#9dce7c"),
    ramp=("#24232f", "#3a3570", "#5a50b4", "#8d82ee", "#d4ceff"),
)
