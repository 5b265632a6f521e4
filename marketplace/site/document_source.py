"""The procurement document of a listing, with the draft contract that the contracts' own writer would write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from catalogue.listings import queries as listings
from catalogue.listings.content import rules_day
from catalogue.listings.drafting_queries import need_of
from catalogue.listings.drafts import Indicator, Terms
from catalogue.listings.limits import CONSORTIUM_SHARE, HOURS_PER_PERSON
from catalogue.listings.methods import row_of
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.terms import term_limits_on
from catalogue.listings.tie_rules import TieRule, tie_rule
from catalogue.listings.timetable import EVENT_LABELS
from catalogue.notices.content import Paper
from catalogue.notices.document import CriterionFacts, DatedFacts, DocumentFacts, MilestoneFacts, document
from catalogue.notices.facts import ListingFacts
from catalogue.notices.sources import agency_fee, listing_facts
from catalogue.scoring.bands import HOURS
from contracts.agreements.rules import DeductionPlan, MilestonePlan
from contracts.agreements.terms import PrintedIndicator, TermsFacts, write_terms
from marketplace.kernel.db import fetchval, together
from marketplace.kernel.i18n import current_language
from marketplace.kernel.rulebook import number, rule

Row = dict[str, Any]


async def document_paper(listing: Row, address: str) -> Paper:
    """采购文件 of a published listing; it is issued in Chinese on every page."""
    token = current_language.set("zh")
    try:
        return document(await document_facts(listing, address))
    finally:
        current_language.reset(token)


async def document_facts(listing: Row, address: str) -> DocumentFacts:
    """Everything the document prints."""
    id_ = listing["id"]
    lots, milestones, bands, criteria, deducted, facts, timetable, need, fee, rules = await together(
        listings.lots(id_), listings.milestones(id_), listings.bands(id_), listings.criteria(id_),
        listings.deductions(id_), listing_facts(listing, address), listings.timetable(id_), need_of(listing),
        agency_fee(listing), kept_rules(id_),
    )  # fmt: skip
    deductions = tuple((d["condition"], d["percent"]) for d in deducted)
    content = await fetchval("SELECT content FROM item WHERE id = $1", lots[0]["item"]) if lots else ""
    return DocumentFacts(
        listing=facts,
        criteria=tuple(
            CriterionFacts(c["kind"], c["title"], c["points"], c["bands"], c["is_objective"])
            for c in criteria
        ),
        past_bands=tuple(bands.items()),
        milestones=tuple(MilestoneFacts(m["title"], m["share"], m["due_on"], m["evidence"]) for m in milestones),
        timetable=tuple(
            DatedFacts(EVENT_LABELS[d["event"]], d["day"], _citation(d["rule_key"], rules_day(listing)))
            for d in timetable
        ),
        price_weight=listing["price_weight"], is_price_fixed=listing["is_price_fixed"], rounding=listing["rounding"],
        deduction=listing["small_micro_deduction"],
        consortium_deduction=listing["consortium_deduction"],
        consortium_share=number(CONSORTIUM_SHARE, rules_day(listing)),
        evidence=tuple(dict.fromkeys(lot["evidence"] for lot in lots)),
        deductions=deductions,
        draft_contract=_draft_contract(
            facts, lots, _payments(milestones, deductions), content, rules_day(listing),
            need.indicators,
        ),
        agency_fee=fee,
        ties=_ties(tie_rule(row_of(listing), listing, rules_day(listing), rules)),
        low_prices=_low_prices(listing, facts.terms),
        panel_members=_panel(listing, facts.terms),
        validity=facts.terms.bid_validity or term_limits_on(rules_day(listing)).usual_validity,
        hours_per_person=number(HOURS_PER_PERSON, rules_day(listing))
        if any(c["kind"] == HOURS for c in criteria) else None,
    )  # fmt: skip


def _ties(tie: TieRule) -> str:
    """How equals are told apart, with the clauses that say so; a method without an order of its own prints none."""
    if tie.words is None:
        return "评审名次按采购文件印明的因素确定。"
    return f"同分的先后：{tie.words.text('zh')}（{'；'.join(each.citation for each in tie.rows)}）"


def _panel(listing: Row, terms: Terms) -> int:
    """The fewest members by rule, or the more that were printed; 0 where nobody judges."""
    least = row_of(listing).least_panel(listing["budget"], rules_day(listing))
    return max(least[0] if least else 0, terms.panel_members or 0)


def _citation(key: str, on: date) -> str:
    """The clause behind a counted date, as a document names it."""
    rule_id, _, part = key.partition("/")
    found = rule(rule_id)
    holding = found.row_of(part or None, on)
    return holding.citation if holding else found.citation


def _low_prices(listing: Row, terms: Terms) -> tuple[tuple[str, Decimal], ...]:
    """What the listing printed of each limit, or else the rulebook's of its day (R-LOW-01)."""
    statutory = term_limits_on(rules_day(listing)).low
    return tuple((name, share if (own := getattr(terms, name)) is None else own) for name, share in statutory.items())


@dataclass(frozen=True)
class _Payments:
    milestones: tuple[MilestonePlan, ...]
    deductions: tuple[DeductionPlan, ...]


def _payments(milestones: list[Row], deductions: tuple[tuple[str, Decimal], ...]) -> _Payments:
    return _Payments(
        tuple(MilestonePlan(m["title"], m["share"], m["due_on"], m["evidence"]) for m in milestones),
        tuple(DeductionPlan(*each) for each in deductions),
    )


def _draft_contract(  # noqa: PLR0913 - the draft with all it is written from
    facts: ListingFacts, lots: list[Row], payments: _Payments, content: str, on: date,
    indicators: Sequence[Indicator],
) -> str:  # fmt: skip
    if not lots:
        return ""
    lot = lots[0]
    return write_terms(
        TermsFacts(
            reference="____", title=facts.title, listing_reference=facts.reference, award_reference="____",
            purchasing_body=facts.purchasing_body, buyer=facts.buyer.name, provider="____", credit_code="____",
            lot_number=lot["number"], item=lot["item_name"], content=content, quantity=lot["quantity"],
            unit=lot["unit"], towns=facts.towns, requirement=facts.requirement,
            offer="（成交供应商响应文件的承诺）", amount=None, service_from=facts.service_from,
            service_to=facts.service_to, advance=facts.terms.advance_payment, on=on,
            payment_days=facts.terms.payment_days, late_rate=facts.terms.late_rate,
            milestones=payments.milestones, deductions=payments.deductions, bond=facts.terms.performance_bond,
            subcontract_share=facts.terms.subcontract_share, subcontract_parts=facts.terms.subcontract_parts,
            handover=facts.terms.handover, handover_share=facts.terms.handover_share,
            renewal_years=facts.terms.renewal_years,
            renewal_grade=facts.terms.renewal_grade,
            indicators=tuple(PrintedIndicator(each.title, each.target, each.points) for each in indicators),
        )
    )  # fmt: skip
