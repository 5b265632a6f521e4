"""Nobody visits a child alone (R-CHILD-01): looked at when a visit is entered, and again when it is approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from contracts.visits.extras import PlaceException
from contracts.visits.rules import Spell
from marketplace.kernel.db import fetch, fetchval
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Day

RULE_CHILD = "R-CHILD-01"

# of a visit `v` with its record `r`: a child's, by one person alone, with no adult said to have been there
LONE = """
(NOT v.is_void AND coalesce(r.exception, '') <> 'guardian'
 AND EXISTS (SELECT FROM resident x JOIN assistance_case k ON k.resident = x.id WHERE x.code = v.recipient_code
  AND k.capacity = 'minor' AND k.status IN ('open', 'granted'))
 AND NOT EXISTS (SELECT FROM visit o WHERE o.recipient_code = v.recipient_code AND o.day = v.day
  AND o.person <> v.person AND o.status IN ('logged', 'approved') AND NOT o.is_void
  AND o.begins_at < v.ends_at AND v.begins_at < o.ends_at))
"""


def check_company(form: Bound, is_childs: bool, is_accompanied: bool, exception: str) -> None:
    """A visit to a child names who else was there: a colleague, or an adult of the household (R-CHILD-01)."""
    if is_childs and not is_accompanied and exception != PlaceException.GUARDIAN:
        form.refuse(
            "companions",
            N_("不能一个人探访未成年人。请选一起去的同事；监护人或者别的成年人一直在场的，请选这一项并写明是谁的什么人。"),
        )


async def children_among(codes: Sequence[str]) -> set[str]:
    """Which of these residents are children with a case that is going on."""
    rows = await fetch(
        "SELECT DISTINCT x.code FROM resident x JOIN assistance_case k ON k.resident = x.id"
        " WHERE x.code = ANY($1::text[]) AND k.capacity = 'minor' AND k.status IN ('open', 'granted')",
        list(codes),
    )
    return {row["code"] for row in rows}


async def is_accompanied(recipient_code: str, day: date, spell: Spell, person: UUID) -> bool:
    """Whether a colleague has recorded a visit to the same resident in the same time."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT FROM visit WHERE recipient_code = $1 AND day = $2 AND person <> $5"
        " AND status IN ('logged', 'approved') AND NOT is_void AND begins_at < $4 AND $3 < ends_at)",
        recipient_code, day, spell.begins_at, spell.ends_at, person,
    )  # fmt: skip
    return found


async def check_none_alone(visits: Sequence[UUID]) -> None:
    """What is approved was no lone visit to a child. Raises DomainError naming the days (R-CHILD-01)."""
    rows = await fetch(
        "SELECT v.day FROM visit v LEFT JOIN visit_record r ON r.visit = v.id"
        f" WHERE v.id = ANY($1::uuid[]) AND {LONE} ORDER BY v.day LIMIT 1",
        list(visits),
    )
    if rows:
        words = N_("{day}有一个人单独探访未成年人的记录，不能审核通过。请退回，由社会工作者写明还有谁在场。")
        raise DomainError(words, clause=RULE_CHILD, day=Day(rows[0]["day"]))
