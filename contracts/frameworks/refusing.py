"""A provider that came into a framework and does not sign its agreement says so, or the unit records it (R-AWD-03)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from contracts.agreements.rules import Side, check_typed_name
from contracts.agreements.signing_days import last_day_to_sign
from contracts.frameworks import queries
from contracts.frameworks.rules import NOT_SIGNING, SIGN_BY, PlaceStatus
from contracts.frameworks.services import check_runs
from contracts.frameworks.tables import PlaceRefusal
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchval, insert, transaction
from marketplace.kernel.deadlines import day_words
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def refuse_place(place: UUID, reason: str, signed_name: str, actor: Actor, now: datetime) -> None:
    """The provider states in writing that it will not sign. Raises NotFound, DomainError for another name."""
    async with transaction():
        found, framework = await _waiting(place)
        if actor.organisation_id != found["organisation"] or not actor.may(Permission.SIGN_FOR_PROVIDER):
            raise NotFound()
        check_typed_name(signed_name, actor.name)
        await _state(found, framework, reason, True, (actor, now))


async def record_place_not_signed(place: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """The unit records that nobody signed within the days. Raises Forbidden, Conflict before the last day."""
    async with transaction():
        found, framework = await _waiting(place)
        check_runs(actor, framework, Permission.DETERMINE_AWARD)
        await check_not_held(framework["listing"], Held.SIGNING, now)
        last = last_day_to_sign(found["sign_by"], found["letter_at"], await holds_of(framework["listing"]), now)
        if county_day(now) <= last:
            words = N_("签订框架协议的最后一天是 {day}，到期还没有签订的才能登记。")
            raise Conflict(words, clause=SIGN_BY, day=day_words(last))
        await _state(found, framework, reason, False, (actor, now))


async def _waiting(place: UUID) -> tuple[Row, Row]:
    """A place that its provider may still not sign, locked. Raises NotFound, Conflict."""
    if await fetchval("SELECT id FROM framework_place WHERE id = $1 FOR NO KEY UPDATE", place) is None:
        raise NotFound()
    found = await queries.place_by_id(place)
    signed = {each["side"] for each in (await queries.signatures_of([place]))[place]}
    if found["framework_kind"] != "closed" or found["status"] != PlaceStatus.ADMITTED or Side.PROVIDER in signed:
        raise Conflict(N_("这份框架协议已经签订，或者入围资格已经结束，不是拒签。"), clause=NOT_SIGNING)
    if await queries.refusal_of(place):
        raise Conflict(N_("这家供应商不签订框架协议，已经登记，等待征集人决定。"), clause=NOT_SIGNING)
    return found, await queries.framework_by_id(found["framework"])


async def _state(found: Row, framework: Row, reason: str, own: bool, act: tuple[Actor, datetime]) -> None:
    actor, now = act
    await insert(
        PlaceRefusal, place=found["id"], is_own_statement=own, reason=reason, stated_by=actor.person_id, stated_at=now
    )
    detail = {"provider": found["provider_reference"], "reason": reason}
    kind = "framework.place_refused" if own else "framework.place_not_signed"
    await record(kind, ("framework", str(framework["id"])), actor, detail, now)
