"""What a reader chose in a list of the budget: kept in the address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request

PAGE_SIZE = 50


@dataclass(frozen=True)
class ChosenLines:
    """Which lines of the budget; nothing chosen means all."""

    year: int | None = None
    item: str | None = None
    buyer: UUID | None = None
    words: str = ""
    imported_from: UUID | None = None


EVERY_LINE = ChosenLines()


@dataclass(frozen=True)
class Paging:
    """Where the reader is in a list and how to go on."""

    number: int
    total: int
    url_for: Callable[[int], str]
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // self.size))


def chosen_lines(request: Request[Any, Any, Any]) -> ChosenLines:
    """The filters in the address; what cannot be read is left out."""
    asked = request.query_params
    return ChosenLines(
        chosen_year(request), asked.get("item", "") or None, identity(asked.get("buyer", "")),
        asked.get("q", "").strip()[:100], identity(asked.get("import", "")),
    )  # fmt: skip


def chosen_year(request: Request[Any, Any, Any]) -> int | None:
    """The year in the address."""
    typed = request.query_params.get("year", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else None


def page_number(request: Request[Any, Any, Any]) -> int:
    """The page in the address; the first one when it cannot be read."""
    typed = request.query_params.get("page", "1")
    return max(1, int(typed)) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 1


def identity(typed: str) -> UUID | None:
    """An identity in the address."""
    try:
        return UUID(typed)
    except ValueError:
        return None
