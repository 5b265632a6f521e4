"""Invited tenders built by the real services: list, draw, publication with the invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.listings import queries
from catalogue.listings.drafts import Procedure
from catalogue.listings.inviting.rules import Listed, NewList, Way
from catalogue.listings.inviting.services import freeze_list, record_list
from catalogue.listings.services import publish_listing, submit_for_review
from marketplace.kernel.audit.linker import link_committed
from marketplace.kernel.db import fetch
from marketplace.kernel.draws.services import Witness, hold_draw
from tests.builders_catalogue import OPENERS, Published, a_budget_line, a_draft, registered_openers
from tests.builders_vendors import AProvider, a_provider
from tests.cast import actor

NAMES = tuple(f"金堂县第{n}社会工作服务中心" for n in "一二三四五六")
TWO = [Witness("王敏", "7 2 9"), Witness("李强", "大雪 8")]
FEW = Procedure(ground="few_suppliers", ground_reason="县内有资质的只有六家。")


@dataclass(frozen=True)
class InvitedTender:
    """A published invited tender: who was invited and who was only on the list."""

    listing: Published
    invited: list[AProvider]
    others: list[AProvider]


def a_list(count: int = 6, take: int = 3, **changed: Any) -> NewList:
    """A written recommendation of six, with a reason each."""
    listed = tuple(Listed(name, "在县内做过同类服务") for name in NAMES[:count])
    values: dict[str, Any] = {
        "way": Way.RECOMMENDATION, "source": "赵街办函〔2026〕12号", "take": take, "providers": listed,
    }  # fmt: skip
    return NewList(**{**values, **changed})


async def six_providers(now: datetime) -> list[AProvider]:
    """Six registered providers."""
    return [await a_provider(now, name, username=f"invited{n}") for n, name in enumerate(NAMES)]


async def an_invited_draft(now: datetime, **changed: Any) -> UUID:
    """A draft of an invited tender, with its ground; openers have keys."""
    values: dict[str, Any] = {"method": "invited_tender", "procedure": FEW, "budget": Decimal("600000.00"), **changed}
    return await a_draft(now, values.pop("line", None), **values)


async def draw_for(draft: UUID, now: datetime) -> list[str]:
    """Write the list, freeze it and draw."""
    drafter = await actor("wang.min", now)
    await record_list(draft, a_list(), drafter, now)
    reference = await freeze_list(draft, drafter, now)
    await link_committed()
    return await hold_draw(reference, TWO, drafter, now)


async def an_invited_tender(now: datetime) -> InvitedTender:
    """Six on the list, three drawn and invited with the publication."""
    line, providers = await a_budget_line(now), await six_providers(now)
    identities = await registered_openers(now, OPENERS)
    draft = await an_invited_draft(now, line=line)
    await draw_for(draft, now)
    await submit_for_review(draft, await actor("wang.min", now), now)
    await publish_listing(draft, await actor("li.qiang", now), now)
    row = await queries.listing_by_id(draft)
    rows = await fetch("SELECT organisation FROM listing_invitation WHERE listing = $1", draft)
    drawn = {r["organisation"] for r in rows}
    published = Published(draft, row["reference"], row["closes_at"], await queries.lots(draft), identities)
    return InvitedTender(
        published, [p for p in providers if p.actor.organisation_id in drawn],
        [p for p in providers if p.actor.organisation_id not in drawn],
    )  # fmt: skip
