"""A winner states that it does not sign, or the buyer records it; the buyer decides what follows (R-AWD-03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.interest.services import mail_in
from catalogue.interruptions.queries import finance_mails
from catalogue.interruptions.reopening import WINNER_REFUSED, Redo
from catalogue.listings.queries import lock_listing, lots
from contracts.agreements.rules import check_typed_name
from contracts.agreements.signing_days import last_day_to_sign
from contracts.deposits.services import forfeit_of_refuser
from evaluations.awards.rules import REFUSED_CLAUSE, AwardPeople, check_may_determine
from evaluations.awards.voiding import Voiding, redo, take_next_candidate
from evaluations.challenges.queries import mails_of_office
from evaluations.panel.queries import members
from evaluations.refusals import queries
from evaluations.refusals.rules import (
    check_may_refuse,
    check_somebody_is_left,
    check_time_is_over,
    is_winner,
)
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.refusals.rules import TRANSITIONS, RefusalStatus
from vendors.refusals.tables import AwardRefusal, RefusalParty

Row = dict[str, Any]
# kept with the deposit and shown to the provider
FORFEIT_REASON = "成交后无正当理由不签订合同（{reference}），按采购文件不予退还。"
ENDED_REASON = "成交供应商没有签订合同（{reference}），重新采购。"


@dataclass(frozen=True)
class NextStep:
    """What the buyer decides: who comes next, whether the reason excuses the winner, and what was found."""

    step: RefusalStatus
    is_excused: bool
    finding: str


async def refuse_to_sign(reference: str, lot: UUID, reason: str, signed_name: str, act: tuple[Actor, datetime]) -> str:
    """The winner states in writing that it will not sign; gives the number of its statement.

    Raises NotFound for others, DomainError for another name, Conflict once it has signed.
    """
    actor, now = act
    async with transaction():
        award = await _locked(reference, lot)
        if not is_winner(actor, award):
            raise NotFound()
        check_typed_name(signed_name, actor.name)
        number = await _state(award, reason, own=True, act=act)
        subject = say(N_("成交供应商不签订合同：{reference}"), reference=reference)
        body = say(
            N_("“{title}”的成交供应商“{name}”书面表示不签订合同。请决定由下一候选人递补还是重新采购：/refusals/{number}"),
            title=award["title"], name=award["provider_name"], number=number,
        )  # fmt: skip
        await _mail(await mails_of_office(award["procuring_unit"]), subject, body, now)
    return number


async def record_not_signed(reference: str, lot: UUID, reason: str, act: tuple[Actor, datetime]) -> str:
    """The buyer records that the winner did not sign within its days; gives the number.

    Raises NotFound, Forbidden (R-ROLE-03), Conflict before the last day or while signing is held (R-DISP-06).
    """
    actor, now = act
    async with transaction():
        award = await _locked(reference, lot)
        await _check_decides(award["listing"], award, actor)
        await check_not_held(award["listing"], Held.SIGNING, now)
        check_may_refuse(award)
        holds = await holds_of(award["listing"])
        check_time_is_over(last_day_to_sign(award["sign_by"], award["drawn_up_at"], holds, now), now)
        number = await _state(award, reason, own=False, act=act)
        subject = say(N_("采购人登记：没有按期签订合同 {reference}"), reference=reference)
        body = say(
            N_("“{title}”的合同没有按期签订，采购人已经登记。有不可抗力等正当理由的，请马上书面告诉采购人。后果和进展：/refusals/{number}"),  # noqa: E501
            title=award["title"], number=number,
        )  # fmt: skip
        await _mail(await mails_of_office(award["organisation"]), subject, body, now)
    return number


async def _locked(reference: str, lot: UUID) -> Row:
    """The award read again under the locks of its listing and its contract: nobody signs it at the same moment."""
    found = await queries.award_to_sign(reference, lot)
    await lock_listing(found["listing"])
    await fetchval("SELECT id FROM contract WHERE award_reference = $1 FOR NO KEY UPDATE", found["reference"])
    return await queries.award_to_sign(reference, lot)


async def _check_decides(listing: UUID, row: Row, actor: Actor) -> None:
    panel = frozenset(m["person"] for m in await members(listing))
    check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))


async def _state(award: Row, reason: str, *, own: bool, act: tuple[Actor, datetime]) -> str:
    actor, now = act
    check_may_refuse(award)
    number = await next_reference("JQ", county_day(now).year)
    refusal = await insert(
        AwardRefusal, reference=number, listing=award["listing"], lot=award["lot"], provider=award["provider"],
        award_reference=award["reference"], is_own_statement=own, reason=reason, stated_by=actor.person_id,
        stated_at=now,
    )  # fmt: skip
    for code in await queries.parties_of(award):
        await insert(RefusalParty, refusal=refusal, credit_code=code)
    detail = {"refusal": number, "award": award["reference"], "reason": reason}
    kind = "award.refused" if own else "award.not_signed"
    await record(kind, ("listing", str(award["listing"])), actor, detail, now)
    return number


async def decide_refusal(reference: str, new: NextStep, actor: Actor, now: datetime) -> None:
    """Take the next candidate or buy again; the award, its contract and the deposit follow in the same act.

    Credit and conflicts are looked at again when the next one is determined. Raises NotFound, Forbidden (R-ROLE-03),
    Conflict while finance holds the procurement or nobody is left, IllegalMove when it is decided.
    """
    found = await queries.refusal_by(reference, actor)
    async with transaction():
        listing = await lock_listing(found["listing"])
        await _check_decides(found["listing"], found, actor)
        await check_not_held(found["listing"], Held.AWARDING, now)
        # while a challenge is answered the result it is about stays as it is (R-DISP-06)
        await check_not_held(found["listing"], Held.SIGNING, now)
        row = await fetchrow("SELECT status FROM award_refusal WHERE id = $1 FOR UPDATE", found["id"])
        assert row is not None, "a refusal is never deleted"
        status = move(TRANSITIONS, row["status"], to=new.step)
        if not await fetchval("SELECT 1 FROM award WHERE reference = $1 FOR UPDATE", found["award_reference"]):
            words = N_("这份中标（成交）结果已经不再有效，放弃声明不用再处理。请打开采购结果页面，看现在的结果。")
            raise Conflict(words, clause=REFUSED_CLAUSE)
        check_somebody_is_left(new.step, await queries.candidates_left(found["lot"]))
        await execute(
            "UPDATE award_refusal SET status = $2, is_excused = $3, finding = $4, decided_by = $5, decided_at = $6"
            " WHERE id = $1",
            found["id"], status.value, new.is_excused, new.finding, actor.person_id, now,
        )  # fmt: skip
        kept = Decimal(0) if new.is_excused else await _forfeit(found, actor, now)
        await _carry_out(listing, found, new.step, (actor, now))
        await _tell(found, new, kept, now)
        detail = {"refusal": reference, "award": found["award_reference"], "remedy": new.step.value}
        await record("award.refusal_decided", ("listing", str(found["listing"])), actor, detail, now)


async def _forfeit(found: Row, actor: Actor, now: datetime) -> Decimal:
    reason = FORFEIT_REASON.format(reference=found["reference"])
    return await forfeit_of_refuser(found["listing"], found["provider"], reason, (actor, now))


async def _carry_out(listing: Row, found: Row, step: RefusalStatus, act: tuple[Actor, datetime]) -> None:
    why = Voiding(found["reference"], REFUSED_CLAUSE)
    if step == RefusalStatus.NEXT_CANDIDATE:
        lot = next(each for each in await lots(found["listing"]) if each["id"] == found["lot"])
        await take_next_candidate(listing, lot, why, *act)
        return
    ending = Redo(ENDED_REASON.format(reference=found["reference"]), REFUSED_CLAUSE, WINNER_REFUSED)
    await redo(listing, found["lot"], why, ending, act)


async def _tell(found: Row, new: NextStep, kept: Decimal, now: datetime) -> None:
    """The refuser hears what followed; finance hears whom the law lets it punish (REG 72)."""
    values = {
        "number": found["reference"], "reference": found["listing_reference"], "title": found["title"],
        "name": found["provider_name"], "kept": f"{kept:.2f}", "finding": new.finding,
    }  # fmt: skip
    subject = say(N_("没有签订合同的处理：{reference}"), **values)
    words = N_("“{title}”没有签订合同一事已经处理，不予退还的保证金 {kept} 元。详情：/refusals/{number}")
    await _mail(await mails_of_office(found["organisation"]), subject, say(words, **values), now)
    if new.is_excused:
        words = N_(
            "“{title}”的成交供应商“{name}”没有签订合同，采购人认定有正当理由：{finding}\n详情：/refusals/{number}"
        )
    else:
        words = N_(
            "“{title}”的成交供应商“{name}”没有签订合同：{finding}\n不予退还的保证金 {kept} 元。"
            "是否处罚由财政部门依《政府采购法》第七十七条决定。\n详情：/refusals/{number}"
        )
    await _mail(await finance_mails(), subject, say(words, **values), now)


async def _mail(addresses: list[str], subject: Sentence, body: Sentence, now: datetime) -> None:
    for address in addresses:
        await mail_in("zh", address, (subject, body), now, None)
