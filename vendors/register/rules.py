"""What a reader asked the public register for: read from the address, written back into it. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import url
from vendors.providers.paper_facts import PAPER_RESULTS
from vendors.providers.rules import PaperKind

PAGE_SIZE = 20
GRADES = tuple(PAPER_RESULTS[PaperKind.ASSESSMENT])
LONGEST_QUESTION = 80
SORT_LABELS: dict[str, str] = {
    "": N_("名称（拼音）"), "newest": N_("最近登记"), "oldest": N_("最早登记"),
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """Which providers, in which order, which page; nothing chosen means all."""

    words: str = ""
    legal_form: str = ""
    item: str = ""
    town: UUID | None = None
    grade: str = ""
    sort: str = ""
    number: int = 1

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but order and page was chosen."""
        return bool(self.words or self.legal_form or self.item or self.town or self.grade)

    @property
    def parts(self) -> list[str]:
        """The words to be found, each anywhere in an entry: small letters, full-width ones as plain ones."""
        return unicodedata.normalize("NFKC", self.words).lower().split()

    def query(self, number: int | None = None) -> str:
        """The same question as the part of an address behind the question mark."""
        asked = {
            "q": self.words, "form": self.legal_form, "item": self.item, "town": self.town,
            "grade": self.grade, "sort": self.sort, "page": number if number and number > 1 else None,
        }  # fmt: skip
        return urlencode({name: str(value) for name, value in asked.items() if value})


@dataclass(frozen=True)
class RegisterPage:
    """One page of what was found."""

    rows: Sequence[Mapping[str, Any]]
    total: int
    question: Question

    @property
    def number(self) -> int:
        """Which page this is."""
        return self.question.number

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PAGE_SIZE))

    def url_for(self, number: int) -> str:
        """The address of another page of the same question."""
        asked = self.question.query(number)
        return url("/providers") + (f"?{asked}" if asked else "")


def read_question(asked: Mapping[str, str]) -> Question:
    """The question in an address; what cannot be read is left out."""
    number, town = asked.get("page", ""), asked.get("town", "")
    sort, form, item = asked.get("sort", ""), asked.get("form", ""), asked.get("item", "")
    return Question(
        words=asked.get("q", "").replace("\x00", "").strip()[:LONGEST_QUESTION],
        legal_form=form if form in LEGAL_FORM_LABELS else "",
        item=item if re.fullmatch("[A-Z][0-9A-Z]{1,7}", item) else "",
        town=UUID(town) if re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", town) else None,
        grade=grade if (grade := asked.get("grade", "")) in GRADES else "",
        sort=sort if sort in SORT_LABELS else "",
        number=int(number) if re.fullmatch("[1-9][0-9]{0,4}", number) else 1,
    )


def every_page(question: Question) -> Question:
    """The question without its page: what an export gives."""
    return replace(question, number=1)
