"""Takes the documentation's pictures from the demo, in a real browser.

python docs/screenshots.py [LAKE]    docs/images/*.png from demo/lake, or another lake
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
sys.path.insert(0, str(ROOT))


@dataclass(frozen=True)
class Picture:
    """A page, and how it is looked at."""

    name: str
    page: str
    scheme: str = "light"
    width: int = 1280
    height: int = 860


PICTURES = (
    Picture("overview", "overview"),
    Picture("overview-dark", "overview", scheme="dark"),
    Picture("engagement", "engagement?country=SE&country=DE&threshold=60", height=1000),
    Picture("retention", "retention"),
    Picture("paid", "paid", height=1000),
    Picture("live", "live"),
    Picture("phone", "overview", width=390, height=844),
)


def main(arguments: Sequence[str]) -> None:
    """Serve the lake and look at each page."""
    from tests.e2e.browser.conftest import serving
    from tests.e2e.browser.toolchain import browser

    import backbeat

    IMAGES.mkdir(exist_ok=True)
    lake = backbeat.open(lake=arguments[0] if arguments else str(ROOT / "demo" / "lake"))
    with serving(lake) as origin, browser() as chromium:
        for picture in PICTURES:
            take(chromium, origin, picture)


def take(chromium: object, origin: str, picture: Picture) -> None:
    """Take one picture."""
    size = {"width": picture.width, "height": picture.height}
    context = chromium.new_context(viewport=size, color_scheme=picture.scheme)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto(f"{origin}/{picture.page}")
    page.wait_for_selector("html[data-ready]")
    page.wait_for_timeout(300)
    page.screenshot(path=IMAGES / f"{picture.name}.png")
    context.close()
    sys.stdout.write(f"docs/images/{picture.name}.png\n")


if __name__ == "__main__":
    main(sys.argv[1:])
