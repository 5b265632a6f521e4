"""Which papers of this stage a reader may have, and what each is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.methods import is_framework, row_of, takes_sealed_bids
from catalogue.listings.rules import runs
from catalogue.notices.content import Paper
from catalogue.notices.wording import day
from contracts.deposits.queries import bid_deposits
from evaluations.awards.minutes import minutes_of
from evaluations.awards.queries import awards_of
from evaluations.awards.rules import CHALLENGE_BY, NOTICE_STANDS, SIGN_BY, plain
from evaluations.consultations.queries import changes_of, meetings_of
from evaluations.opening import queries as opening
from evaluations.opening.recordings import absences_of, recordings_of
from evaluations.opening.rules import keeps_record
from evaluations.panel.draw_records import draw_records_of
from evaluations.panel.queries import bidders_to_declare, member_of, members
from evaluations.papers import content
from evaluations.papers.content import About, Kind, Told
from evaluations.papers.rounds import Consultation, consultation_record
from evaluations.reports.queries import report_of, whole_paper
from evaluations.scoring.results import NOT_QUALIFIED
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch, together
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import money

Row = dict[str, Any]


@dataclass(frozen=True)
class Offered:
    """One paper that this reader may have: its name in an address, its kind, and whom or which lot it is about."""

    slug: str
    kind: Kind
    about: str = ""
    row: Row | None = None


@dataclass(frozen=True)
class Desk:
    """A listing's papers before one reader. `inside`: the buyer's people and those who read everything."""

    state: opening.OpeningState
    actor: Actor
    now: datetime
    inside: bool
    sees_panel: bool
    member: Row | None

    @property
    def listing(self) -> Row:
        """The listing they are about."""
        return self.state.listing

    @property
    def is_tender(self) -> bool:
        """Whether the law speaks of bids and winners here: prices were read in public."""
        return row_of(self.listing).reads_prices


async def desk_of(listing: Row, actor: Actor, now: datetime) -> Desk:
    """The desk of a reader before one listing."""
    everything = actor.may(Permission.READ_EVERYTHING)
    sees_panel = everything or (runs(actor, listing, Entrusted.PANEL) and actor.may(Permission.APPOINT_PANEL))
    state, member = await together(
        opening.opening_state(listing["id"], now), member_of(listing["id"], actor.person_id)
    )
    return Desk(state, actor, now, everything or keeps_record(listing, actor), sees_panel, member)


async def papers_for(desk: Desk) -> list[Offered]:
    """What this reader may have now, in the order of the procedure; nothing before the deadline (R-COUNT-01)."""
    if not desk.state.is_closed:
        return []
    return [*_of_opening(desk), *await all_together(_of_panel(desk), _of_report(desk), _of_result(desk))]


def _of_opening(desk: Desk) -> list[Offered]:
    is_opener = desk.actor.may(Permission.OPEN_BIDS) and desk.state.is_opener(desk.actor.person_id)
    if not (desk.inside or is_opener) or not takes_sealed_bids(desk.listing):
        return []
    found = [Offered(Kind.OPENING.value, Kind.OPENING)]
    if desk.inside and desk.state.is_opened and row_of(desk.listing).final_price:
        found.append(Offered(Kind.CONSULTATION.value, Kind.CONSULTATION))
    return found


async def _of_panel(desk: Desk) -> list[Offered]:
    if not desk.state.is_opened or not (desk.sees_panel or desk.member):
        return []
    if not desk.sees_panel:
        return [Offered(Kind.DECLARATIONS.value, Kind.DECLARATIONS)]
    if not await members(desk.listing["id"]):
        return []
    return [Offered(kind.value, kind) for kind in (Kind.DRAW, Kind.PANEL, Kind.DECLARATIONS)]


async def _of_report(desk: Desk) -> list[Offered]:
    """The panel's report, with those who judged, organised or supervise; it names the members (R-COM-04)."""
    judged = desk.member is not None and not desk.member["has_interest"]
    if not (desk.sees_panel or judged) or await report_of(desk.listing["id"]) is None:
        return []
    return [Offered(Kind.REPORT.value, Kind.REPORT)]


async def _of_result(desk: Desk) -> list[Offered]:
    if is_framework(desk.listing) or desk.listing["status"] not in ("determined", "awarded"):
        return []
    awards = await awards_of(desk.listing["id"])
    found = []
    publishes = desk.actor.may(Permission.PUBLISH_CONFIRMED) and runs(desk.actor, desk.listing, Entrusted.RESULT)
    if awards and (desk.inside or publishes):
        found.append(Offered(Kind.CONFIRMATION.value, Kind.CONFIRMATION))
    if desk.listing["status"] != "awarded":
        return found
    for bid in await _told(desk):
        if not (desk.inside or publishes or bid["organisation"] == desk.actor.organisation_id):
            continue
        kind = Kind.LETTER if bid["won"] else Kind.NOTICE
        slug = f"{kind}-{bid['lot_number']}-{bid['provider_reference']}"
        found.append(Offered(slug, kind, bid["provider_name"], bid))
    return found


_TOLD = """
SELECT x.lot, l.number AS lot_number, l.title AS lot_title, p.organisation, p.reference AS provider_reference,
       name_then(p.id, x.told_at) AS provider_name, x.won, r.status, r.reason, r.total, r.rank,
       y.reason AS passed_over, y.clause AS passed_clause, q.is_qualified, q.reason AS qualification_reason,
       q.clause AS qualification_clause, b.fault
FROM (SELECT a.lot, a.provider, a.opened_bid, true AS won, a.announced_at AS told_at FROM award a
      WHERE a.listing = $1 AND a.announced_at IS NOT NULL
      UNION ALL SELECT b.lot, b.provider, b.id, false, a.announced_at FROM opened_bid b JOIN award a ON a.lot = b.lot
      WHERE a.listing = $1 AND a.announced_at IS NOT NULL AND a.opened_bid <> b.id) x
JOIN listing_lot l ON l.id = x.lot JOIN provider p ON p.id = x.provider
LEFT JOIN opened_bid b ON b.id = x.opened_bid LEFT JOIN bid_result r ON r.opened_bid = x.opened_bid
LEFT JOIN passed_over y ON y.opened_bid = x.opened_bid LEFT JOIN qualification_decision q ON q.opened_bid = x.opened_bid
ORDER BY l.number, x.won DESC, r.rank NULLS LAST, p.reference
"""


async def _told(desk: Desk) -> list[Row]:
    """Every provider that is written to with the notice, winners first."""
    return [dict(row) for row in await fetch(_TOLD, desk.listing["id"])]


async def paper_for(desk: Desk, slug: str, address: str) -> Paper:
    """One paper, made from what is recorded now. Raises NotFound for those that this reader may not have."""
    offered = next((each for each in await papers_for(desk) if each.slug == slug), None)
    if offered is None:
        raise NotFound()
    found = desk.listing
    about = About(
        found["reference"], found["title"], found["procuring_unit_name"], found["closes_at"], desk.is_tender, address
    )
    if offered.kind in (Kind.OPENING, Kind.CONSULTATION):
        return await _opening_paper(desk, offered.kind, about)
    if offered.kind is Kind.REPORT:
        report = await report_of(found["id"])
        assert report is not None, "it is offered only where it stands"
        return replace(await whole_paper(report), address=address)
    if offered.kind in (Kind.DRAW, Kind.PANEL, Kind.DECLARATIONS):
        return await _panel_paper(desk, offered.kind, about)
    return await _result_paper(desk, offered, about)


async def _opening_paper(desk: Desk, kind: Kind, about: About) -> Paper:
    state, seen = desk.state, await opening.sight(desk.state, desk.actor)
    if kind is Kind.OPENING:
        released = {r["opener"]: r["released_at"] for r in state.releases[opening.FIRST]}
        openers = [{"name": o["name"], "released_at": released.get(o["person"])} for o in state.openers]
        came, recorded = await opening.opening_record(state, seen), await _recordings(desk.listing["id"])
        given = await bid_deposits(desk.listing["id"], [row["provider"] for row in came])
        told = [{**row, "deposit": content.deposit_words(given.get(row["provider"]))} for row in came]
        return content.opening_sheet(about, openers, told, recorded)
    window = state.window or {}
    went = Consultation(
        await opening.opened_bids(desk.listing["id"]), window.get("opened_at"), window.get("closes_at"),
        seen.prices and state.is_final_opened, await meetings_of(desk.listing["id"]),
        await changes_of(desk.listing["id"]),
    )  # fmt: skip
    return consultation_record(about, went, window.get("closes_at") or desk.listing["closes_at"])


async def _recordings(listing: UUID) -> list[Row]:
    """What was recorded, and why a scene was not."""
    return [*await recordings_of(listing), *await absences_of(listing)]


async def _panel_paper(desk: Desk, kind: Kind, about: About) -> Paper:
    sitting: Sequence[Row] = await members(desk.listing["id"])
    if kind is Kind.DRAW:
        records = await draw_records_of(desk.listing["id"])
        since = max(m["appointed_at"] for m in sitting)
        return content.draw_record(about, sitting, records, since)
    if kind is Kind.PANEL:
        recorded = await _recordings(desk.listing["id"])
        return content.panel_sheet(about, sitting, desk.listing["closes_at"], recorded)
    own = sitting if desk.sees_panel else [m for m in sitting if m["person"] == desk.actor.person_id]
    declared = [m["declared_at"] for m in own if m["declared_at"]]
    return content.declarations(
        about, own, await bidders_to_declare(desk.listing["id"]), max(declared, default=desk.listing["closes_at"])
    )


async def _result_paper(desk: Desk, offered: Offered, about: About) -> Paper:
    awards = await awards_of(desk.listing["id"])
    if offered.kind is Kind.CONFIRMATION:
        minutes = await minutes_of(desk.listing["id"])
        by = f"《{minutes['number']}》集体决策会议纪要" if minutes else ""
        return content.confirmation(about, awards, desk.listing["agency_name"] or "", by)
    bid = offered.row or {}
    award = next(each for each in awards if each["lot"] == bid["lot"])
    on = county_day(award["announced_at"])
    if offered.kind is Kind.LETTER:
        return content.award_letter(about, award, day(compute(SIGN_BY, on).date) or "")
    until = compute(CHALLENGE_BY, compute(NOTICE_STANDS, on).date).date
    return content.bidder_notice(about, _notice(bid, award, day(until) or ""))


def _notice(bid: Row, award: Row, until: str) -> Told:
    """What one bidder is told; of the result as it stands with whoever was passed over before the award."""
    is_valid = bid["status"] == "valid"
    reason, clause = bid["passed_over"] or "", bid["passed_clause"] or ""
    if not is_valid:
        reason = bid["qualification_reason"] or bid["reason"] or bid["fault"] or NOT_QUALIFIED
        clause = bid["qualification_clause"] or ""
    return Told(
        bid["provider_name"], bid["lot_number"], bid["lot_title"], award["provider_name"], money(award["amount"]),
        is_valid, reason, clause, f"{plain(bid['total'])}分" if bid["total"] is not None else "",
        f"第{bid['rank']}名" if bid["rank"] else "", award["announced_at"], until,
    )  # fmt: skip
