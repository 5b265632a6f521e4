"""Pre-checks of the demo county: fifty that wait, one for each other state. Everything is invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from catalogue.items.queries import current_items
from marketplace.accounts.documents.services import NewDocument
from marketplace.demo.county.people import PROVIDERS, actor, demo_page, hand_in_file
from marketplace.gateways.files import open_store
from marketplace.kernel.clock import county_day
from marketplace.kernel.settings import Settings
from vendors.providers.paper_facts import PaperFacts
from vendors.providers.services import NewPaper, add_paper
from vendors.qualification.applying import apply_for_precheck, object_to_precheck
from vendors.qualification.automatic import Outcome
from vendors.qualification.queries import checks_of, precheck
from vendors.qualification.reviewing import ask_for_more, confirm_negative, pass_precheck, propose_negative
from vendors.qualification.rules import Finding

FIRST, SECOND, FIRM, WELFARE, THIRD = (provider[5] for provider in PROVIDERS)
REVIEWER, SECOND_PERSON = "liu.fang", "song.ya"
INSPECTION = "inspection"
LASTS, SOON = date(2027, 3, 31), date(2026, 4, 10)


async def passed(username: str, items: Sequence[str], now: datetime) -> None:
    """A provider asks for these items and civil affairs finds everything met."""
    reviewer = await actor(REVIEWER)
    for reference in await apply_for_precheck(items, await actor(username), now):
        await pass_precheck(reference, await _found(reference, now), reviewer, now + timedelta(hours=2))


async def _found(reference: str, now: datetime, unmet: str = "", why: str = "") -> dict[str, Finding]:
    """Everything met that the data do not refuse, but for one requirement."""
    row = await precheck(reference, await actor(REVIEWER))
    found = {
        check.requirement: Finding(Outcome.MET, "看过原件，符合。" if check.outcome != Outcome.MET else "")
        for check in await checks_of(row, county_day(now))
        if check.outcome != Outcome.SHOWN
    }
    return {**found, unmet: Finding(Outcome.UNMET, why)} if unmet else found


async def waiting(now: datetime, settings: Settings) -> None:
    """Papers of this year, then every provider asks; a few go on, so that every desk of the pre-check has its work."""
    for username in (FIRST, SECOND, FIRM, WELFARE, THIRD):
        # the first one's papers end soon, and with them what was pre-checked
        await hand_in_file(username, now - timedelta(days=2), settings, SOON if username == FIRST else LASTS)
    await _graded(now, settings)
    codes = [item["code"] for item in await current_items()]
    await passed(FIRST, ("S01", "S02"), now - timedelta(days=1))
    await _negative_then_objection(now - timedelta(days=1))
    await _more_and_proposed(now - timedelta(hours=20))
    for number, (username, items) in enumerate(
        ((SECOND, codes[1:]), (FIRST, [c for c in codes if c not in ("S01", "S02")]), (FIRM, codes),
         (THIRD, [c for c in codes if c not in ("S03", "S04")]), (WELFARE, codes[:7]))
    ):  # fmt: skip
        await apply_for_precheck(items, await actor(username), now - timedelta(hours=8 - number))


async def _graded(now: datetime, settings: Settings) -> None:
    facts = PaperFacts("4A", granted_on=date(2023, 6, 1))
    paper = NewPaper("assessment", NewDocument("assessment.pdf", demo_page("assessment 4A")), None, facts)
    await add_paper(paper, open_store(settings), await actor(FIRST), now - timedelta(days=2))


async def _negative_then_objection(now: datetime) -> None:
    provider, why = await actor(THIRD), "年检结论的扫描件看不清盖章。"
    [reference] = await apply_for_precheck(["S03"], provider, now)
    found = await _found(reference, now, INSPECTION, why)
    await propose_negative(reference, found, "请核对扫描件。", await actor(REVIEWER), now + timedelta(hours=1))
    await confirm_negative(reference, await actor(SECOND_PERSON), now + timedelta(hours=2))
    await object_to_precheck(reference, "盖章在第二页，扫描件是完整的。", provider, now + timedelta(hours=4))


async def _more_and_proposed(now: datetime) -> None:
    [asked] = await apply_for_precheck(["S04"], await actor(THIRD), now)
    await ask_for_more(asked, "请把财务制度换成今年的审计报告。", await actor(REVIEWER), now + timedelta(hours=1))
    [proposed] = await apply_for_precheck(["A01"], await actor(SECOND), now)
    found = await _found(proposed, now, INSPECTION, "年检结论写的是上一家单位的名称。")
    await propose_negative(proposed, found, "名称对不上。", await actor(REVIEWER), now + timedelta(hours=1))
