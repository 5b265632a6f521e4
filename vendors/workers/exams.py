"""Tries at the national examination: registered, the result, the fee; the county's support counts once confirmed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.workers.files import check_not_withdrawn, own_file
from vendors.workers.spells import Row
from vendors.workers.tables import WorkerExam

# what a confirmation is about
_SUPPORT = ("fee", "fee_support", "support_document")
# of several employers the one whose person entered the support, otherwise the latest
_WAITING = """
SELECT e.id, e.year, e.level, e.fee, e.fee_support, e.support_document, e.entered_at, w.id AS worker, w.name,
  w.employer, w.employer_en
FROM worker_exam e JOIN LATERAL (
  SELECT x.id, x.name, o.name AS employer, o.name_en AS employer_en FROM worker x
  LEFT JOIN provider p ON p.id = x.provider JOIN organisation o ON o.id = coalesce(p.organisation, x.town)
  WHERE x.file = e.file
  ORDER BY EXISTS (SELECT 1 FROM membership m WHERE m.person = e.entered_by AND m.organisation = o.id) DESC,
    x.employed_from DESC LIMIT 1) w ON true
WHERE e.fee_support IS NOT NULL AND e.confirmed_at IS NULL ORDER BY e.entered_at, e.id LIMIT 100
"""


@dataclass(frozen=True)
class Exam:
    """A try at an examination; support of the fee needs the document that grants it."""

    year: int
    level: str
    result: str
    fee: Decimal | None = None
    fee_support: Decimal | None = None
    support_document: str = ""


def exam_mistakes(exam: Exam, today: date) -> dict[str, Sentence]:
    """What does not fit together, by field."""
    found: dict[str, Sentence] = {}
    if exam.year > today.year + 1:
        found["year"] = say(N_("考试年份太晚了。请核对。"))
    elif exam.year > today.year and exam.result != "registered":
        found["result"] = say(N_("还没有到考试年份，只能填“已报名”。"))
    if exam.fee_support is not None:
        if exam.fee is None or exam.fee_support > exam.fee:
            found["fee_support"] = say(N_("补助不能多于交的考试费。请核对两个数。"))
        if not exam.support_document:
            found["support_document"] = say(N_("有补助的，请填批准补助的文号。"))
    return found


async def put_exam(worker: UUID, exam: Exam, actor: Actor, now: datetime) -> None:
    """Enter a try, or its result when it comes: one of a level in a year. Raises NotFound, FormRefused (R-SOCW-06).

    A support that was confirmed stays so while its amounts and document stay; otherwise it is confirmed anew.
    """
    actor.check_may(Permission.MANAGE_WORKERS)
    if errors := exam_mistakes(exam, county_day(now)):
        raise FormRefused(errors)
    async with transaction():
        file = await own_file(worker, actor)
        check_not_withdrawn(file)
        before = await fetchrow(
            "DELETE FROM worker_exam WHERE file = $1 AND year = $2 AND level = $3 RETURNING *",
            file["id"], exam.year, exam.level,
        )  # fmt: skip
        confirmed = {"entered_by": actor.person_id}
        if before and all(before[name] == getattr(exam, name) for name in _SUPPORT):
            confirmed = {name: before[name] for name in ("entered_by", "confirmed_by", "confirmed_at")}
        await insert(WorkerExam, file=file["id"], entered_at=now, **asdict(exam), **confirmed)
        detail = {"year": str(exam.year), "level": exam.level, "result": exam.result}
        if exam.fee_support is not None:
            detail["amount"] = str(exam.fee_support)
        await record("worker.exam_entered", ("worker", str(worker)), actor, detail, now)


async def confirm_support(exam: UUID, worker: UUID, actor: Actor, now: datetime) -> None:
    """A second person of the employer, or civil affairs, confirms an amount: only then it counts.

    Raises NotFound, Conflict when it is confirmed or changed meanwhile, Forbidden for who entered it (R-ROLE-03).
    """
    async with transaction():
        if actor.may(Permission.CHECK_PROVIDERS):
            file = await fetchval("SELECT file FROM worker WHERE id = $1", worker)
        else:
            actor.check_may(Permission.MANAGE_WORKERS)
            file = (await own_file(worker, actor))["id"]
        row = await fetchrow("SELECT * FROM worker_exam WHERE id = $1 AND file = $2 FOR UPDATE", exam, file)
        if row is None or row["fee_support"] is None:
            raise NotFound()
        if row["confirmed_at"]:
            raise Conflict(N_("这笔补助已经确认过。请刷新页面。"))
        if row["entered_by"] == actor.person_id:
            words = N_("这笔补助由您登记，要由本单位另一位同事或者民政局确认。")
            raise Forbidden(words, clause="R-ROLE-03")
        await execute(
            "UPDATE worker_exam SET confirmed_by = $2, confirmed_at = $3 WHERE id = $1", exam, actor.person_id, now
        )
        detail = {"year": str(row["year"]), "level": row["level"], "amount": str(row["fee_support"])}
        await record("worker.support_confirmed", ("worker", str(worker)), actor, detail, now)


async def waiting_support() -> list[Row]:
    """Supports of the county that nobody confirmed, the oldest first, with the employer that entered each."""
    rows = await fetch(_WAITING)
    return [dict(r) for r in rows]


async def support_by_year() -> list[Row]:
    """Support of the county by year of the examination, in yuan: confirmed, and still to be confirmed."""
    rows = await fetch(
        "SELECT year, count(*) FILTER (WHERE confirmed_at IS NOT NULL)::int AS people,"
        " coalesce(sum(fee_support) FILTER (WHERE confirmed_at IS NOT NULL), 0) AS confirmed,"
        " coalesce(sum(fee_support) FILTER (WHERE confirmed_at IS NULL), 0) AS waiting"
        " FROM worker_exam WHERE fee_support IS NOT NULL GROUP BY year ORDER BY year DESC"
    )
    return [dict(r) for r in rows]
