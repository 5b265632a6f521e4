"""A sample of a closed month to call back, drawn so that anybody can draw it again, and what the calls said."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.visits.services import check_reviewer
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
RULE_CALLBACK = "R-HOUR-05/callback"


class CallbackAnswer(StrEnum):
    """What a call back came to."""

    CONFIRMED = "confirmed"
    DIFFERS = "differs"
    NOT_HAPPENED = "not_happened"
    NOT_REACHED = "not_reached"


ANSWER_LABELS: dict[str, tuple[str, str]] = {
    CallbackAnswer.CONFIRMED: (N_("属实"), "done"),
    CallbackAnswer.DIFFERS: (N_("时间或内容有出入"), "waiting"),
    CallbackAnswer.NOT_HAPPENED: (N_("没有这次服务"), "refused"),
    CallbackAnswer.NOT_REACHED: (N_("联系不上"), "neutral"),
}


def sample_size(visits: int, on: date) -> int:
    """How many visits of a month are called back: the county's share, rounded up (R-HOUR-05)."""
    return min(visits, -(-visits * int(number(RULE_CALLBACK, on)) // 100))


def drawn(lines_sha256: str, visits: Sequence[UUID], size: int) -> list[UUID]:
    """The visits with the lowest lots: the SHA-256 of the closed month's hash and the visit's identity.

    The hash stands once the month is closed, and nobody can choose it: whoever has the list draws the same.
    """
    return sorted(visits, key=lambda visit: hashlib.sha256(f"{lines_sha256} {visit}".encode()).hexdigest())[:size]


@dataclass(frozen=True)
class Called:
    """What a call back said, as typed."""

    answer: CallbackAnswer
    words: str = ""


async def callbacks_of(contract: UUID, month: date) -> list[Row]:
    """The drawn visits of a month in the order of their lots, with what was said."""
    rows = await fetch(
        "SELECT b.*, v.day, v.begins_at, v.ends_at, v.recipient_code, v.village, v.minutes, v.note,"
        " w.name AS worker_name, p.name AS answered_by_name"
        " FROM visit_callback b JOIN month_close m ON m.id = b.month_close JOIN visit v ON v.id = b.visit"
        " CROSS JOIN LATERAL worker_as_of(v.worker, v.day) w LEFT JOIN person p ON p.id = b.answered_by"
        " WHERE m.contract = $1 AND m.month = $2 ORDER BY b.position",
        contract, month,
    )  # fmt: skip
    return [dict(row) for row in rows]


async def draw_callbacks(contract_id: UUID, month: date, actor: Actor, now: datetime) -> int:
    """Draw a closed month's sample and return its size; drawing twice gives the same and does no harm.

    Raises NotFound, Forbidden, DomainError while the month is open.
    """
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        close = await fetchrow(
            "SELECT id, lines_sha256 FROM month_close WHERE contract = $1 AND month = $2", contract_id, month
        )
        if close is None:
            raise DomainError(N_("月份关闭以后才能抽取回访。请先关闭这个月。"), clause="R-HOUR-05")
        found = await fetchval("SELECT count(*) FROM visit_callback WHERE month_close = $1", close["id"])
        if found:
            return int(found)
        rows = await fetch(
            "SELECT l.visit FROM month_line l JOIN visit v ON v.id = l.visit WHERE l.month_close = $1"
            " AND l.kind = 'visit' AND NOT v.is_void", close["id"],
        )  # fmt: skip
        visits = [row["visit"] for row in rows]
        chosen = drawn(close["lines_sha256"], visits, sample_size(len(visits), month))
        await execute(
            "INSERT INTO visit_callback (id, month_close, position, visit, drawn_by, drawn_at)"
            " SELECT gen_random_uuid(), $1, s.position, s.visit, $3, $4"
            " FROM unnest($2::uuid[]) WITH ORDINALITY AS s(visit, position)",
            close["id"], chosen, actor.person_id, now,
        )  # fmt: skip
        detail = {"contract": contract["reference"], "month": f"{month:%Y-%m}", "drawn": str(len(chosen))}
        await record("callbacks.drawn", ("contract", str(contract_id)), actor, detail, now)
    return len(chosen)


async def answer_callback(contract_id: UUID, callback: UUID, called: Called, actor: Actor, now: datetime) -> None:
    """Enter what a call back said, once. Raises NotFound, Forbidden, Conflict; DomainError without words."""
    if called.answer in (CallbackAnswer.DIFFERS, CallbackAnswer.NOT_HAPPENED) and not called.words:
        raise DomainError(N_("请写明哪里不符，社会工作者要据此更正。"))
    async with transaction():
        contract = await lock_contract(contract_id)
        check_reviewer(actor, contract)
        row = await fetchrow(
            "SELECT b.id, b.answer, b.visit FROM visit_callback b JOIN month_close m ON m.id = b.month_close"
            " WHERE m.contract = $1 AND b.id = $2 FOR UPDATE OF b",
            contract_id, callback,
        )  # fmt: skip
        if row is None:
            raise NotFound()
        # somebody who was not reached may be called again; what was said stays
        if row["answer"] not in ("", CallbackAnswer.NOT_REACHED):
            raise Conflict(N_("这次回访已经有结果。请刷新页面。"))
        await execute(
            "UPDATE visit_callback SET answer = $2, words = $3, answered_by = $4, answered_at = $5 WHERE id = $1",
            callback, called.answer.value, called.words, actor.person_id, now,
        )  # fmt: skip
        detail = {"contract": contract["reference"], "visit": str(row["visit"]), "answer": called.answer.value}
        await record("callback.answered", ("contract", str(contract_id)), actor, detail, now)
