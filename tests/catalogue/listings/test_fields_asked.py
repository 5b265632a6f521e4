"""What drafting N1 from its template asks of its drafter, counted on the real pages; docs/drafting.md says the same."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

from catalogue.listings.draft_pages import SUBJECTS
from tests.builders_catalogue import a_budget_line, registered_openers
from tests.cast import office
from tests.catalogue.pages_of_n1 import basics
from tests.pages import send, sign_in

PAGE = Path(__file__).parents[3] / "docs" / "drafting.md"
# a row is begun when its name is written; units and kinds stand in spare rows too
ROW = re.compile(r"^([a-z]+-\d+(?:-band-\d+)?)-")
ROW_NAMES = ("-title", "-what", "-condition")
# asked of every listing of N1's amount by R-PLAN-01, though of none below the limit
ASKED_OF_N1 = ("reservation_ground",)
# the day of publication is only for looking ahead: it is filled in and asks nothing
NOT_ASKED = ("starts_on",)


@dataclass
class Control:
    """One thing a page asks: a field, or a group of boxes or buttons under one name."""

    name: str
    is_filled: bool = False
    is_optional: bool = False
    boxes: int = 0
    text: str = ""


@dataclass
class Form(HTMLParser):
    """Reads the controls of the main form and which labels say that they may stay empty."""

    controls: dict[str, Control] = field(default_factory=dict)
    _label: str = ""
    _area: str = ""
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def _control(self, name: str) -> Control:
        return self.controls.setdefault(name, Control(name))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        name = given.get("name", "")
        if tag == "label":
            self._label = given.get("for", "").removeprefix("field-")
        elif tag == "input" and given.get("type") not in ("hidden", "submit") and name:
            is_box = given["type"] in ("checkbox", "radio")
            found = self._control(name)
            found.is_filled |= "checked" in given if is_box else bool(given.get("value"))
            found.boxes += given["type"] == "checkbox"
            found.text += given.get("value", "") if given["type"] == "text" else ""
        elif tag == "textarea":
            self._area = self._control(name).name
        elif tag == "select":
            self._select = self._control(name).name
        elif tag == "option" and self._select and "selected" in given and given.get("value"):
            self._control(self._select).is_filled = True

    def handle_endtag(self, tag: str) -> None:
        self._label = "" if tag == "label" else self._label
        self._area = "" if tag == "textarea" else self._area
        self._select = "" if tag == "select" else self._select

    def handle_data(self, data: str) -> None:
        if self._area and data.strip():
            self._control(self._area).is_filled = True
            self._control(self._area).text += data
        if self._label and "可不填" in data:
            self._control(self._label).is_optional = True


def _read(html: str) -> list[Control]:
    form = Form()
    form.feed(html.split("<main")[1].split("</main>")[0])
    controls = [c for c in form.controls.values() if c.name not in NOT_ASKED]
    begun = {m.group(1) for c in controls if c.is_filled and c.name.endswith(ROW_NAMES) and (m := ROW.match(c.name))}
    return [c for c in controls if not (m := ROW.match(c.name)) or m.group(1) in begun]


def _must_be_filled(control: Control) -> bool:
    """Empty, and neither optional nor a single box that may stay without its tick."""
    is_asked = control.name in ASKED_OF_N1 or not (control.is_optional or control.boxes == 1)
    return is_asked and not control.is_filled


async def test_the_page_on_drafting_says_how_much_n1_asks(client: httpx.AsyncClient, clock: Any) -> None:
    line = await a_budget_line(await clock.now())
    await registered_openers(await clock.now())
    await sign_in(client, "wang.min")
    new = _read((await client.get(f"/listings/drafts/new?start=template&line={line}")).text)
    answer = await send(client, "/listings/drafts/new", {**basics(line, await office("zhaozhen")), "start": "template"})
    draft = answer.headers["location"]
    pages = {s: (await client.get(f"{draft}/{s}")).text for s in SUBJECTS if s != "basics"}
    asked = {"new": new, **{subject: _read(html) for subject, html in pages.items()}}
    controls = [control for found in asked.values() for control in found]
    counts = {
        "起草人要填的栏目 fields the drafter must fill": sum(map(_must_be_filled, controls)),
        "已经填好的栏目 fields already filled": sum(control.is_filled for control in controls),
        "可以不填的栏目 fields that may stay empty": sum(
            not control.is_filled and not _must_be_filled(control) for control in controls
        ),
        "已经填好的不同文字，字 characters in the different texts filled in": sum(
            len(re.sub(r"\s", "", text)) for text in {control.text for control in controls if control.is_filled}
        ),
    }
    said = PAGE.read_text()
    missing = [f"| {name} | {count:,} |" for name, count in counts.items() if f"| {name} | {count:,} |" not in said]
    assert not missing, missing
