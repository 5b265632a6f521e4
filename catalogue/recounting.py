"""The days the catalogue stores for questions and objections, counted anew when a year is announced (R-CAL-03).

The dates of a listing are versions of it: `catalogue/corrigenda/recounting.py`.
"""

from __future__ import annotations

from catalogue.objections.rules import reargue_by
from catalogue.questions.rules import answer_by
from marketplace.accounts.recounting import StoredDays, Waiting
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_


async def _questions() -> list[Waiting]:
    """Unanswered questions: for the buyer, and for who asked in its own language."""
    rows = await fetch(
        "SELECT q.id, q.asked_at, q.answer_by, q.language, p.email, p.is_active, l.id AS listing, l.reference,"
        " l.rules_on, l.closes_at, l.procuring_unit FROM question q JOIN listing l ON l.id = q.listing"
        " JOIN person p ON p.id = q.asked_by WHERE q.is_provisional AND q.answered_at IS NULL ORDER BY q.id"
        " FOR UPDATE OF q"
    )
    return [
        Waiting(
            r["id"], {"answer_by": r["answer_by"]}, {"answer_by": answer_by(r["asked_at"], r["rules_on"])},
            r["reference"], f"/listings/{r['reference']}/questions", ("question", str(r["id"])),
            told=[r["procuring_unit"]], stream=f"listing:{r['listing']}", hidden_until=r["closes_at"],
            written_to=[(r["language"], r["email"])] if r["is_active"] and r["email"] else [],
        )
        for r in rows
    ]  # fmt: skip


async def _objections() -> list[Waiting]:
    """Open objections to a single source: for the buyer, and for the objector where it gave an address."""
    rows = await fetch(
        "SELECT o.id, o.number, o.argue_by, o.email, l.id AS listing, l.reference, l.method, l.published_at,"
        " l.rules_on, l.procuring_unit FROM objection o JOIN listing l ON l.id = o.listing"
        " WHERE o.is_provisional AND o.outcome = 'open' ORDER BY o.id FOR UPDATE OF o"
    )
    return [
        Waiting(
            r["id"], {"argue_by": r["argue_by"]}, {"argue_by": reargue_by(r)}, f"{r['reference']}-{r['number']}",
            f"/listings/{r['reference']}/objections", ("listing", str(r["listing"])), told=[r["procuring_unit"]],
            written_to=[("zh", r["email"])] if r["email"] else [],
        )
        for r in rows
    ]  # fmt: skip


DAYS = (
    StoredDays("question", {"answer_by": N_("询问的答复期限")}, _questions),
    StoredDays("objection", {"argue_by": N_("异议补充论证和答复的期限")}, _objections),
)
