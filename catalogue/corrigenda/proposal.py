"""A corrigendum as a whole: what the listing would say, what is wrong with it, and when bids would close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from catalogue.corrigenda.checking import mistakes_of
from catalogue.corrigenda.forms import READERS, Money, Period, Proposed
from catalogue.corrigenda.rules import Deadlines, NewClosing, affects_bids, new_closing
from catalogue.listings.checks import Mistake
from catalogue.listings.content import content_of
from catalogue.listings.drafts import Milestones, Requirement, Scoring, Terms, Timetable
from catalogue.listings.frameworks.rules import FrameworkDraft
from catalogue.listings.needs import composed_text
from catalogue.listings.queries import Row
from catalogue.listings.timetable import plan
from catalogue.listings.versions import Change, changes, lines_of
from catalogue.scoring.bands import printed_text
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch


@dataclass(frozen=True)
class Proposal:
    """Everything that decides about a corrigendum at one moment."""

    parts: dict[str, Proposed]
    affects: bool
    closing: NewClosing
    timetable: Timetable
    changes: list[Change]
    mistakes: list[Mistake]


async def texts_by_subject(corrigendum: Any) -> dict[str, dict[str, str]]:
    """What was typed, subject by subject."""
    found: dict[str, dict[str, str]] = {}
    for row in await fetch("SELECT subject, name, value FROM corrigendum_text WHERE corrigendum = $1", corrigendum):
        found.setdefault(row["subject"], {})[row["name"]] = row["value"]
    return found


async def proposal_of(corrigendum: Row, listing: Row, now: datetime) -> Proposal:
    """The corrigendum as it would be if it were published now."""
    texts = await texts_by_subject(corrigendum["id"])
    parts = {subject: part for subject, typed in texts.items() if (part := READERS[subject](typed)[1]) is not None}
    content = await content_of(listing)
    parts = {subject: _kept(part, content) for subject, part in parts.items()}
    affects = affects_bids(corrigendum["says_it_affects_bids"], _really_changed(content, parts))
    typed = parts.get("timetable")
    timetable = typed if isinstance(typed, Timetable) else Timetable(listing["closes_at"], listing["documents_until"])
    dates = Deadlines(listing["method"], listing["rules_on"], listing["closes_at"], timetable.closes_at)
    closing = new_closing(dates, affects, county_day(now))
    final = _final_timetable(timetable, listing, closing)
    after = with_parts(content, {**parts, "timetable": final})
    return Proposal(
        parts=parts, affects=affects, closing=closing, timetable=final,
        changes=changes(lines_of(content), lines_of(after)),
        mistakes=await mistakes_of(parts, listing, (content, after), now),
    )  # fmt: skip


def _kept(part: Proposed, content: Mapping[str, Any]) -> Proposed:
    """What may not be corrected stands as it was published, whatever the form said (R-CORR-01, R-FRM-01)."""
    match part:
        case Terms():
            before_terms: Terms = content["terms"]
            return replace(
                part, admits_consortium=before_terms.admits_consortium, programme=before_terms.programme
            )
        case FrameworkDraft():
            before: FrameworkDraft = content["framework"]
            ceilings = {lot: price for lot, price in part.ceilings.items() if lot in before.ceilings}
            return replace(part, approval=before.approval, ceilings=ceilings)
    return part


def _really_changed(content: Mapping[str, Any], parts: Mapping[str, Proposed]) -> list[str]:
    """Subjects whose words differ from what is published; saving the same again changes nothing."""
    before = lines_of(content)
    return [
        subject for subject, part in parts.items()
        if subject != "timetable" and changes(before, lines_of(with_parts(content, {subject: part})))
    ]  # fmt: skip


def _final_timetable(typed: Timetable, listing: Row, closing: NewClosing) -> Timetable:
    """Dates that were not typed stay; the clarification date follows the deadline when that moves."""
    same_questions = None if closing.moved else listing["questions_until"]
    return Timetable(
        closing.closes_at, typed.documents_until or listing["documents_until"], typed.questions_until or same_questions
    )


def with_parts(content: Mapping[str, Any], parts: Mapping[str, Proposed]) -> dict[str, Any]:
    """The public content with some subjects replaced; nothing is stored."""
    found = {**content, "listing": dict(content["listing"])}
    for part in parts.values():
        _replace(found, part)
    return found


def _replace(found: dict[str, Any], part: Proposed) -> None:
    listing = found["listing"]
    match part:
        case Requirement():
            listing["requirement"] = composed_text(part)
            found["need"] = part
        case Scoring():
            names = (
                "price_weight", "is_price_fixed", "small_micro_deduction", "consortium_deduction", "rounding",
                "past_performance_form", "past_performance_ground",
            )  # fmt: skip
            listing |= {name: getattr(part, name) for name in names}
            found["criteria"] = [
                {**vars(each), "bands": printed_text(each.rows) if each.rows else each.bands} for each in part.criteria
            ]
            found["bands"] = dict(part.bands)
        case Milestones():
            found["milestones"] = [vars(milestone) for milestone in part.milestones]
            found["deductions"] = [vars(deduction) for deduction in part.deductions]
        case Money():
            budgets = dict(part.lots)
            listing |= {"budget": part.budget, "ceiling": part.ceiling}
            found["lots"] = [{**lot, "budget": budgets.get(lot["number"], lot["budget"])} for lot in found["lots"]]
            found["least_panel"] = found["term_limits"].least_panel(listing["method"], part.budget)
        case Period():
            listing |= vars(part)
        case Terms():
            found["terms"] = part
        case FrameworkDraft():
            found["framework"] = part
        case Timetable():
            same_issue = replace(part, documents_from=listing["documents_from"])
            planned = plan(same_issue, listing["method"], listing["rules_on"])
            listing |= {
                "closes_at": part.closes_at, "documents_until": planned.documents_until,
                "questions_until": planned.questions_until,
            }  # fmt: skip
            found["timetable"] = [vars(each) for each in planned.dates]
