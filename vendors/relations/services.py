"""Declare who stands behind a provider."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say
from vendors.providers.queries import own_provider
from vendors.relations.tables import RelatedParty

BODIES = frozenset({"holding", "managed_by", "manages"})


@dataclass(frozen=True)
class NewParty:
    """A person (with the last four of the identity number) or a body (with its code) behind a provider."""

    kind: str
    name: str
    credit_code: str = ""
    identity_mark: str = ""
    share: Decimal | None = None
    since: date | None = None


def party_mistakes(new: NewParty, own_code: str, today: date) -> dict[str, Sentence]:
    """What does not fit together, by field."""
    found: dict[str, Sentence] = {}
    if new.kind in BODIES and not new.credit_code:
        found["credit_code"] = say(N_("单位要填统一社会信用代码。"))
    if new.credit_code and new.kind == "responsible":
        found["credit_code"] = say(N_("单位负责人是自然人，不填统一社会信用代码。"))
    elif new.credit_code and new.credit_code == own_code:
        found["credit_code"] = say(N_("这是本机构自己的代码。请填对方的代码。"))
    elif new.credit_code and new.identity_mark:
        found["identity_mark"] = say(N_("单位不填身份证号码后四位。"))
    if new.since and new.since > today:
        found["since"] = say(N_("开始日期不能晚于今天。请核对。"))
    return found


async def declare_party(new: NewParty, actor: Actor, now: datetime) -> UUID:
    """Enter who stands behind the own organisation (R-ROLE-07). Raises FormRefused."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    errors = party_mistakes(new, provider["credit_code"], county_day(now))
    if not errors and await _stands(provider["id"], new):
        errors["name"] = say(N_("这一条已经填过了。"))
    if errors:
        raise FormRefused(errors)
    async with transaction():
        party: UUID = await insert(
            RelatedParty, provider=provider["id"], entered_by=actor.person_id, entered_at=now, **asdict(new)
        )
        await record("provider.party_declared", ("provider", str(provider["id"])), actor, {"kind": new.kind}, now)
    return party


async def _stands(provider: UUID, new: NewParty) -> Any:
    return await fetchval(
        "SELECT 1 FROM related_party WHERE provider = $1 AND kind = $2 AND name = $3 AND credit_code = $4"
        " AND identity_mark = $5 AND ended_at IS NULL",
        provider, new.kind, new.name, new.credit_code, new.identity_mark,
    )  # fmt: skip


async def end_party(party: UUID, actor: Actor, now: datetime) -> None:
    """Say that somebody no longer stands behind the own organisation; twice does no harm. Raises NotFound."""
    actor.check_may(Permission.EDIT_PROVIDER_FILE)
    provider = await own_provider(actor)
    async with transaction():
        kind = await fetchval("SELECT kind FROM related_party WHERE id = $1 AND provider = $2", party, provider["id"])
        if kind is None:
            raise NotFound()
        ended = await fetchval(
            "UPDATE related_party SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL RETURNING id", party, now
        )
        if ended:
            await record("provider.party_ended", ("provider", str(provider["id"])), actor, {"kind": kind}, now)
