"""What the browser tests stand on: Chromium, Playwright and axe-core, and Vega from vl-convert's locked package.

python tests/e2e/browser/toolchain.py           draw one chart in Chromium and let axe look at it
python tests/e2e/browser/toolchain.py --find    only say where Chromium is
"""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-default-apps --hide-scrollbars"
)


def chromium_path() -> str:
    """The browser: $CHROMIUM, or the one on the PATH. Raises where there is none."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if not found:
        raise RuntimeError("the browser tests need Chromium: type `apt-get install chromium`, or set CHROMIUM=/path")
    return found


def axe_source() -> str:
    """axe-core as one script. Raises where it was not fetched."""
    if not AXE.exists():
        raise RuntimeError("the browser tests need axe-core: type `make .venv/.browser`")
    return AXE.read_text("utf-8")


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, driven by Playwright, for as long as the block lasts."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium_path(), args=QUIET.split())
        yield opened
        opened.close()


def main() -> None:
    """Draw a chart and look at it; print what was used. Exit 1, in words, where something is missing."""
    try:
        _find() if "--find" in sys.argv else _prove()
    except RuntimeError as error:
        sys.exit(str(error))


def _find() -> None:
    sys.stdout.write(f"{chromium_path()}\n")


def _prove() -> None:
    from vl_convert import javascript_bundle

    spec = '{"data":{"values":[{"x":1,"y":2},{"x":2,"y":3}]},"mark":"line","encoding":{"x":{"field":"x"},"y":{"field":"y"}}}'
    page_text = "<!doctype html><html lang=en><title>t</title><main><h1>t</h1><div id=c></div></main>"
    with browser() as chromium:
        page = chromium.new_page()
        page.set_content(page_text)
        page.add_script_tag(content=javascript_bundle())
        page.evaluate(f"vegaEmbed('#c', {spec}, {{actions: false, ast: true}})")
        page.wait_for_selector("#c canvas, #c svg")
        page.add_script_tag(content=axe_source())
        findings = page.evaluate("axe.run()")["violations"]
        sys.stdout.write(f"{chromium_path()} {chromium.version}: chart drawn, {len(findings)} axe findings\n")


if __name__ == "__main__":
    main()
