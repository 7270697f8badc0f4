"""Draws each page of a Power BI project as a wireframe: where its visuals stand, what they are called, and of which kind.

python docs/wireframes.py PROJECT    docs/images/powerbi-*.svg from an exported folder; the lines and bars are made up
"""

import json
import sys
from collections.abc import Iterator, Sequence
from html import escape
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import Any

from backbeat.colours import LIGHT

IMAGES = Path(__file__).resolve().parent / "images"
HEADER = 40
PAD = 12
WAVE = (0.62, 0.5, 0.55, 0.4, 0.46, 0.3, 0.36, 0.22)
Box = tuple[float, float, float, float]


def main(arguments: Sequence[str]) -> None:
    """Draw every page."""
    for name, drawing in pages(Path(arguments[0])).items():
        (IMAGES / f"{name}.svg").write_text(drawing, "utf-8")
        sys.stdout.write(f"docs/images/{name}.svg\n")


def pages(project: Path) -> dict[str, str]:
    """The drawings of a project's pages, file name → SVG."""
    (folder,) = project.glob("*.Report/definition/pages")
    found = {}
    for name in json.loads((folder / "pages.json").read_text("utf-8"))["pageOrder"]:
        page = json.loads((folder / name / "page.json").read_text("utf-8"))
        visuals = [json.loads(p.read_text("utf-8")) for p in (folder / name / "visuals").glob("*/visual.json")]
        found[f"powerbi-{page['displayName'].lower().replace(' ', '-')}"] = drawn(page, visuals)
    return found


def drawn(page: dict[str, Any], visuals: list[dict[str, Any]]) -> str:
    """A page as SVG, its visuals in the order in which the Tab key reaches them."""
    width, height = page["width"], page["height"] + HEADER
    ordered = sorted(visuals, key=lambda visual: int(visual["position"]["tabOrder"]))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">',
            rectangle((0, 0, width, height), fill="#f4f2ee"),
            words(24, 26, f"{page['displayName']}: a wireframe, not a picture of Power BI; its lines and bars are made up", 13),
            *(line for visual in ordered for line in _visual(visual)),
            "</svg>\n",
        ]
    )  # fmt: skip


def rectangle(box: Box, *, fill: str = "none", line: str = "none", round_: int = 0) -> str:
    """A rectangle of x, y, width and height."""
    x, y, width, height = (f"{each:g}" for each in box)
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}" stroke="{line}"/>'


def words(x: float, y: float, text: str, size: int = 11, *, colour: str = LIGHT.soft, bold: bool = False) -> str:
    """A line of text, its baseline at y."""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" font-size="{size}" fill="{colour}"{weight}>{escape(text)}</text>'


def _visual(document: dict[str, Any]) -> Iterator[str]:
    place, visual = document["position"], document["visual"]
    x, y, width, height = place["x"], place["y"] + HEADER, place["width"], place["height"]
    yield rectangle((x, y, width, height), fill=LIGHT.paper, line=LIGHT.line, round_=4)
    y += PAD
    for part, size, bold in (("title", 12, True), ("subTitle", 10, False)):
        for line in wrap(_said(visual, part), int((width - 2 * PAD) / size / 0.52)):
            y += size + 3
            yield words(x + PAD, y, line, size, colour=LIGHT.ink if bold else LIGHT.soft, bold=bold)
    yield words(
        x + width - PAD - 6 * len(visual["visualType"]), place["y"] + HEADER + height - 5, visual["visualType"], 9
    )
    inner = (x + PAD, y + 8, width - 2 * PAD, place["y"] + HEADER + height - y - 8 - 20)
    yield from KINDS[visual["visualType"]](visual, inner)


def _said(visual: dict[str, Any], part: str) -> str:
    properties = visual["visualContainerObjects"].get(part, [{"properties": {}}])[0]["properties"]
    return _text(properties["text"]) if "text" in properties else ""


def _text(value: dict[str, Any]) -> str:
    expression = value["expr"]
    if "Literal" in expression:
        return str(expression["Literal"]["Value"]).strip("'").replace("''", "'")
    return f"[{expression['Measure']['Property']}]"


def _fields(visual: dict[str, Any], *roles: str) -> list[str]:
    state = visual["query"]["queryState"]
    return [
        str(each.get("displayName", each["nativeQueryRef"]))
        for role in roles
        for each in state.get(role, {}).get("projections", ())
    ]


def _slicer(visual: dict[str, Any], box: Box) -> Iterator[str]:
    x, y, width, _ = box
    header = _text(visual["objects"]["header"][0]["properties"]["text"])
    is_dates = _text(visual["objects"]["data"][0]["properties"]["mode"]) == "Between"
    yield words(x, y + 8, header, 11, colour=LIGHT.ink, bold=True)
    gap = (width - 8) / 2
    for left, size in ((x, gap), (x + gap + 8, gap)) if is_dates else ((x, width),):
        yield rectangle((left, y + 16, size, 22), line=LIGHT.soft, round_=2)
    if not is_dates:
        yield words(x + 8, y + 31, "All", 10)


def _cards(visual: dict[str, Any], box: Box) -> Iterator[str]:
    x, y, width, height = box
    projections = visual["query"]["queryState"]["Data"]["projections"]
    each = width / len(projections)
    for number, shown in enumerate(projections):
        left = x + number * each
        yield rectangle((left, y, each - 8, height), line=LIGHT.line, round_=4)
        yield words(left + PAD, y + 20, str(shown.get("displayName", shown["nativeQueryRef"])))
        yield words(left + PAD, y + 48, "00.0 %", 24, colour=LIGHT.ink, bold=True)
        titles = [
            _text(label["properties"]["titleText"])
            for label in visual["objects"].get("referenceLabelTitle", ())
            if label["selector"]["metadata"] == shown["queryRef"]
        ]
        for order, title in enumerate(titles):
            yield words(left + PAD, y + 70 + 16 * order, f"{title} +0.0 %")


def _legend(names: list[str], box: Box) -> Iterator[str]:
    x, y, width, _ = box
    for number, name in enumerate(names):
        if x + 20 + 6 * len(name) < box[0] + width:
            yield rectangle((x, y, 10, 10), fill=LIGHT.series[number % len(LIGHT.series)])
            yield words(x + 14, y + 9, name, 10)
            x += 30 + 6 * len(name)


def _series(visual: dict[str, Any], box: Box) -> tuple[list[str], list[str], Box]:
    """The names of what is drawn, a legend, and the room below it."""
    values, by = _fields(visual, "Y", "Y2"), _fields(visual, "Series")
    names = [f"by {by[0].lower()}"] * 3 if by else values
    x, y, width, height = box
    legend = [*_legend(by or values, box)] if by or len(values) > 1 else []
    used = 18 if legend else 0
    return names, legend, (x, y + used, width, height - used)


def _lines(visual: dict[str, Any], box: Box) -> Iterator[str]:
    names, legend, (x, y, width, height) = _series(visual, box)
    yield from legend
    yield from _frame((x, y, width, height), visual)
    step = width / (len(WAVE) - 1)
    for number in range(len(names)):
        points = [(x + step * n, y + height * min(0.95, part * (0.7 + 0.25 * number))) for n, part in enumerate(WAVE)]
        for (x1, y1), (x2, y2) in pairwise(points):
            colour = LIGHT.series[number % len(LIGHT.series)]
            yield f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="{colour}" stroke-width="2"/>'


def _frame(box: Box, visual: dict[str, Any]) -> Iterator[str]:
    x, y, width, height = box
    yield f'<path d="M{x:g} {y:g}V{y + height:g}H{x + width:g}" fill="none" stroke="{LIGHT.soft}"/>'
    yield words(x + 4, y + height + 13, ", ".join(_fields(visual, "Category")), 9)


def _columns(visual: dict[str, Any], box: Box) -> Iterator[str]:
    names, legend, (x, y, width, height) = _series(visual, box)
    yield from legend
    yield from _frame((x, y, width, height), visual)
    step = width / len(WAVE)
    for number, part in enumerate(WAVE):
        tall = height * (1 - part) / len(names)
        for layer in range(len(names)):
            place = (x + step * number + 6, y + height - tall * (layer + 1), step - 12, tall)
            yield rectangle(place, fill=LIGHT.series[layer % len(LIGHT.series)])


def _bars(visual: dict[str, Any], box: Box) -> Iterator[str]:
    names, legend, (x, y, width, height) = _series(visual, box)
    yield from legend
    yield from _frame((x, y, width, height), visual)
    step = height / 6
    for number in range(6):
        long = width * (0.9 - 0.12 * number) / len(names)
        for layer in range(len(names)):
            place = (x + long * layer, y + step * number + 3, long, step - 6)
            yield rectangle(place, fill=LIGHT.series[layer % len(LIGHT.series)])


def _funnel(visual: dict[str, Any], box: Box) -> Iterator[str]:
    x, y, width, height = box
    step = height / 4
    for number in range(4):
        size = width * (0.8 - 0.2 * number)
        yield rectangle((x + (width - size) / 2, y + step * number + 3, size, step - 6), fill=LIGHT.series[0])
    yield words(x + 4, y + height + 13, ", ".join(_fields(visual, "Category")), 9)


def _matrix(visual: dict[str, Any], box: Box) -> Iterator[str]:
    x, y, width, height = box
    yield words(
        x, y + 10, f"{', '.join(_fields(visual, 'Rows'))} by {', '.join(_fields(visual, 'Columns')).lower()}", 10
    )
    across, down = width / 12, (height - 18) / 8
    for row in range(8):
        for column in range(12 - row):
            shade = LIGHT.ramp[max(1, 4 - column // 2)]
            yield rectangle((x + across * column, y + 18 + down * row, across - 2, down - 2), fill=shade)


def _table(visual: dict[str, Any], box: Box) -> Iterator[str]:
    x, y, width, height = box
    names = _fields(visual, "Values")
    each = width / len(names)
    for number, name in enumerate(names):
        yield words(x + each * number, y + 10, wrap(name, max(4, int(each / 6)))[0], 10, colour=LIGHT.ink, bold=True)
    for row in range(1, int(height / 20)):
        yield f'<line x1="{x:g}" y1="{y + 20 * row:g}" x2="{x + width:g}" y2="{y + 20 * row:g}" stroke="{LIGHT.line}"/>'


KINDS = {
    "slicer": _slicer, "cardVisual": _cards, "lineChart": _lines, "areaChart": _lines, "columnChart": _columns,
    "barChart": _bars, "funnel": _funnel, "pivotTable": _matrix, "tableEx": _table,
}  # fmt: skip

if __name__ == "__main__":
    main(sys.argv[1:])
