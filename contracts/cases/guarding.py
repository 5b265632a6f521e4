"""Who stands for a resident without full capacity, and what was agreed to: care, and apart from it sensitive data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from contracts.cases import queries
from contracts.cases.rules import RULE_CHILD, RULE_PRIVACY, check_may_handle, is_restricted
from contracts.cases.tables import CaseConsent, CaseGuardian
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal

MODEL_LABELS: dict[str, str] = {
    "parent": N_("父母"),
    "relative": N_("其他近亲属担任监护人"),
    "appointed": N_("法院或者居民（村民）委员会指定"),
    "temporary": N_("临时监护"),
    "office": N_("民政部门或者居民（村民）委员会监护"),
}
ABOUT_LABELS: dict[str, str] = {
    "care": N_("接受服务"),
    "health": N_("处理健康信息"),
    "disability": N_("处理残疾信息"),
    "referral": N_("转介其他部门"),
}
GIVER_LABELS: dict[str, str] = {"self": N_("本人"), "guardian": N_("监护人")}
FORM_LABELS: dict[str, str] = {
    "paper": N_("签字的纸质同意书"), "spoken": N_("口头同意，有见证人"), "recorded": N_("录音录像"),
}  # fmt: skip


@dataclass(frozen=True)
class Guardian:
    """Who stands for the resident: by which model, how related; name and telephone are kept encrypted."""

    model: str
    relation: str
    name: str
    phone: str = ""


async def name_guardian(reference: str, guardian: Guardian, actor: Actor, now: datetime) -> None:
    """Record the guardian; another one ends the one before and every consent that one gave (R-CHILD-01).

    Raises NotFound, Forbidden, DomainError for an adult with full capacity.
    """
    async with transaction():
        case = await queries.lock_case((await queries.case_page(reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        if not is_restricted(case["capacity"]):
            raise DomainError(N_("完全民事行为能力人没有监护人。请由本人同意。"), clause=RULE_CHILD)
        await execute('UPDATE case_guardian SET ended_at = $2 WHERE "case" = $1 AND ended_at IS NULL', case["id"], now)
        await execute(
            "UPDATE case_consent SET withdrawn_at = $2 WHERE \"case\" = $1 AND given_by = 'guardian'"
            " AND withdrawn_at IS NULL",
            case["id"], now,
        )  # fmt: skip
        await insert(
            CaseGuardian, case=case["id"], model=guardian.model, relation=guardian.relation,
            name=conceal(guardian.name, "case_guardian.name"), phone=conceal(guardian.phone, "case_guardian.phone"),
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        await record("case.guardian_named", ("case", reference), actor, {"kind": guardian.model}, now)


async def give_consent(  # noqa: PLR0913 - what was agreed to, by whom, how and when
    reference: str, about: str, given_by: str, form: str, given_on: date, actor: Actor, now: datetime
) -> UUID:
    """Record one consent; health and disability data each need their own (R-CIV-06).

    For a minor or somebody without capacity the guardian agrees, for whoever has limited capacity either, for others
    the resident (R-CHILD-01). Raises NotFound, Forbidden, FormRefused.
    """
    async with transaction():
        case = await queries.lock_case((await queries.case_page(reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        found = {}
        if case["capacity"] == "full" and given_by == "guardian":
            found["given_by"] = say(N_("完全民事行为能力人由本人同意。"))
        elif case["capacity"] in ("none", "minor") and given_by == "self":
            found["given_by"] = say(N_("未成年人和无民事行为能力人由监护人同意。"))
        elif given_by == "guardian" and await queries.guardian_of(case["id"]) is None:
            found["given_by"] = say(N_("还没有登记监护人。请先登记。"))
        if given_on > county_day(now):
            found["given_on"] = say(N_("日期在今天以后。请填已经发生的日期。"))
        if found:
            raise FormRefused(found)
        consent: UUID = await insert(
            CaseConsent, case=case["id"], about=about, given_by=given_by, form=form, given_on=given_on,
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        await record("case.consent_given", ("case", reference), actor, {"kind": about, "how": form}, now)
        return consent


async def withdraw_consent(reference: str, consent: UUID, actor: Actor, now: datetime) -> None:
    """A consent is taken back; what was done before stands. Raises NotFound, Forbidden, Conflict (R-CIV-06)."""
    async with transaction():
        case = await queries.lock_case((await queries.case_page(reference, visible_to=actor))["id"])
        check_may_handle(actor, case)
        about = await fetchval(
            'UPDATE case_consent SET withdrawn_at = $3 WHERE id = $1 AND "case" = $2 AND withdrawn_at IS NULL'
            " RETURNING about",
            consent, case["id"], now,
        )  # fmt: skip
        if about is None:
            raise Conflict(N_("这份同意已经撤回。请刷新页面。"))
        await record("case.consent_withdrawn", ("case", reference), actor, {"kind": about}, now)


async def check_sensitive(case: UUID, about: str) -> None:
    """Health and disability data are asked for and passed on only with a consent of their own. Raises DomainError."""
    if not await queries.holds_consent(case, about):
        raise DomainError(
            N_("没有登记“{about}”的单独同意，不能处理这类信息。请先征得同意。"), clause=RULE_PRIVACY,
            about=say(ABOUT_LABELS[about]),
        )  # fmt: skip
