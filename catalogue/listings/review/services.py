"""Recording why words found by the fairness check stay as they are."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.checks.book import Severity
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.queries import lock_listing
from catalogue.listings.review.findings import checked_text
from catalogue.listings.review.tables import FindingReason
from catalogue.listings.rules import Status, check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.trail import record
from marketplace.kernel.db import insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_


async def record_reason(listing: UUID, finding_key: str, reason: str, actor: Actor, now: datetime) -> None:
    """Record why words stay as they are; it holds for these words only. Raises NotFound once they are mended."""
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
        if row["status"] != Status.DRAFT:
            raise Conflict(N_("这份公告已经提交复核，不能再改。如果要改，请复核人退回。"))
        checked = await checked_text(listing, await parts_of(row), now)
        found = next((each.finding for each in checked.judged if each.finding.key == finding_key), None)
        if found is None:
            raise NotFound(N_("这一处已经改过了，不用再写理由。请回到检查页看看还有哪些。"))
        if found.check.severity is not Severity.REASON:
            raise DomainError(N_("这一处不能用理由说明，请按提示修改。"), clause=found.check.rule)
        words = found.hit.excerpt.words if found.hit.excerpt else ""
        await insert(
            FindingReason, listing=listing, finding_key=finding_key, check_id=found.check.id, words=words,
            reason=reason, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        detail = {"check": found.check.id, "words": words, "reason": reason}
        await record("listing.finding_reason_recorded", ("listing", str(listing)), actor, detail, now)
