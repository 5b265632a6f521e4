"""A published intention in the official form (R-TIME-01)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from catalogue.notices.content import Paper
from catalogue.notices.course_notices import intention
from catalogue.notices.facts import IntendedPurchase, IntentionFacts
from catalogue.notices.kinds import Kind
from catalogue.notices.queries import contact, contacts_of
from catalogue.notices.sources import in_language
from marketplace.kernel.i18n import current_language

Row = dict[str, Any]


async def intention_paper(row: Row, site: str) -> Paper:
    """政府采购意向公告 of one intention, in the reader's language; `site` is the address of this marketplace."""
    office = (await contacts_of([row["buyer"]])).get(row["buyer"])
    meant = IntentionFacts(
        reference=row["intention_reference"], buyer=contact(in_language(row, "buyer_name"), office),
        purchases=(IntendedPurchase(row["title"], row["need"], row["amount"], row["starts_on"]),),
        published_at=row["published_at"],
    )  # fmt: skip
    address = f"{site}/intentions/{row['intention_reference']}/notice"
    return replace(intention(meant), address=address, language=current_language.get())


SLUG = Kind.INTENTION.value
