"""Letters before the last day of what somebody has to do about an award or a case, and once it is past (R-TIME-31)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts import work as contracts_work
from evaluations import work as evaluations_work
from marketplace.accounts.sessions import actor_of
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.deadlines import compute, day_words
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.outbox.services import MAIL, post
from marketplace.kernel.work import WorkItem

AHEAD, FILE_BY = "R-TIME-31/ahead", "R-TIME-19"
# score sheets, comments, the report, determination, notice, signing, filing
OF_THE_PANEL = frozenset({"R-COM-06", "R-AWD-02", "R-COM-09"})
# of cases and service orders, which have people of their own
OF_CASES = frozenset({
    "R-SEED-01", "R-SEED-02", "R-SEED-03", "R-SEED-05", "R-CLOCK-01", "R-ORDER-01", "R-REFER-01", "R-LEAD-01",
    "R-JOB-01",
})
REMINDED = OF_THE_PANEL | OF_CASES | {
    "R-TIME-13", "R-TIME-14", "R-TIME-14b", "R-TIME-15", "R-TIME-17", "R-TIME-19", "R-TIME-30"}
SUBJECTS = {"ahead": N_("快到期：{what}"), "overdue": N_("已逾期：{what}")}

# who may have such a thing to do: offices and agencies, windows with cases, providers with orders, members of panels
# at work, winners who have not signed
_PEOPLE = """
SELECT DISTINCT m.person, m.organisation, x.email FROM membership m
JOIN person x ON x.id = m.person AND x.is_active AND x.email <> ''
WHERE m.role IN ('buyer', 'agency')
   OR (m.role IN ('clerk', 'child_officer')
       AND (m.person IN (SELECT handler FROM assistance_case WHERE status = 'open')
            OR m.organisation IN (SELECT a.town FROM case_referral f JOIN assistance_case a ON a.id = f."case"
                                  WHERE f.status IN ('sent', 'received'))
            OR m.organisation IN (SELECT town FROM lead WHERE status = 'new')
            OR m.organisation IN (SELECT town FROM job_attendance WHERE hired_on IS NOT NULL AND asked_on IS NULL)
            OR m.organisation IN (SELECT town FROM service_order WHERE status NOT IN ('closed', 'cancelled'))))
   OR (m.role = 'civil_affairs' AND (EXISTS (SELECT FROM job_event)
       OR m.organisation IN (SELECT held_by FROM assistance_case WHERE status = 'open')))
   OR (m.role IN ('provider', 'service_manager') AND m.organisation IN (SELECT p.organisation FROM service_order s
       JOIN contract c ON c.id = s.contract JOIN provider p ON p.id = c.provider
       WHERE s.status IN ('asked', 'accepted')))
   OR (m.role = 'expert' AND m.person IN (SELECT s.person FROM panel_member s JOIN listing l ON l.id = s.listing
       WHERE NOT s.has_interest AND l.status IN ('opened', 'evaluated', 'determined')))
   OR (m.role = 'provider' AND m.organisation IN (SELECT p.organisation FROM provider p WHERE p.id IN (
       SELECT provider FROM contract WHERE status IN ('drawn_up', 'signed_by_one')
       UNION SELECT provider FROM framework_place WHERE status = 'admitted')))
ORDER BY m.person, m.organisation
"""


# signed contracts whose copy finance has not filed; older ones are told of by nobody's clock any more
_UNFILED = """
SELECT c.reference, c.title, c.signed_at, c.buyer, x.email FROM contract c
JOIN signature s ON s.contract = c.id AND s.side = 'buyer'
LEFT JOIN person x ON x.id = s.person AND x.is_active AND x.email <> ''
WHERE c.signed_at >= $1 AND NOT c.is_call_off AND c.status IN ('in_force', 'completed')
  AND NOT EXISTS (SELECT FROM contract_filing f WHERE f.contract = c.id) ORDER BY c.reference
"""
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True)
class Reminder:
    """One letter that is due: before the last day or after it, to whom, about what."""

    stage: str
    item: WorkItem
    to: str
    is_head: bool = False

    @property
    def key(self) -> str:
        """The same for the same letter, so that nobody gets it twice."""
        return f"reminder:{self.stage}:{self.to}:{self.item.url}:{self.item.due}"


def stage_of(due: date | None, today: date) -> str | None:
    """Whether a day is near or past: from the working day before it on, and again once it is over."""
    if due is None:
        return None
    if today > due:
        return "overdue"
    return "ahead" if today >= compute(AHEAD, due).date else None


async def remind(site: str, now: datetime) -> int:
    """Write every letter that is due; gives how many. Run again, or by two workers at once, nobody is told twice."""
    today = county_day(now)
    found: list[Reminder] = []
    for person in await fetch(_PEOPLE):
        actor = await actor_of(person["person"], today, person["organisation"])
        if actor is None:
            continue
        items = [*await evaluations_work.waiting_for(actor, now), *await contracts_work.waiting_for(actor, now)]
        for item in items:
            if item.clause in REMINDED and (stage := stage_of(item.due, today)):
                found.append(Reminder(stage, item, person["email"]))
                heads = await _heads(item, person["organisation"])
                found += [Reminder(stage, item, head, True) for head in heads if head != person["email"]]
    found += await _unfiled(today, now)
    # a head who has the same thing to do is told as the person
    letters = {each.key: each for each in sorted(found, key=lambda each: not each.is_head)}
    for each in letters.values():
        await _write(each, site, now)
    return len(letters)


async def _unfiled(today: date, now: datetime) -> list[Reminder]:
    """Copies of contracts that finance has not filed: for who signed for the buyer, and the head (R-TIME-19)."""
    found = []
    for row in await fetch(_UNFILED, now - LOOK_BACK):
        due = compute(FILE_BY, county_day(row["signed_at"])).date
        if stage := stage_of(due, today):
            what = say(N_("把合同副本报财政备案：{title}"), title=row["title"])
            item = WorkItem(due, "", what, f"/contracts/{row['reference']}", FILE_BY)
            if row["email"]:  # who signed may have left; the head is told all the same
                found.append(Reminder(stage, item, row["email"]))
            heads = await _heads(item, row["buyer"])
            found += [Reminder(stage, item, head, True) for head in heads if head != row["email"]]
    return found


async def _heads(item: WorkItem, organisation: UUID) -> list[str]:
    """Who answers for the office; of a panel's work the buyer's, which learns no name of a member (R-COM-04)."""
    rows: Sequence[Any] = await fetch(
        "SELECT DISTINCT x.email FROM organisation_owner w JOIN person x ON x.id = w.person AND x.is_active"
        " WHERE x.email <> '' AND w.organisation = coalesce((SELECT l.procuring_unit FROM listing l"
        " WHERE $2 AND l.reference = split_part($3, '/', 3)), $1) ORDER BY x.email",
        organisation, item.clause in OF_THE_PANEL, item.url,
    )  # fmt: skip
    return [row["email"] for row in rows]


async def _write(reminder: Reminder, site: str, now: datetime) -> None:
    item = reminder.item
    assert item.due is not None, "only what has a last day is reminded of"
    what: Sentence = item.what
    if reminder.is_head and item.clause in OF_THE_PANEL:
        what = say(N_("评审小组还没有办完：{what}"), what=what)
    subject = say(SUBJECTS[reminder.stage], what=what)
    body = say(
        N_("{what}\n最后一天：{day}（{clause}）\n请登录办理：{url}"), what=what, day=day_words(item.due),
        clause=item.clause, url=f"{site}{item.url}",
    )  # fmt: skip
    payload = {"to": reminder.to, "subject": subject.text("zh"), "body": f"{body.text('zh')}\n\n{body.text('en')}"}
    await post(MAIL, payload, now, reminder.key)


class DailyReminders:
    """The worker's tick: the county's day is looked at once; what a restart repeats is not written twice."""

    def __init__(self, site: str) -> None:
        self.site, self.done = site, date.min

    async def __call__(self, now: datetime) -> None:
        """Look when the day is a new one."""
        today = county_day(now)
        if today != self.done:
            await remind(self.site, now)
            self.done = today
