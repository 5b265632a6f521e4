"""What must hold before a draft is handed over, confirmed or published."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.draft_queries import all_mistakes, parts_of
from catalogue.listings.queries import openers as openers_of
from catalogue.listings.review.findings import checked_text
from catalogue.listings.rules import ReviewFacts
from marketplace.accounts.actor import Actor
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.i18n import N_


async def refuse_unready(row: dict[str, object], now: datetime) -> None:
    """Raises DomainError while something in a draft is wrong or unfair."""
    found = [mistake for mistake in await all_mistakes(row, now) if mistake.blocks]
    if found:
        raise DomainError(
            N_("还有 {count} 处需要修改，第一处：{first}请看核对页。"),
            clause=found[0].clause,
            count=len(found),
            first=found[0].sentence,
        )
    unfair = (await checked_text(row["id"], await parts_of(row), now)).blocking  # type: ignore[arg-type]
    if unfair:
        raise DomainError(
            N_("公平性检查还有 {count} 处要修改或者写明理由，第一处：{first}请看检查页。"),
            clause=unfair[0].finding.check.rule,
            count=len(unfair),
            first=unfair[0].finding.check.sentence,
        )


def review_facts(row: dict[str, object]) -> ReviewFacts:
    """Who drafted it, for whom."""
    return ReviewFacts(procuring_unit=row["procuring_unit"], drafted_by=row["drafted_by"])  # type: ignore[arg-type]


async def check_reviewer_opens_nothing(listing: UUID, actor: Actor) -> None:
    """Who approves a listing holds no key to its bids. Raises Forbidden (R-ROLE-03)."""
    if any(opener["person"] == actor.person_id for opener in await openers_of(listing)):
        raise Forbidden(
            N_("您是这份公告的开标人，不能同时复核发布。请换一位同事复核，或者退回换开标人。"), clause="R-ROLE-03"
        )
