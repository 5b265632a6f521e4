"""A paper in the look of an official document (GB/T 9704), as one HTML page for the press."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment

from catalogue.notices.content import Paper
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.settings import PROJECT_FOLDER
from marketplace.kernel.web import jinja_environment

STYLE = PROJECT_FOLDER / "templates" / "papers" / "official.css"
# papers of many pages and tables are set smaller than a notice
SMALLER = frozenset({"document", "provider_record"})


@cache
def _environment() -> Environment:
    return jinja_environment()


def official_page(paper: Paper) -> str:
    """The whole page: style, content, and the code that leads to the paper's own page."""
    label = say(N_("扫码查看本文书的网页")).text(paper.language)
    code = qr_svg(paper.address, label) if paper.address else ""
    return _environment().get_template("papers/official.html").render(
        paper=paper, style=STYLE.read_text(encoding="utf-8"), code=code, code_label=label,
        smaller=paper.kind in SMALLER,
    )  # fmt: skip
