"""A contract rests, is looked at again, and is served again; called inside the act that agreed on it, or by time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id, lock_contract
from contracts.agreements.rules import is_buyer_side
from contracts.suspensions import queries
from contracts.suspensions.rules import RULE, TRANSITIONS, Rest, SuspensionStatus, check_review_day
from contracts.suspensions.tables import ContractSuspension, SuspensionReview
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move

Row = dict[str, Any]
_ROLES = sorted(role.value for role, permissions in ROLE_PERMISSIONS.items() if Permission.HAND_OVER in permissions)


async def begin_suspension(contract: Row, amendment: Row, rest: Rest, *, is_one_sided: bool, now: datetime) -> None:
    """Inside the act that agreed on it. Its money stays as it is: what is due is paid, no clock rests (R-PAY-04)."""
    await insert(
        ContractSuspension, contract=contract["id"], amendment=amendment["reference"], is_one_sided=is_one_sided,
        from_on=rest.from_on, to_on=rest.to_on, review_on=rest.review_on, care=rest.care,
        visits_go_on=rest.visits_go_on, begun_at=now,
    )  # fmt: skip
    words = N_("合同 {contract} 从 {day}起中止履行，请按中止书里的安排照看服务对象。")
    told = say(words, contract=contract["reference"], day=Day(rest.from_on))
    await _tell(await _offices(contract, now), told, amendment["reference"], now)


async def end_suspension(contract: Row, to: SuspensionStatus, on: date, by: str, now: datetime) -> None:
    """Move the suspension that stands to its end; without one nothing happens. `on` is the first day not rested."""
    standing = await queries.standing_of(contract["id"])
    if standing is None:
        return
    status = move(TRANSITIONS, standing["status"], to=to)
    await execute(
        "UPDATE contract_suspension SET status = $2, ended_on = greatest($3::date, from_on), ended_at = $4,"
        " ended_by = $5 WHERE id = $1",
        standing["id"], status.value, on, now, by,
    )  # fmt: skip
    if to is not SuspensionStatus.ENDED:
        told = say(N_("合同 {contract} 从 {day}起恢复履行。"), contract=contract["reference"], day=Day(on))
        await _tell(await _offices(contract, now), told, by or standing["amendment"], now)


async def review_suspension(amendment: str, next_on: date, reason: str, actor: Actor, now: datetime) -> None:
    """The buyer lets a suspension without an end go on until another day of review (R-CON-07).

    Raises NotFound, Forbidden, Conflict where it has an end or is over, FormRefused for a day too late.
    """
    async with transaction():
        row = await fetchrow("SELECT contract FROM contract_suspension WHERE amendment = $1", amendment)
        if row is None:
            raise NotFound()
        contract = await lock_contract(row["contract"])
        if not (is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)):
            raise Forbidden(N_("中止由合同的采购人复核。"), clause=RULE)
        standing = await queries.standing_of(contract["id"])
        if standing is None or standing["amendment"] != amendment or standing["review_on"] is None:
            raise Conflict(N_("这次中止已经结束，或者有约定的截止日，不用复核。请刷新页面。"))
        form = Bound()
        check_review_day(form, county_day(now), next_on)
        if form.errors:
            raise FormRefused(form.errors)
        await insert(
            SuspensionReview, suspension=standing["id"], reason=reason, next_on=next_on, reviewed_by=actor.person_id,
            reviewed_at=now,
        )  # fmt: skip
        await execute("UPDATE contract_suspension SET review_on = $2 WHERE id = $1", standing["id"], next_on)
        detail = {"reference": amendment, "reason": reason, "review_on": next_on.isoformat()}
        await record("suspension.reviewed", ("contract", str(contract["id"])), actor, detail, now)


async def end_suspensions(now: datetime) -> None:
    """Those whose last day has passed end by themselves; done again it changes nothing (R-CON-07)."""
    today = county_day(now)
    for found in await queries.over(today):
        async with transaction():
            contract = await lock_contract(found["contract"])
            standing = await queries.standing_of(contract["id"])
            if standing is None or standing["id"] != found["id"]:
                continue
            runs_out = contract["status"] == "in_force" and standing["to_on"] is not None and standing["to_on"] < today
            goes_on = runs_out and contract["service_to"] >= today
            to = SuspensionStatus.RUN_OUT if goes_on else SuspensionStatus.ENDED
            last = standing["to_on"] if runs_out else min(contract["service_to"], today)
            await end_suspension(contract, to, last + timedelta(days=1), "", now)
            detail = {"reference": standing["amendment"]}
            await record("suspension.run_out", ("contract", str(contract["id"])), None, detail, now)


async def _offices(contract: Row, now: datetime) -> set[UUID]:
    """Both sides and the towns of everybody served lately."""
    whole = await contract_by_id(contract["id"])
    towns = {r["town"] for r in await queries.residents_touched(whole, county_day(now))}
    return {whole["buyer"], whole["provider_organisation"], *towns}


async def _tell(offices: Collection[UUID], words: Sentence, amendment: str, now: datetime) -> None:
    """By mail to those who hand residents over and look after them; the mail names no resident."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active AND p.email <> ''"
        " WHERE m.organisation = ANY($1::uuid[]) AND m.role = ANY($2::text[]) ORDER BY p.email",
        list(offices), _ROLES,
    )  # fmt: skip
    body = f"{words.text('zh')}\n{words.text('en')}\n\n/amendments/{amendment}"
    for row in rows:
        await post_mail(row["email"], words.text("zh"), body, now)
