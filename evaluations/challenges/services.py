"""Raise, withdraw and answer a challenge; what the answer leads to is carried out in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Ground
from catalogue.holds.services import NewHold, begin_hold, end_hold
from catalogue.interest.services import mail_in
from catalogue.listings.queries import listing_by_id, listing_page, lock_listing
from contracts.agreements.rules import check_typed_name
from evaluations.challenges import queries
from evaluations.challenges.carrying_out import carry_out, case_of_challenge, report_to_finance
from evaluations.challenges.remedies import CHANGES_RESULT, Outcome, Remedy, check_remedy, remedies_of_challenge
from evaluations.challenges.rules import (
    ANSWER_BY,
    CHALLENGE_TRANSITIONS,
    PHONE,
    STANDING,
    ChallengeStatus,
    Stage,
    check_may_answer,
    check_open,
    complain_until,
    window,
)  # fmt: skip
from evaluations.challenges.tables import Challenge, ChallengeMatter, ChallengePaper
from evaluations.reevaluations.for_challenges import review_of
from evaluations.reevaluations.services import Challenged, Found, review_for_challenge
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal
from marketplace.kernel.references.services import random_reference
from marketplace.kernel.states import move

Row = dict[str, Any]
# one letter per stage asks for all at once; more than a handful of letters is no challenge any more
MOST_OPEN = 5


@dataclass(frozen=True)
class Matter:
    """One matter of a letter with its facts and law; `source` is the challenge's matter that a complaint takes up."""

    matter: str
    facts: str
    law: str
    source: UUID | None = None


@dataclass(frozen=True)
class Sender:
    """Who writes, as the letter's first part asks for it."""

    address: str
    postcode: str
    contact: str
    phone: str
    agent: str = ""


@dataclass(frozen=True)
class NewChallenge:
    """A letter of challenge, part by part."""

    stage: Stage
    lot: UUID | None
    sender: Sender
    matters: Sequence[Matter]
    requests: str
    signed_name: str


@dataclass(frozen=True)
class NewAnswer:
    """What was found, what follows, and the answer to each matter by its place."""

    outcome: Outcome
    remedy: Remedy
    answers: Mapping[int, str]


async def raise_challenge(
    reference: str, new: NewChallenge, papers: Sequence[NewDocument], store: DocumentStore, act: tuple[Actor, datetime]
) -> str:
    """Hand in a challenge; gives its number. From then on signing and performance rest (R-DISP-06).

    Raises Forbidden, Conflict out of time or standing (R-DISP-01, R-DISP-02), FormRefused for an unsigned letter.
    """
    actor, now = act
    actor.check_may(Permission.RAISE_CHALLENGE)
    check_typed_name(new.signed_name, actor.name)
    listing = await listing_page(reference)
    await _check_window(listing, new, actor, now)
    documents = [await upload_document(paper, store, actor, now) for paper in papers]
    async with transaction():
        await lock_listing(listing["id"])
        # the last second counts by the county's clock under the lock, not by when the page was asked for
        at: datetime = await fetchval("SELECT county_now()")
        listing = await listing_by_id(listing["id"])
        await _check_window(listing, new, actor, at)
        await _check_once(listing["id"], new, actor)
        number = await _write(listing, new, documents, actor, at)
    return number


async def _check_window(listing: Row, new: NewChallenge, actor: Actor, now: datetime) -> None:
    part, moments = await queries.part_of(listing["id"], actor.organisation_id), await queries.moments_of(listing)
    check_open(window(new.stage, part, moments, now))
    if new.lot is not None and not await fetchval(
        "SELECT 1 FROM listing_lot WHERE id = $1 AND listing = $2", new.lot, listing["id"]
    ):
        raise FormRefused({"lot": say(N_("这个项目没有这一包。请重新选择。"))})
    if new.stage != Stage.DOCUMENT and new.lot is None:
        raise FormRefused({"lot": say(N_("对过程和结果的质疑要写明是哪一包。请选择采购包。"))})


async def _check_once(listing: UUID, new: NewChallenge, actor: Actor) -> None:
    """Matters of one stage come in one letter (94 Art. 10), and letters have a bound."""
    row = await fetchrow(
        "SELECT count(*) FILTER (WHERE stage = $3 AND lot IS NOT DISTINCT FROM $4 AND status <> 'withdrawn') AS same,"
        " count(*) AS every FROM challenge WHERE listing = $1 AND organisation = $2",
        listing, actor.organisation_id, new.stage.value, new.lot,
    )  # fmt: skip
    assert row is not None, "an aggregate gives one row"
    if row["same"]:
        words = N_("对这个环节已经提出过质疑，应当一次性提出。请先撤回原来的质疑，再在期限内一并提出。")
        raise Conflict(words, clause=STANDING)
    if row["every"] >= MOST_OPEN:
        words = N_("本单位对这个项目已经提出 {count} 次质疑。请联系采购人，当面递交书面材料。")
        raise Conflict(words, clause=STANDING, count=row["every"])


async def _write(listing: Row, new: NewChallenge, documents: Sequence[UUID], actor: Actor, at: datetime) -> str:
    number, due = random_reference("ZY"), compute(ANSWER_BY, at)
    challenge = await insert(
        Challenge, reference=number, listing=listing["id"], lot=new.lot, organisation=actor.organisation_id,
        stage=new.stage.value, address=new.sender.address, postcode=new.sender.postcode, contact=new.sender.contact,
        phone=conceal(new.sender.phone, PHONE), agent=new.sender.agent, requests=new.requests,
        signed_name=new.signed_name.strip(),
        raised_by=actor.person_id, raised_at=at, answer_by=due.date, is_provisional=due.provisional,
    )  # fmt: skip
    for position, each in enumerate(new.matters, start=1):
        await insert(
            ChallengeMatter, challenge=challenge, position=position, matter=each.matter, facts=each.facts, law=each.law
        )
    for document in documents:
        await insert(ChallengePaper, challenge=challenge, document=document)
    # before the deadline nobody may learn from the audit who took part
    stream = f"listing:{listing['id']}"
    await begin_hold(NewHold(listing["id"], Ground.CHALLENGE, number), actor, at, stream)
    detail = {"challenge": number, "listing": listing["reference"], "stage": new.stage.value}
    await record("challenge.raised", ("challenge", str(challenge)), actor, detail, at, stream)
    await _tell_buyer(listing, number, due.date, at)
    return number


async def _tell_buyer(listing: Row, number: str, due: Any, at: datetime) -> None:
    values = {"number": number, "title": listing["title"], "day": day_words(due)}
    subject = say(N_("收到质疑 {number}"), **values)
    body = say(N_("“{title}”收到质疑 {number}，请在 {day} 前答复：/challenges/{number}"), **values)
    for address in await queries.mails_of_office(listing["procuring_unit"]):
        await mail_in("zh", address, (subject, body), at, None)


async def _lock(reference: str) -> Row:
    """The challenge's row and its listing's, in that order everywhere: listing first."""
    listing = await fetchval("SELECT listing FROM challenge WHERE reference = $1", reference)
    if listing is None:
        raise NotFound()
    await lock_listing(listing)
    row = await fetchrow("SELECT * FROM challenge WHERE reference = $1 FOR UPDATE", reference)
    assert row is not None, "a challenge is never deleted"
    return dict(row)


async def withdraw_challenge(reference: str, actor: Actor, now: datetime) -> None:
    """Take one's own challenge back; what it held goes on. Raises NotFound, IllegalMove when it is answered."""
    async with transaction():
        row = await _lock(reference)
        if row["organisation"] != actor.organisation_id or not actor.may(Permission.RAISE_CHALLENGE):
            raise NotFound()
        status = move(CHALLENGE_TRANSITIONS, row["status"], to=ChallengeStatus.WITHDRAWN)
        await execute("UPDATE challenge SET status = $2 WHERE id = $1", row["id"], status.value)
        await end_hold(reference, Ground.CHALLENGE, "质疑已撤回", actor, now)
        await record("challenge.withdrawn", ("challenge", str(row["id"])), actor, {"challenge": reference}, now)


async def let_go_on(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """The buyer states that a challenge cannot change the result, so that signing goes on (R-DISP-06).

    Raises NotFound, Forbidden, Conflict when nothing is held.
    """
    challenge = await queries.challenge_by(reference, actor)
    listing = await queries.listing_of(challenge)
    check_may_answer(actor, listing, changes_result=True)
    async with transaction():
        await _lock(reference)
        if not await end_hold(reference, Ground.CHALLENGE, reason, actor, now):
            raise Conflict(N_("这件质疑已经不暂停签订和履行。请刷新页面查看。"))
        detail = {"challenge": reference, "reason": reason}
        await record("challenge.let_go_on", ("challenge", str(challenge["id"])), actor, detail, now)


async def answer_challenge(reference: str, new: NewAnswer, actor: Actor, now: datetime) -> None:
    """Answer every matter, tell the challenger and the others concerned, and carry the outcome out.

    Raises NotFound, Forbidden, FormRefused for a matter without answer, Conflict for another remedy than the law's
    (R-DISP-04), IllegalMove when it is answered or withdrawn.
    """
    challenge = await queries.challenge_by(reference, actor)
    listing = await queries.listing_of(challenge)
    check_may_answer(actor, listing, new.remedy in CHANGES_RESULT)
    if challenge["organisation"] == actor.organisation_id:
        raise Forbidden(N_("这是您自己单位提出的质疑，不能由您答复。"), clause="R-ROLE-03")
    async with transaction():
        row = await _lock(reference)
        status = move(CHALLENGE_TRANSITIONS, row["status"], to=ChallengeStatus.ANSWERED)
        if (review := await review_of(reference)) and review["closed_at"] is None:
            words = N_("因这件质疑正在重新评审（{number}）。请结束重新评审以后再答复。")
            raise Conflict(words, clause="R-REEV-01", number=review["number"])
        await _write_answers(row, new)
        listing = await listing_by_id(listing["id"])
        check_remedy(remedies_of_challenge(await case_of_challenge(listing, row, now), new.outcome), new.remedy)
        await execute(
            "UPDATE challenge SET status = $2, outcome = $3, remedy = $4, answered_by = $5, answered_at = $6"
            " WHERE id = $1",
            row["id"], status.value, new.outcome.value, new.remedy.value, actor.person_id, now,
        )  # fmt: skip
        await end_hold(reference, Ground.CHALLENGE, "质疑已答复", actor, now)
        await carry_out(new.remedy, listing, row["lot"], reference, (actor, now))
        await _tell_concerned(challenge, now)
        if new.remedy in CHANGES_RESULT:
            await report_to_finance(listing, reference, new.remedy, now)
        detail = {"challenge": reference, "outcome": new.outcome.value, "remedy": new.remedy.value}
        await record("challenge.answered", ("challenge", str(row["id"])), actor, detail, now)


async def review_again(reference: str, found: Found, actor: Actor, now: datetime) -> str:
    """Before the answer: a challenge raises a lawful ground, so the original panel reviews again; gives the number.

    The time to answer runs on. Raises NotFound, Forbidden, DomainError for any other ground, Conflict where the
    challenge attacks something else, is answered, or the contract is signed (R-REEV-01).
    """
    challenge = await queries.challenge_by(reference, actor)
    listing = await queries.listing_of(challenge)
    check_may_answer(actor, listing, changes_result=False)
    if challenge["organisation"] == actor.organisation_id:
        raise Forbidden(N_("这是您自己单位提出的质疑，不能由您答复。"), clause="R-ROLE-03")
    async with transaction():
        row = await _lock(reference)
        if row["status"] != ChallengeStatus.RECEIVED or row["stage"] not in (Stage.REVIEW, Stage.RESULT):
            words = N_("只有对评审或者结果提出、还没有答复的质疑，才因它组织重新评审。请刷新页面查看。")
            raise Conflict(words, clause="R-REEV-01")
        number = await review_for_challenge(listing["id"], Challenged(reference, row["lot"]), found, actor, now)
        detail = {"challenge": reference, "number": number, "ground": found.ground.value}
        await record("challenge.reviewed_again", ("challenge", str(row["id"])), actor, detail, now)
    return number


async def _write_answers(row: Row, new: NewAnswer) -> None:
    matters = await queries.matters_of(row["id"])
    missing = {
        f"answer-{m['position']}": say(N_("请答复第 {number} 项质疑事项。"), number=m["position"])
        for m in matters
        if not new.answers.get(m["position"], "").strip()
    }
    if missing:
        raise FormRefused(missing)
    for matter in matters:
        answer = new.answers[matter["position"]].strip()
        await execute("UPDATE challenge_matter SET answer = $2 WHERE id = $1", matter["id"], answer)


async def _tell_concerned(challenge: Row, now: datetime) -> None:
    """The challenger, and each other provider whose bid was opened, alone (94 Art. 13)."""
    number = challenge["reference"]
    values = {"number": number, "title": challenge["title"], "day": day_words(complain_until(challenge).date)}
    subject = say(N_("质疑答复：{number}"), **values)
    body = say(
        N_(
            "“{title}”的质疑 {number} 已经答复：/challenges/{number}\n质疑人不满意的，可以在 {day} 前向财政部门投诉。"
        ),
        **values,
    )
    own = await queries.mails_of_office(challenge["organisation"])
    # who took the document stays unknown to others until the deadline (87 Art. 22): its answer comes as a corrigendum
    for address in [*own, *await queries.mails_concerned(challenge["listing"], challenge["organisation"])]:
        await mail_in("zh", address, (subject, body), now, None)
