"""The register's one question: found entries are looked through once, counted, ordered and cut to a page."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.kernel.db import fetch
from vendors.providers.paper_facts import granted_after
from vendors.register.rules import PAGE_SIZE, Question, RegisterPage

_GRADE_HOLDS = "granted_on > $1 AND granted_on <= $2"
_COLUMNS = (
    "e.id, e.reference, e.credit_code, e.legal_form, e.file_status, e.name, e.name_en, e.items, e.towns,"
    f" e.registered_at, CASE WHEN {_GRADE_HOLDS} THEN e.grade ELSE '' END AS grade,"
    " (SELECT coalesce(array_agg(c.from_name ORDER BY c.decided_at DESC), '{}')"
    " FROM registration_change c WHERE c.provider = e.id AND c.status = 'confirmed' AND c.from_name <> e.name)"
    " AS former_names"
)
_ORDERS = {
    "": "sort_key, reference",
    "newest": "registered_at DESC, reference DESC",
    "oldest": "registered_at, reference",
}
# what the orders need; the wide columns are read for the page alone
_KEYS = "id, sort_key, reference, registered_at"


async def find_providers(question: Question, day: date) -> RegisterPage:
    """One page of the register and how many there are; grades as they hold on a day."""
    where, values = _conditions(question, day)
    offset = (question.number - 1) * PAGE_SIZE
    order = _ORDERS[question.sort]
    if where:
        found = (
            f"WITH found AS MATERIALIZED (SELECT {_KEYS} FROM register_entry WHERE {where})"
            f" SELECT {_COLUMNS}, (SELECT count(*) FROM found) AS total FROM (SELECT *, row_number() OVER ()"
            f" AS place FROM (SELECT * FROM found ORDER BY {order} LIMIT {PAGE_SIZE} OFFSET {offset}) cut) page"
            " JOIN register_entry e ON e.id = page.id ORDER BY page.place"
        )
    else:
        found = (
            f"SELECT {_COLUMNS}, (SELECT count(*) FROM register_entry) AS total FROM (SELECT *, row_number() OVER ()"
            f" AS place FROM (SELECT {_KEYS} FROM register_entry ORDER BY {order} LIMIT {PAGE_SIZE} OFFSET {offset})"
            " cut) page JOIN register_entry e ON e.id = page.id ORDER BY page.place"
        )
    rows = [dict(r) for r in await fetch(found, *values)]
    return RegisterPage(rows, rows[0]["total"] if rows else 0, question)


async def all_providers(question: Question, day: date) -> list[dict[str, Any]]:
    """Everything found, for an export; grades as they hold on a day."""
    where, values = _conditions(question, day)
    rows = await fetch(
        f"SELECT found.* FROM (SELECT {_COLUMNS}, e.sort_key FROM register_entry e WHERE {where or 'true'}) found"
        f" ORDER BY {_ORDERS[question.sort]}",
        *values,
    )
    return [dict(r) for r in rows]


def _conditions(question: Question, day: date) -> tuple[str, list[Any]]:
    parts: list[str] = []
    values: list[Any] = [granted_after(day), day]  # which every question has, for the column of the grade

    def add(condition: str, value: Any) -> None:
        values.append(value)
        parts.append(condition.format(place=f"${len(values)}"))

    for word in question.parts:
        add("words LIKE {place}", f"%{_plain(word)}%")
    if question.legal_form:
        add("legal_form = {place}", question.legal_form)
    if question.item:
        add("items @> ARRAY[{place}::varchar]", question.item)
    if question.town:
        add("towns @> ARRAY[{place}::uuid]", question.town)
    if question.grade:
        add(f"grade = {{place}} AND {_GRADE_HOLDS}", question.grade)
    return " AND ".join(parts), values


def _plain(word: str) -> str:
    """The word letter for letter, without the signs that LIKE reads."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
