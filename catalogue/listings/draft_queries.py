"""A stored draft as the parts that the rules judge."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from catalogue.items.queries import current_items
from catalogue.listings import queries
from catalogue.listings.band_checks import check_band_rows
from catalogue.listings.checks import (
    LineFacts,
    Mistake,
    check_basics,
    check_lots,
    check_milestones,
    check_openers,
    check_qualification,
    check_scoring,
    splitting_finding,
)  # fmt: skip
from catalogue.listings.drafting_queries import need_of, terms_of
from catalogue.listings.drafts import (
    Basics,
    CriterionDraft,
    DeductionDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Part,
    Procedure,
    Qualification,
    Requirement,
    Scoring,
    Terms,
    Timetable,
)  # fmt: skip
from catalogue.listings.frameworks.queries import framework_mistakes
from catalogue.listings.intention_finding import intention_findings
from catalogue.listings.limits import LEAST_OPENERS, RESERVED_SHARE_LEAST, Limits, limits_on
from catalogue.listings.method_choice import check_procedure, check_publicity
from catalogue.listings.methods import standing_row, subjects_left_out
from catalogue.listings.needs import check_need
from catalogue.listings.queries import Row
from catalogue.listings.reservation import check_reservation, check_reserved_lots, check_reserved_share
from catalogue.listings.terms import check_terms, term_limits_on, validity_finding
from catalogue.listings.timetable import check_timetable, timetable_of
from catalogue.plans.queries import line_money
from catalogue.plans.splitting_queries import bought_beside
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, read_ahead, together
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number


@dataclass(frozen=True)
class Surroundings:
    """What the rules need besides the draft itself."""

    line: LineFacts
    limits: Limits
    item_codes: tuple[str, ...]
    opener_ids: tuple[UUID, ...]
    drafted_by: UUID
    now: datetime


async def surroundings(budget_line: UUID, drafted_by: UUID, now: datetime) -> Surroundings:
    """Budget, limits of today, directory and possible openers."""
    await read_ahead(line_money(budget_line), current_items(), queries.opener_candidates())
    line = await line_money(budget_line)
    return Surroundings(
        line=LineFacts(line["item_code"], line["free"], line["buyer"]),
        limits=limits_on(county_day(now)),
        item_codes=tuple(item["code"] for item in await current_items()),
        opener_ids=tuple(person["id"] for person in await queries.opener_candidates()),
        drafted_by=drafted_by,
        now=now,
    )


def basics_of(listing: Row, towns: list[Row]) -> Basics:
    """The first part of a stored draft."""
    return Basics(
        title=listing["title"], method=listing["method"], budget_line=listing["budget_line"], budget=listing["budget"],
        service_from=listing["service_from"], service_to=listing["service_to"], ceiling=listing["ceiling"],
        title_en=listing["title_en"], towns=tuple(town["id"] for town in towns),
        long_term_reason=listing["long_term_reason"], reservation_ground=listing["reservation_ground"],
    )  # fmt: skip


async def procedure_of(listing: Row) -> Procedure:
    """Where a stored draft is run and on what ground; the plain one before anything is recorded."""
    row = await fetchrow("SELECT * FROM listing_procedure WHERE listing = $1", listing["id"])
    if row is None:
        return Procedure(venue=listing["venue"])
    return Procedure(
        venue=listing["venue"], ground=row["ground"], ground_reason=row["ground_reason"],
        expert_opinions=row["expert_opinions"], addition_share=row["addition_share"],
        approval_number=row["approval_number"], approved_on=row["approved_on"],
    )  # fmt: skip


async def scoring_of(listing: Row) -> Scoring:
    """How a stored draft scores bids."""
    found = await queries.criteria(listing["id"])
    rows = await queries.band_rows(listing["id"])
    return Scoring(
        criteria=tuple(
            CriterionDraft(
                c["kind"], c["title"], c["points"], "" if c["id"] in rows else c["bands"], c["is_objective"],
                rows.get(c["id"], ()),
            )
            for c in found
        ),
        price_weight=listing["price_weight"], is_price_fixed=listing["is_price_fixed"],
        small_micro_deduction=listing["small_micro_deduction"], rounding=listing["rounding"],
        consortium_deduction=listing["consortium_deduction"],
        past_performance_form=listing["past_performance_form"],
        past_performance_ground=listing["past_performance_ground"], bands=await queries.bands(listing["id"]),
    )  # fmt: skip


async def parts_of(listing: Row) -> list[Part]:
    """Every part of a stored draft, in the order of the task list."""
    id_ = listing["id"]
    await read_ahead(
        queries.towns(id_), procedure_of(listing), queries.lots(id_), need_of(listing), queries.criteria(id_),
        queries.band_rows(id_), queries.bands(id_), queries.milestones(id_), queries.deductions(id_),
        queries.openers(id_), terms_of(id_),
    )  # fmt: skip
    parts: list[Part] = [
        basics_of(listing, await queries.towns(id_)),
        await procedure_of(listing),
        Lots(
            tuple(
                Lot(t["item_code"], t["title"], t["quantity"], t["unit"], t["budget"], t["is_reserved"])
                for t in await queries.lots(id_)
            )
        ),
        await need_of(listing),
        Qualification(listing["qualification"]),
        await scoring_of(listing),
        Milestones(
            tuple(
                MilestoneDraft(m["title"], m["share"], m["due_on"], m["evidence"])
                for m in await queries.milestones(id_)
            ),
            tuple(DeductionDraft(d["condition"], d["percent"]) for d in await queries.deductions(id_)),
        ),
        Openers(tuple(o["person"] for o in await queries.openers(id_))),
    ]
    if listing["closes_at"]:
        parts.append(timetable_of(listing))
    terms = await terms_of(id_)
    return [*parts, terms] if terms else parts


def mistakes_in(part: Part, listing: Basics, around: Surroundings) -> list[Mistake]:
    """The mistakes of one part, given the basics of its listing."""
    match part:
        case Basics():
            return [
                *check_basics(part, around.line, around.limits, county_day(around.now)),
                *check_reservation(part, around.limits),
            ]
        case Procedure():
            return check_procedure(part, listing, county_day(around.now))
        case Lots():
            return [
                *check_lots(part, listing.budget, around.line, around.item_codes),
                *check_reserved_lots(listing, part, number(RESERVED_SHARE_LEAST, around.limits.on)),
            ]
        case Requirement():
            return check_need(part, listing.budget)
        case Qualification():
            return check_qualification(part)
        case Scoring():
            return [
                *check_scoring(part, listing.method, around.limits), *check_band_rows(part, around.limits.on)
            ]  # fmt: skip
        case Milestones():
            return check_milestones(part, listing.service_from)
        case Timetable():
            return check_timetable(part, listing.method, around.now)
        case Openers():
            return check_openers(
                part, around.opener_ids, around.drafted_by, int(number(LEAST_OPENERS, around.limits.on))
            )
        case Terms():
            return check_terms(part, listing, term_limits_on(county_day(around.now)))


def _publicity(parts: list[Part], basics: Basics, now: datetime) -> list[Mistake]:
    procedure = next(part for part in parts if isinstance(part, Procedure))
    timetable = next((part for part in parts if isinstance(part, Timetable)), None)
    return check_publicity(procedure, basics, timetable, county_day(now))


async def all_mistakes(listing: Row, now: datetime) -> list[Mistake]:
    """Every mistake and finding of a stored draft, as if it were published now."""
    around, parts, of_framework, of_intention = await together(
        surroundings(listing["budget_line"], listing["drafted_by"], now), parts_of(listing),
        framework_mistakes(listing, now), intention_findings(listing["method"], listing["budget_line"], now),
    )  # fmt: skip
    basics = parts[0]
    assert isinstance(basics, Basics)
    spared = subjects_left_out(listing)
    found = [m for part in parts for m in mistakes_in(part, basics, around) if m.part not in spared]
    found += _publicity(parts, basics, now)
    terms = next((part for part in parts if isinstance(part, Terms)), Terms())
    found += check_reserved_share(basics, terms, number(RESERVED_SHARE_LEAST, county_day(now)))
    if listing["closes_at"] and not spared:
        found += validity_finding(terms, county_day(listing["closes_at"]), county_day(now))
    if listing["closes_at"] is None:
        found.append(Mistake("timetable", "closes_at", say(N_("请填写投标截止时间。"))))
    if standing_row(basics.method, around.limits.on).counts_together:
        procedure = next(part for part in parts if isinstance(part, Procedure))
        # a method that was approved is no evasion, whatever the year's others come to
        if not procedure.approval_number:
            amounts = [basics.budget, *await bought_beside(basics.budget_line, listing["id"])]
            found += splitting_finding(amounts, around.limits)
    return [*found, *of_framework, *of_intention]
