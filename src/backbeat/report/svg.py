"""A picture within a page: smaller, scaled to its room, and told to those who can't see it."""

import re
from html import escape


def embedded(svg: bytes, told: str) -> str:
    """The SVG without its XML head and fixed size, coordinates to a tenth of a pixel, with a text in its place."""
    text = re.sub(r"^<\?xml[^>]*>\s*(<!DOCTYPE[^>]*>)?\s*", "", svg.decode())
    text = re.sub(r"(\d+\.\d)\d+", r"\1", text)
    text = re.sub(r' (?:role|aria-roledescription|aria-label)="[^"]*"', "", text)
    head = f'<svg role="img" aria-label="{escape(told)}"'
    return re.sub(r'<svg((?: [\w:]+="[^"]*")*?) width="[^"]*" height="[^"]*"', rf"{head}\1", text, count=1)
