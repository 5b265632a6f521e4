"""Everything the public content of a listing shows, asked for once."""

from __future__ import annotations

from typing import Any

from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings import queries
from catalogue.listings.drafting_queries import need_of, terms_of
from catalogue.listings.drafts import Terms
from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.frameworks.rules import BASIS_LABELS, WAY_LABELS
from catalogue.listings.indicators import INDICATOR_LABELS
from catalogue.listings.limits import HOURS_PER_PERSON
from catalogue.listings.methods import row_of, rules_day
from catalogue.listings.reservation import admitted_forms
from catalogue.listings.rules import (
    CRITERION_LABELS,
    GRADE_LABELS,
    GRADES,
    METHOD_CLAUSES,
    METHOD_LABELS,
    PAST_PERFORMANCE_LABELS,
    RESERVATION_GROUNDS,
    RESERVED_LABELS,
)  # fmt: skip
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.terms import term_limits_on
from catalogue.listings.tie_rules import tie_rule
from catalogue.listings.timetable import EVENT_LABELS
from catalogue.scoring.bands import HOURS
from marketplace.kernel.db import read_ahead
from marketplace.kernel.rule_words import AUTHORITIES, value_words
from marketplace.kernel.rulebook import number, rule_titles
from marketplace.kernel.template_parts import Told


async def content_of(listing: dict[str, Any]) -> dict[str, Any]:
    """What `catalogue/listings/_content.html` needs: the listing with its lots, factors, payments, dates, openers."""
    id_ = listing["id"]
    await read_ahead(
        queries.lots(id_), terms_of(id_), queries.criteria(id_), queries.bands(id_), queries.milestones(id_),
        queries.deductions(id_), need_of(listing), framework_of(id_), queries.openers(id_), queries.towns(id_),
        queries.timetable(id_), kept_rules(id_),
    )  # fmt: skip
    asked = {
        "listing": listing,
        "lots": (lots := await queries.lots(id_)),
        "terms": await terms_of(id_) or Terms(),
        "criteria": (criteria := await queries.criteria(id_)),
        "bands": await queries.bands(id_),
        "milestones": await queries.milestones(id_),
        "deductions": await queries.deductions(id_),
        "need": await need_of(listing),
        "framework": await framework_of(id_),
        "openers": await queries.openers(id_),
        "towns": await queries.towns(id_),
        "timetable": await queries.timetable(id_),
        "rules_kept": (kept := await kept_rules(id_)),
    }
    day = rules_day(listing)
    limits = term_limits_on(day)
    return {
        **asked,
        # the rest follows from these and the law, so that what is made of them can be kept by them
        "content_told": Told(*map(told, asked.values())),
        "method_row": row_of(listing),
        "hours_per_person": number(HOURS_PER_PERSON, day) if any(c["kind"] == HOURS for c in criteria) else None,
        "term_limits": limits,
        "least_panel": limits.least_panel(listing["method"], listing["budget"]),
        "framework_words": {"basis": BASIS_LABELS, "way": WAY_LABELS},
        "eligible_forms": [LEGAL_FORM_LABELS[form] for form in admitted_forms(lots, listing["reservation_ground"])],
        "reserved_labels": RESERVED_LABELS,
        "grades": GRADES,
        "method_labels": METHOD_LABELS,
        "method_clauses": METHOD_CLAUSES | {listing["method"]: row_of(listing).clause},
        "criterion_labels": CRITERION_LABELS,
        "grade_labels": GRADE_LABELS,
        "past_performance_labels": PAST_PERFORMANCE_LABELS,
        "reservation_grounds": RESERVATION_GROUNDS,
        "event_labels": EVENT_LABELS,
        **INDICATOR_LABELS,
        "tie": tie_rule(row_of(listing), listing, day, kept),
        "rule_titles": rule_titles(),
        "authorities": AUTHORITIES,
        "value_words": value_words,
    }


def told(found: Any) -> Any:
    """What was found, as something that can be compared and looked up."""
    if isinstance(found, dict):
        return *found, *(told(each) if isinstance(each, list | dict) else each for each in found.values())
    return tuple(map(told, found)) if isinstance(found, list) else found
