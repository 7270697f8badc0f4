"""Jinja templates and the few functions they use."""

from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape

from backbeat import __version__, content
from backbeat.dashboard import views
from backbeat.dashboard.format import Form, day, language, span, words

ASSETS = files("backbeat.dashboard") / "static"


class Templates:
    """Renders templates for a request; every address in them is below `base`."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.environment = Environment(
            loader=PackageLoader("backbeat.dashboard"),
            autoescape=select_autoescape(default=True, default_for_string=True),
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.environment.globals.update(
            base=base, version=__version__, pages=content.pages, span=span, day=day, words=words,
            spark_points=views.spark_points, table_rows=views.table_rows, window_words=views.window_words,
            number_columns=views.number_columns, css=lambda: asset_text("dashboard.css"), report_css=lambda: asset_text("report.css"),
        )  # fmt: skip

    def render(self, name: str, request: Any, **values: Any) -> str:
        """The text of a template. `form` says how the reader writes numbers."""
        return self.environment.get_template(name).render(request=request, **values)


def form_of(request: Any, zone: Any) -> Form:
    """How the reader of a request writes numbers."""
    return Form(language(request.headers.get("accept-language", "")), zone)


def asset_text(name: str) -> str:
    """A style sheet as text, for what has to be one file."""
    return (ASSETS / name).read_text("utf-8")
