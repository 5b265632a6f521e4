"""How a draft begins: from a template or from an earlier listing, fitted to its own money and period. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from catalogue.listings.checks import HUNDRED
from catalogue.listings.drafts import (
    Basics,
    ListingDraft,
    Lot,
    Lots,
    MilestoneDraft,
    Milestones,
    Openers,
    Part,
    Qualification,
    Requirement,
    Scoring,
    Terms,
)  # fmt: skip
from catalogue.listings.methods import standing_row
from catalogue.listings.reservation import has_no_deduction
from catalogue.listings.starting.book import ListingTemplate
from marketplace.kernel.money import share_out


def draft_from_template(template: ListingTemplate, basics: Basics, on: date) -> ListingDraft:
    """Everything but timetable and openers; a reserved purchase has no deduction (R-SME-04)."""
    is_deducted = not has_no_deduction(basics.reservation_ground) and not standing_row(basics.method, on).is_local
    return ListingDraft(
        basics=basics,
        lots=Lots((Lot(template.code, template.lot, template.quantity, template.unit, basics.budget),)),
        requirement=template.need,
        qualification=Qualification(template.qualification),
        scoring=Scoring(
            template.criteria, template.price_weight,
            small_micro_deduction=template.small_micro_deduction if is_deducted else Decimal(0),
        ),
        milestones=payments_of(template, basics.service_from, basics.service_to),
        terms=Terms(handover=template.handover),
    )  # fmt: skip


def payments_of(template: ListingTemplate, first: date, last: date) -> Milestones:
    """The template's payments laid over a service period: one a month, or by the share of the period that is over."""
    if not template.payments:
        ends = month_ends(first, last)
        shares = share_out(HUNDRED, [HUNDRED / len(ends)] * len(ends))
        rows = [
            MilestoneDraft(f"{end.year}年{end.month}月", share, end, template.monthly_evidence)
            for end, share in zip(ends, shares, strict=True)
        ]
        return Milestones(tuple(rows))
    days = (last - first).days
    return Milestones(
        tuple(
            MilestoneDraft(each.title, each.share, first + timedelta(int(days * each.after / HUNDRED)), each.evidence)
            for each in template.payments
        )
    )


def month_ends(first: date, last: date) -> list[date]:
    """The last day of every month of a period, the last one cut at its end."""
    ends, month = [], first.replace(day=1)
    while month <= last:
        ends.append(min(month.replace(day=calendar.monthrange(month.year, month.month)[1]), last))
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return ends


def draft_from_copy(basics: Basics, earlier: Sequence[Part]) -> ListingDraft:
    """An earlier listing with the new money and period: lots keep their proportions, payments their distance."""
    found = {type(part): part for part in earlier}
    before = found[Basics]
    assert isinstance(before, Basics)
    draft = ListingDraft(basics=basics)
    for part in earlier:
        match part:
            case Lots() if part.lots:
                total = sum((lot.budget for lot in part.lots), Decimal(0))
                shares = share_out(basics.budget, [lot.budget * HUNDRED / total for lot in part.lots])
                lots = tuple(replace(lot, budget=share) for lot, share in zip(part.lots, shares, strict=True))
                draft = replace(draft, lots=Lots(lots))
            case Milestones() if part.milestones:
                moved = basics.service_from - before.service_from
                rows = tuple(replace(each, due_on=each.due_on + moved) for each in part.milestones)
                draft = replace(draft, milestones=Milestones(rows, part.deductions))
            case Requirement():
                draft = replace(draft, requirement=part)
            case Qualification():
                draft = replace(draft, qualification=part)
            case Scoring():
                draft = replace(draft, scoring=part)
            case Openers():
                draft = replace(draft, openers=part)
            case Terms():
                draft = replace(draft, terms=part)
            case _:
                pass
    return draft
