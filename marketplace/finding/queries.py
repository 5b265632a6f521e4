"""Words for facet values, and a person's saved searches."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from marketplace.kernel.db import fetch


async def office_names(ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """The names of offices in both languages by their ID; what is no ID has none."""
    known = []
    for text in ids:
        try:
            known.append(UUID(text))
        except ValueError:
            continue
    rows = await fetch("SELECT id, name, name_en FROM organisation WHERE id = ANY($1)", known)
    return {str(row["id"]): (row["name"], row["name_en"] or row["name"]) for row in rows}


async def item_names() -> dict[str, tuple[str, str]]:
    """Every item's newest name in both languages by its code."""
    rows = await fetch(
        "SELECT DISTINCT ON (i.code) i.code, i.name, i.name_en FROM item i JOIN edition e ON e.id = i.edition"
        " ORDER BY i.code, e.effective_on DESC"
    )
    return {row["code"]: (row["name"], row["name_en"]) for row in rows}


async def saved_searches(person: UUID) -> list[dict[str, Any]]:
    """A person's own searches by name."""
    rows = await fetch(
        "SELECT id, name, question, sends_mail, saved_at FROM saved_search WHERE person = $1 ORDER BY name", person
    )
    return [dict(row) for row in rows]
