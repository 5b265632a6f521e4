"""The years of the demo county in their order: what happens when. Each step is entered once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime

from marketplace.demo.county import (
    agency,
    credit,
    disputes,
    earlier,
    evaluating,
    frameworks,
    helping,
    matching,
    prechecks,
    public,
    records,
    subsidies,
    today,
    working,
)
from marketplace.demo.county.needs import AFTER_N1, FIRST, N1, N3, N7, N8, N8_AGAIN_AT, N9
from marketplace.demo.county.people import enter_contact, enter_opener_keys, enter_people, enter_providers
from marketplace.kernel.clock import at_county_time
from marketplace.kernel.settings import Settings


@dataclass(frozen=True)
class Step:
    """One part of the county: when it happens there, and what is done."""

    name: str
    at: datetime
    do: Callable[[datetime, Settings], Awaitable[None]]


def _on(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return at_county_time(date(year, month, day), hour)


# the people come first: a county of its own can begin with them alone
PEOPLE = (
    Step("people", _on(2021, 11, 1), enter_people),
    Step("opener keys", _on(2021, 11, 2), enter_opener_keys),
    Step("providers", _on(2021, 11, 8), enter_providers),
)
STEPS = (
    *PEOPLE,
    Step("how the buyer is reached", _on(2021, 11, 9), enter_contact),
    Step("files and workers", _on(2021, 11, 15), earlier.files_and_workers),
    Step("a sub-district buys in 2021", N9.published_at, earlier.year_2022_bought),
    Step("its year is served and paid", _on(2022, 1, 4), earlier.year_2022_served),
    Step("a purchase of 2022 is cancelled", N3.published_at, earlier.checks_cancelled),
    Step("records of 2022 come in", _on(2023, 2, 10), records.year_2022_recorded),
    Step("the year 2022 is evaluated", _on(2023, 2, 12, 9), evaluating.year_2022_evaluated),
    Step("the year 2024 is bought", N1.published_at, earlier.year_2024_bought),
    Step("records of 2023 come in", _on(2023, 12, 28), records.year_2023_recorded),
    Step("the year 2024 is served", _on(2024, 1, 2), earlier.year_2024_served),
    Step("records of 2024 come in", _on(2024, 12, 2), records.year_2024_recorded),
    Step("the year 2025 is bought", AFTER_N1.published_at, earlier.year_2025_bought),
    Step("the year 2024 is handed over", _on(2025, 1, 1, 8), earlier.year_2024_ends),
    Step("the year 2024 is evaluated", _on(2025, 2, 10), evaluating.year_2024_evaluated),
    Step("standing is noted", _on(2025, 2, 13, 18), records.standing_noted),
    Step("the year 2025 begins", _on(2025, 2, 14), earlier.year_2025_begins),
    Step("a framework for care", _on(2025, 5, 6), frameworks.care_framework),
    Step("the year 2025 goes on", _on(2025, 6, 9), earlier.year_2025_goes_on),
    Step("an evaluation is bought under the limit", N7.published_at, earlier.evaluation_bought),
    Step("the year 2026 is bought", FIRST.published_at, earlier.year_2026_bought),
    Step("a complaint is decided", FIRST.published_at, disputes.complaint_decided),
    Step("one bidder is too few", N8.published_at, earlier.care_called_once),
    Step("care is called again", N8_AGAIN_AT, earlier.care_called_again),
    Step("plans and intentions", _on(2026, 1, 12), today.plans),
    Step("an open framework for meals", _on(2026, 1, 13), frameworks.meals_framework),
    Step("care is ordered", _on(2026, 1, 14), frameworks.care_ordered),
    Step("the year 2025 is handed over", _on(2026, 1, 15), earlier.year_2025_ends),
    Step("January is served", _on(2026, 1, 20), today.january),
    Step("the subsidy of January", _on(2026, 2, 4), subsidies.january_computed),
    Step("the subsidy of January is paid", _on(2026, 2, 12), subsidies.january_paid),
    Step("goals of 2025 are evaluated", _on(2026, 2, 12, 10), evaluating.goals_of_2025),
    Step("an open tender", _on(2026, 2, 24, 8), today.open_tender),
    Step("information work published", _on(2026, 2, 24, 10), today.information_published),
    Step("a selection and a consultation published", _on(2026, 2, 25, 8), today.two_published),
    Step("the tender is read", _on(2026, 2, 25, 16), today.tender_read),
    Step("an enquiry published", _on(2026, 2, 26, 8), today.enquiry_published),
    Step("February is served", _on(2026, 2, 27), today.february),
    Step("an assessment published", _on(2026, 3, 2, 8), today.assessment_published),
    Step("an agency is entrusted", _on(2026, 3, 2, 10), agency.agreement_recorded),
    Step("counselling is brought in", _on(2026, 3, 2, 14), working.counselling_brought_in),
    Step("offices say how they are reached", _on(2026, 3, 3), agency.offices_told),
    Step("cases come to the window", _on(2026, 3, 3, 14), helping.cases_begin),
    Step("the tender is asked about and corrected", _on(2026, 3, 5), today.after_publication),
    Step("a selection opened", _on(2026, 3, 6, 10), today.selection_opened),
    Step("relief is given", _on(2026, 3, 6, 11), helping.relief_given),
    Step("January is paid late", _on(2026, 3, 6, 17), today.january_paid_late),
    Step("information work sealed", _on(2026, 3, 9), today.information_sealed),
    Step("an enquiry suspended", _on(2026, 3, 10), today.enquiry_suspended),
    Step("a case is refused", _on(2026, 3, 10, 11), helping.case_refused),
    Step("households are checked", _on(2026, 3, 10, 11), helping.households_checked),
    Step("cases are referred on", _on(2026, 3, 10, 12), helping.referred_on),
    Step("a subsidy is asked back", _on(2026, 3, 10, 12), subsidies.january_asked_back),
    Step("information work scored", _on(2026, 3, 10, 14), today.information_evaluated),
    Step("the tender is challenged", _on(2026, 3, 11, 10), disputes.tender_challenged),
    Step("abilities sealed", _on(2026, 3, 11, 16), today.abilities_sealed),
    Step("a demonstration published", _on(2026, 3, 12, 8), today.demonstration_published),
    Step("an agency publishes", agency.PUBLICITY.published_at, agency.agencys_listing),
    Step("orders for residents", _on(2026, 3, 16, 8), helping.orders_given),
    Step("people in need are found", _on(2026, 3, 16, 8), helping.people_found),
    Step("jobs are matched", _on(2026, 3, 16, 9), matching.jobs_matched),
    Step("an assessment sealed, a draft begun", _on(2026, 3, 16), today.sealed_and_drafted),
    Step("abilities before the panel", _on(2026, 3, 16, 14), today.abilities_opened),
    Step("an agency drafts", _on(2026, 3, 16, 15), agency.agency_drafts),
    Step("a draft handed over", _on(2026, 3, 17), today.handed_over),
    Step("people write", _on(2026, 3, 17, 10), public.people_write),
    Step("the conference decides", _on(2026, 3, 17, 11), public.conference_decides),
    Step("a case is told", _on(2026, 3, 17, 12), public.case_told),
    Step("care is ordered again", _on(2026, 3, 17, 14), frameworks.care_ordered_again),
    Step("closed months are called back", _on(2026, 3, 17, 14), working.january_called_back),
    Step("harm is reported", _on(2026, 3, 17, 14), working.harm_reported),
    Step("goals and ratings", _on(2026, 3, 17, 14), evaluating.goals_and_ratings),
    Step("matters of credit", _on(2026, 3, 17, 15), credit.credit_matters),
    Step("those behind the providers", _on(2026, 3, 17, 16), credit.people_behind),
    Step("pre-checks wait", _on(2026, 3, 17, 17), prechecks.waiting),
    Step("the subsidy of February", _on(2026, 3, 17, 18), subsidies.february_public),
    Step("a double payment is looked into", _on(2026, 3, 17, 19), working.double_decided),
    Step("residents are counselled", _on(2026, 3, 17, 20), working.residents_counselled),
    Step("work besides visits", _on(2026, 3, 17, 20), working.other_work),
    Step("what waits today", _on(2026, 3, 18), today.waiting_today),
)
