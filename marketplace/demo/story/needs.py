"""A need entered through the pages as a new user would: allotted, drafted subject by subject, prepared, published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from catalogue.listings.draft_pages import monthly_rows
from marketplace.demo.county.needs import STANDING_GROUND, Need
from marketplace.demo.county.preparing import close_review, plan_of, survey
from marketplace.demo.story.browser import Browser
from marketplace.demo.story.county import County
from marketplace.demo.story.notice import DRAFTER, OPENER_NAMES, REVIEWER, TOWN, allot
from marketplace.kernel.clock import COUNTY_ZONE


@dataclass(frozen=True)
class Entered:
    """A need that was published: its draft's path and its public reference."""

    need: Need
    reference: str


def enter(county: County, need: Need) -> Entered:
    """From the budget line to the published notice."""
    drafter, draft = begin(county, need)
    fill_in(county, need, draft)
    drafter.get(f"{draft}/timetable")
    drafter.fill(timetable_of(need), action=f"{draft}/timetable")
    hand_over(county, draft, need)
    return publish(county, draft, need)


def begin(county: County, need: Need, expect: int = 303) -> tuple[Browser, str]:
    """Allotted, and the first form sent; gives the drafter's browser and the draft's path."""
    document = f"金财预〔{county.now().year}〕{county.now():%m%d%H%M%S%f}号"
    line = allot(county, need.title, str(need.budget), document, need.item)
    drafter = county.person(DRAFTER)
    drafter.get("/listings/drafts/new")
    basics = {
        "title": need.title, "title_en": need.title_en, "method": need.method, "budget": str(need.budget),
        "ceiling": str(need.budget), "service_from": need.service_from.isoformat(),
        "service_to": need.service_to.isoformat(), "reservation_ground": need.reservation_ground,
        "long_term_reason": need.long_term_reason,
    }  # fmt: skip
    drafter.fill(basics, budget_line=line, towns=TOWN, expect=expect)
    return drafter, drafter.at


def fill_in(county: County, need: Need, draft: str) -> None:
    """Every subject but the timetable."""
    drafter = county.person(DRAFTER)
    for subject, typed in subjects(need).items():
        drafter.get(f"{draft}/{subject}")
        drafter.fill(typed, action=f"{draft}/{subject}")
    drafter.get(f"{draft}/openers")
    form = drafter.form("people")
    drafter.post(form.action, {**form.values, "people": [form.option("people", name) for name in OPENER_NAMES]})


def subjects(need: Need) -> dict[str, dict[str, str]]:
    """What is typed, subject by subject."""
    lot = {
        "lots-0-item_code": need.item, "lots-0-title": need.title, "lots-0-quantity": str(need.quantity),
        "lots-0-unit": need.unit, "lots-0-budget": str(need.budget),
    }  # fmt: skip
    payment = {
        "milestones-0-title": "服务期满", "milestones-0-share": "100",
        "milestones-0-due_on": need.service_to.isoformat(), "milestones-0-evidence": "已审核的服务记录和验收记录",
    }  # fmt: skip
    return {
        "lots": lot,
        "requirement": {"requirement": need.requirement},
        "qualification": {"qualification": need.qualification},
        "criteria": criteria_of(need),
        "milestones": monthly_rows(need.service_from, need.service_to) if need.is_paid_monthly else payment,
    }


def criteria_of(need: Need) -> dict[str, str]:
    """Price weight, factors, and the printed table where there is one."""
    typed = {
        "price_weight": str(need.price_weight), "small_micro_deduction": str(need.deduction), "rounding": "2",
        "past_performance_form": need.past_performance,
        "past_performance_ground": STANDING_GROUND if need.bands else "",
    }  # fmt: skip
    typed |= {f"band-{grade}": str(points) for grade, points in (need.bands or {}).items()}
    for number, factor in enumerate(need.factors):
        row = f"criteria-{number}-"
        typed |= {f"{row}kind": factor.kind, f"{row}title": factor.title, f"{row}points": str(factor.points)}
        typed |= {f"{row}bands": factor.bands, **({f"{row}is_objective": "yes"} if factor.is_objective else {})}
    return typed


def timetable_of(need: Need) -> dict[str, str]:
    """The moments as they are typed."""
    moments = {
        "closes_at": need.closes_at, "documents_from": need.documents_from, "documents_until": need.documents_until
    }  # fmt: skip
    return {name: _typed(moment) for name, moment in moments.items()}


def _typed(moment: datetime | None) -> str:
    return f"{moment.astimezone(COUNTY_ZONE):%Y-%m-%dT%H:%M}" if moment else ""


def hand_over(county: County, draft: str, need: Need) -> None:
    """What must stand before publication is entered, and the draft handed to the reviewer."""
    drafter = county.person(DRAFTER)
    drafter.get(draft)
    if f"{draft}/plan" in drafter.text:
        drafter.get(f"{draft}/plan")
        plan = vars(plan_of(need))
        drafter.fill({**plan, "begins_on": plan["begins_on"].isoformat()}, action=f"{draft}/plan")
    drafter.get(f"{draft}/survey")
    drafter.fill(survey_typed(county.now().date()), action=f"{draft}/survey")
    drafter.get(f"{draft}/survey")
    drafter.fill(review_typed(county.now().date()), action=f"{draft}/requirement-review")
    drafter.get(f"{draft}/check")
    drafter.post(f"{draft}/check")


def survey_typed(today: date) -> dict[str, str]:
    """The survey of the need as it is typed."""
    found = survey(today)
    typed = {
        "method": found.method, "ended_on": today.isoformat(), "market": found.market, "history": found.history,
        "follow_up": found.follow_up, "public_opinion": found.public_opinion,
    }  # fmt: skip
    for number, source in enumerate(found.sources):
        typed |= {f"sources-{number}-{name}": value for name, value in vars(source).items()}
    return typed


def review_typed(today: date) -> dict[str, str]:
    """The close review as it is typed."""
    found = close_review(today)
    typed = {name: str(value) for name, value in vars(found).items() if name not in ("members", "is_passed")}
    typed |= {"held_on": today.isoformat(), "outcome": "passed"}
    for number, member in enumerate(found.members):
        typed |= {f"members-{number}-{name}": value for name, value in vars(member).items()}
    return typed


def publish(county: County, draft: str, need: Need) -> Entered:
    """Another person looks and publishes."""
    reviewer = county.person(REVIEWER)
    reviewer.get(f"{draft}/check")
    reviewer.fill({}, action=f"{draft}/publish")
    return Entered(need, reviewer.at.rsplit("/", 1)[1])
