"""A member says what it finds of a bid, item by item; with the last member the majority decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_by_id
from catalogue.scoring.arithmetic import CLAUSE
from evaluations.arithmetic.queries import statement_by
from evaluations.arithmetic.rules import MEND_FIRST
from evaluations.conformity.queries import Row, Sheet, findings, sheets_of, votes_of
from evaluations.conformity.rules import Settled, check_price_item, settle, told_words
from evaluations.opening.items import Finding, Item, check_findings
from evaluations.opening.queries import opened_bid, papers_of
from evaluations.opening.review import end_when_too_few
from evaluations.opening.tables import ConformityDecision
from evaluations.panel.queries import judging_members, size_of
from evaluations.panel.rules import check_whole
from evaluations.panel.seats import open_for_scoring, own_seat
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail

_KEEP = """
INSERT INTO conformity_vote (id, member, opened_bid, position, item, asked, clause, passes, reason, evidence, place,
                             voted_at)
SELECT gen_random_uuid(), $1, $2, n.*, $3
FROM unnest($4::int[], $5::text[], $6::text[], $7::text[], $8::bool[], $9::text[], $10::uuid[], $11::text[]) n
"""


@dataclass(frozen=True)
class Vote:
    """What one member finds of one opened bid, item by item."""

    opened_bid: UUID
    findings: tuple[Finding, ...]


async def vote_on_conformity(vote: Vote, actor: Actor, now: datetime) -> bool | None:
    """Keep a member's findings; gives the decision once every member has said its own, None before.

    Raises Forbidden, NotFound for those without a seat, Conflict once decided, FormRefused naming each mistake.
    """
    async with transaction():
        listing_id = (await opened_bid(vote.opened_bid))["listing"]
        row = await open_for_scoring(listing_id)
        member = await own_seat(listing_id, actor)
        await check_not_held(listing_id, Held.JUDGING, now)
        judging = await judging_members(listing_id)
        check_whole([m["kind"] for m in judging], await size_of(row))
        bid = await opened_bid(vote.opened_bid)
        if not bid["is_qualified"]:
            raise DomainError(N_("这份响应还没有通过资格审查，不作符合性审查。"), clause="R-COM-05")
        if bid["lot_has_ended"]:
            raise Conflict(N_("这一包剩下的供应商不足规定的家数，已经终止，不再评审。"), clause="R-BID-04")
        if bid["is_conforming"] is not None:
            raise Conflict(N_("评审小组对这份响应已经作出结论，不能再改。"), clause="R-COM-06")
        sheet = (await sheets_of(row))[bid["lot"]]
        await _check(vote, row, bid, sheet)
        await _keep(vote, member["id"], sheet.items, now)
        detail = {"member": str(member["id"]), "bid": str(bid["id"])}
        await record("conformity.voted", ("listing", str(listing_id)), actor, detail, now)
        said = (await votes_of(listing_id))[bid["id"]]
        if set(said) != {m["id"] for m in judging}:
            return None
        settled = settle(sheet.items, {str(each): findings(rows) for each, rows in said.items()})
        await _decide(row, bid, settled, len(judging), actor, now)
    return settled.passes


async def _check(vote: Vote, row: Row, bid: Row, sheet: Sheet) -> None:
    stands = await statement_by(row, bid["id"])
    # the price is judged as mended: by its words or its sum a bid may be within what its figures are over
    if stands is not None and stands.waits:
        raise Conflict(MEND_FIRST, clause=CLAUSE)
    check_findings(sheet.items, vote.findings)
    known = {paper["id"] for paper in (await papers_of([bid["id"]]))[bid["id"]]}
    if any(found.evidence not in known for found in vote.findings if found.evidence is not None):
        raise NotFound()
    check_price_item(sheet.items, vote.findings, stands.price if stands else bid["price"], sheet.ceiling)


async def _keep(vote: Vote, member: UUID, items: list[Item], now: datetime) -> None:
    await execute("DELETE FROM conformity_vote WHERE member = $1 AND opened_bid = $2", member, vote.opened_bid)
    found = vote.findings
    await execute(
        _KEEP, member, vote.opened_bid, now, list(range(len(items))), [i.words for i in items],
        [i.asked for i in items], [i.clause for i in items], [f.passes for f in found],
        ["" if f.passes else f.reason.strip() for f in found], [f.evidence for f in found],
        [f.place.strip()[:120] for f in found],
    )  # fmt: skip


async def _decide(row: Row, bid: Row, settled: Settled, members: int, actor: Actor, now: datetime) -> None:
    await insert(
        ConformityDecision, opened_bid=bid["id"], passes=settled.passes, reason=settled.reason, clause=settled.clause,
        members=members, decided_at=now,
    )  # fmt: skip
    detail = {"bid": str(bid["id"]), "accepted": "yes" if settled.passes else "no", "clause": settled.clause}
    await record("conformity.decided", ("listing", str(row["id"])), actor, detail, now)
    # in a consultation at once (214 Art 16, 74 Art 30); of a tender nothing is known before its result (87 Art 66, 69)
    if not settled.passes and row_of(row).final_price:
        await _tell(row, bid, settled, now)
    await end_when_too_few(row["id"], actor, now)


async def _tell(row: Row, bid: Row, settled: Settled, now: datetime) -> None:
    subject = say(N_("没有通过符合性审查：{reference}"), reference=row["reference"])
    body = told_words(settled.reason)
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person"
        " WHERE m.organisation = $1 AND m.role = 'provider' AND p.is_active AND p.email <> ''",
        bid["organisation"],
    )
    for each in rows:
        await post_mail(each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def everything_conforms(opened: UUID) -> Vote:
    """The findings of a member that misses nothing in a bid."""
    bid = await opened_bid(opened)
    sheet = (await sheets_of(await listing_by_id(bid["listing"])))[bid["lot"]]
    return Vote(opened, tuple(Finding(True) for _ in sheet.items))
