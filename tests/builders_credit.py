"""Cases and entries of credit built by the real services: one person of finance opens, the other decides."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts.documents.services import NewDocument
from marketplace.kernel.clock import county_day
from tests.builders_vendors import PDF, a_store
from tests.cast import actor
from vendors.credit.services import Hearing, NewCase, open_case, publish_case, record_hearing

FIRST, SECOND = "zhao.lei", "sun.yue"


def new_case(provider: UUID, now: datetime, **changed: Any) -> NewCase:
    """A debarment for two years, decided a month ago; fields may be changed by name."""
    today = county_day(now)
    decided = today - timedelta(days=30)
    new = NewCase(
        provider=provider, kind="debarment", authority="金堂县财政局", document_number="金财采〔2026〕3号",
        decided_on=decided, reason="提供虚假材料谋取成交", starts_on=decided, ends_on=decided + timedelta(days=730),
        hear_until=today + timedelta(days=7),
    )  # fmt: skip
    return replace(new, **changed)


async def a_case(provider: UUID, now: datetime, **changed: Any) -> str:
    """A case that was opened with its evidence."""
    evidence = NewDocument("行政处罚决定书.pdf", PDF)
    return await open_case(new_case(provider, now, **changed), evidence, a_store(), await actor(FIRST, now), now)


async def a_published_entry(provider: UUID, now: datetime, **changed: Any) -> UUID:
    """An entry that was heard, decided by a second person and is public."""
    case = await a_case(provider, now, **changed)
    heard = Hearing("elsewhere", county_day(now), "作出决定以前已经告知和听证。")
    await record_hearing(case, heard, await actor(FIRST, now), now)
    return await publish_case(case, await actor(SECOND, now), now)
