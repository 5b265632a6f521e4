"""What follows when a provider that came into a framework does not sign: who comes next, the deposit (R-AWD-03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.interruptions.queries import finance_mails
from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.queries import lock_listing
from contracts.deposits.services import forfeit_of_refuser
from contracts.frameworks.queries import framework_by_id, place_by_id, refusal_of
from contracts.frameworks.rules import NOT_SIGNED, NOT_SIGNING, SIGN_BY, TRANSITIONS, PlaceStatus
from contracts.frameworks.services import Admitted, enter_place
from evaluations.admission.rules import Working, may_come_in
from evaluations.awards.before_award import pass_over_barred
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.panel.queries import members
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number
from marketplace.kernel.states import move
from vendors.providers.queries import provider_emails

Row = dict[str, Any]
NEXT, NOBODY = "next", "nobody"
STEP_LABELS: dict[str, str] = {NEXT: N_("由没有入围的下一名递补"), NOBODY: N_("不递补，其余入围供应商继续")}
FORFEIT_REASON = "入围后无正当理由不签订框架协议（{reference}），按征集文件不予退还。"

# responsive bidders that did not come in and hold no place, by rank
_NEXT = """
SELECT r.opened_bid, r.position, r.unit_price, b.provider, b.technical_text, o.name, o.name_en
FROM admission a JOIN admission_row r ON r.admission = a.id JOIN opened_bid b ON b.id = r.opened_bid
JOIN provider p ON p.id = b.provider JOIN organisation o ON o.id = p.organisation
WHERE a.lot = $1 AND NOT r.is_admitted AND NOT EXISTS (SELECT 1 FROM passed_over x WHERE x.opened_bid = r.opened_bid)
  AND NOT EXISTS (SELECT 1 FROM framework_place s WHERE s.lot = a.lot AND s.provider = b.provider)
ORDER BY r.position LIMIT 1
"""


@dataclass(frozen=True)
class PlaceStep:
    """What the unit decides: whether the next comes in, whether the reason excuses, and what was found."""

    step: str
    is_excused: bool
    finding: str


async def next_of(place: Row, listing: Row) -> Row | None:
    """Who may come in instead: the next by rank, where the elimination still holds without the one that left."""
    terms = await framework_of(listing["id"])
    admission = await fetchrow("SELECT responsive FROM admission WHERE lot = $1", place["lot"])
    if terms is None or terms.elimination is None or admission is None:
        return None
    gone = await fetchval(
        "SELECT count(*) FROM framework_place s WHERE s.lot = $1 AND s.signed_at IS NULL"
        " AND (s.ended_at IS NOT NULL OR s.id = $2)",
        place["lot"], place["id"],
    )  # fmt: skip
    holding = await fetchval(
        "SELECT count(*) FROM framework_place WHERE lot = $1 AND id <> $2 AND status IN ('admitted', 'agreed')",
        place["lot"], place["id"],
    )  # fmt: skip
    working = Working(admission["responsive"] - gone, terms.elimination, terms.most_admitted)
    rows = await fetch(_NEXT, place["lot"])
    return dict(rows[0]) if rows and may_come_in(working, holding) else None


async def decide_place(place: UUID, new: PlaceStep, actor: Actor, now: datetime) -> None:
    """End the place, keep the deposit unless excused, let the next come in where it may; all in one act.

    Raises NotFound without a statement, Forbidden (R-ROLE-03), Conflict while finance holds it, when it is decided, or
    when nobody may come in (R-FRM-02: then only a top-up by R-FRM-07 brings others).
    """
    found = await place_by_id(place)
    framework = await framework_by_id(found["framework"])
    # on its own, so that the proof of the check stays whatever is decided
    async with transaction():
        row = await _check_decides(framework, actor, now)
        if new.step == NEXT:
            await pass_over_barred(row["id"], found["lot"], actor, now)
    async with transaction():
        row = await _check_decides(framework, actor, now)
        if await fetchval("SELECT id FROM framework_place WHERE id = $1 FOR NO KEY UPDATE", place) is None:
            raise NotFound()
        found, said = await place_by_id(place), await refusal_of(place)
        if said is None:
            raise NotFound()
        if said["decided_at"]:
            raise Conflict(N_("这件事已经决定，不能再改。请刷新页面。"), clause=NOT_SIGNING)
        coming = await next_of(found, row) if new.step == NEXT else None
        if new.step == NEXT and coming is None:
            words = N_("淘汰比例要守住，没有可以递补的供应商。请选不递补；剩余不足规定比例的，可以补充征集。")
            raise Conflict(words, clause="R-FRM-02")
        await _end(found, new, actor, now)
        kept = Decimal(0)
        if not new.is_excused:
            reason = FORFEIT_REASON.format(reference=framework["reference"])
            kept = await forfeit_of_refuser(row["id"], found["provider"], reason, (actor, now))
        next_place = await _bring_in(found, coming, now) if coming else None
        await execute(
            "UPDATE place_refusal SET step = $2, is_excused = $3, finding = $4, next_place = $5, decided_by = $6,"
            " decided_at = $7 WHERE id = $1",
            said["id"], new.step, new.is_excused, new.finding, next_place, actor.person_id, now,
        )  # fmt: skip
        await _tell(framework, found, coming, new, kept, now)
        detail = {"provider": found["provider_reference"], "remedy": new.step, "amount": str(kept)}
        await record("framework.refusal_decided", ("framework", str(framework["id"])), actor, detail, now)


async def _check_decides(framework: Row, actor: Actor, now: datetime) -> Row:
    row = await lock_listing(framework["listing"])
    panel = frozenset(m["person"] for m in await members(row["id"]))
    check_may_determine(actor, AwardPeople(row["procuring_unit"], row["drafted_by"], panel))
    await check_not_held(row["id"], Held.AWARDING, now)
    return row


async def _end(place: Row, new: PlaceStep, actor: Actor, now: datetime) -> None:
    """Who had no good reason may not come back (R-FRM-07); who had one has merely left."""
    to = PlaceStatus.LEFT if new.is_excused else PlaceStatus.REMOVED
    status = move(TRANSITIONS, PlaceStatus(place["status"]), to=to)
    await execute(
        "UPDATE framework_place SET status = $2, ended_at = $3, ended_by = $4, end_ground = $5 WHERE id = $1",
        place["id"], status.value, now, actor.person_id, NOT_SIGNED,
    )  # fmt: skip


async def _bring_in(place: Row, coming: Row, now: datetime) -> UUID:
    # behind all others: the order of the turns does not change (R-FRM-05)
    turn = await fetchval(
        "SELECT max(turn) + 1 FROM framework_place WHERE framework = $1 AND lot = $2", place["framework"], place["lot"]
    )
    admitted = Admitted(place["lot"], coming["provider"], turn, coming["unit_price"], coming["technical_text"] or "")
    return await enter_place(place["framework"], admitted, now)


async def _tell(framework: Row, place: Row, coming: Row | None, new: PlaceStep, kept: Decimal, now: datetime) -> None:
    values = {
        "title": framework["title"], "reference": framework["reference"], "name": place["provider_name"],
        "kept": f"{kept:.2f}", "finding": new.finding,
    }  # fmt: skip
    subject = say(N_("没有签订框架协议的处理：{reference}"), **values)
    words = N_("“{title}”没有签订框架协议一事已经处理，不予退还的保证金 {kept} 元。/frameworks/{reference}")
    own = say(words, **values)
    for address in await provider_emails(place["provider"]):
        await post_mail(address, subject.text("zh"), f"{own.text('zh')}\n\n{own.text('en')}", now)
    words = N_(
        "“{title}”的入围供应商“{name}”没有签订框架协议：{finding}\n不予退还的保证金 {kept} 元。/frameworks/{reference}"
    )
    for address in await finance_mails():
        await post_mail(address, subject.text("zh"), say(words, **values).text("zh"), now)
    if coming is None:
        return
    letter = say(N_("《{title}》入围通知书"), title=framework["title"])
    words = N_(
        "有入围供应商没有签订框架协议，贵单位按排序递补入围。请在 {days} 日内签订框架协议：/frameworks/{reference}"
    )
    body = say(words, days=int(number(SIGN_BY, county_day(now))), **values)
    for address in await provider_emails(coming["provider"]):
        await post_mail(address, letter.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def places_to_decide(actor: Actor) -> list[Row]:
    """Unsigned places of the actor's office that wait for a decision, unless it drafted or judged."""
    rows = await fetch(
        "SELECT s.id, f.reference, l.title, l.title_en, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM place_refusal r JOIN framework_place s ON s.id = r.place JOIN framework f ON f.id = s.framework"
        " JOIN listing l ON l.id = f.listing JOIN provider p ON p.id = s.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE r.decided_at IS NULL AND l.procuring_unit = $1"
        " AND l.drafted_by <> $2"
        " AND NOT EXISTS (SELECT 1 FROM panel_member m WHERE m.listing = l.id AND m.person = $2)",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return [dict(row) for row in rows]

