"""Enter a framework with its providers, sign their agreements, file them, and end a place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.holds.rules import Held
from catalogue.holds.services import check_not_held
from catalogue.listings.frameworks.queries import framework_of, unit_ceilings
from catalogue.listings.queries import listing_by_id, lots
from contracts.agreements.rules import Side, check_typed_name, terms_hash
from contracts.frameworks import queries
from contracts.frameworks.agreement_text import AgreementFacts, write_agreement
from contracts.frameworks.rules import NOT_SIGNING, REMOVAL, REMOVAL_GROUNDS, SIGN_BY, TRANSITIONS, PlaceStatus
from contracts.frameworks.tables import Framework, FrameworkPlace, PlaceSignature
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.references.services import next_reference
from marketplace.kernel.states import move
from vendors.providers.queries import provider_emails

Row = dict[str, Any]
SIGNING = {Side.BUYER: Permission.SIGN_FOR_BUYER, Side.PROVIDER: Permission.SIGN_FOR_PROVIDER}


@dataclass(frozen=True)
class Admitted:
    """A provider that comes in: for which lot, as which, at what unit price, with what promise."""

    lot: UUID
    provider: UUID
    turn: int
    unit_price: Decimal
    offer: str


async def enter_framework(listing: UUID, admitted: Sequence[Admitted], actor: Actor, now: datetime) -> str:
    """Write a framework with its places and their agreements; gives its reference. Once per listing."""
    async with transaction():
        row, terms = await listing_by_id(listing), await framework_of(listing)
        assert terms is not None
        reference = await next_reference("KJ", county_day(now).year)
        framework = await insert(
            Framework, reference=reference, listing=listing, way=terms.way, announced_at=now,
            kind="open" if terms.basis == "pay_standard" else "closed", starts_on=row["service_from"],
            ends_on=row["service_to"],
        )  # fmt: skip
        for each in admitted:
            await enter_place(framework, each, now)
        detail = {"reference": reference, "providers": str(len(admitted))}
        await record("framework.entered", ("listing", str(listing)), actor, detail, now)
    return reference


async def enter_place(framework: UUID, admitted: Admitted, now: datetime) -> UUID:
    """Give a provider its place, with the agreement it will sign. Called inside the caller's transaction."""
    facts = await _agreement_facts(framework, admitted)
    text, due = write_agreement(facts), compute(SIGN_BY, county_day(now))
    return await insert(
        FrameworkPlace, framework=framework, lot=admitted.lot, provider=admitted.provider, turn=admitted.turn,
        unit_price=admitted.unit_price, letter_at=now, sign_by=due.date, is_provisional=due.provisional,
        terms=text, terms_sha256=terms_hash(text),
    )  # fmt: skip


async def _agreement_facts(framework: UUID, admitted: Admitted) -> AgreementFacts:
    found = await queries.framework_by_id(framework)
    lot = next(each for each in await lots(found["listing"]) if each["id"] == admitted.lot)
    content = await fetchval("SELECT content FROM item WHERE id = $1", lot["item"])
    provider = await fetchrow(
        "SELECT o.name, p.credit_code FROM provider p JOIN organisation o ON o.id = p.organisation WHERE p.id = $1",
        admitted.provider,
    )
    assert provider is not None
    return AgreementFacts(
        reference=found["reference"], title=found["title"], listing_reference=found["listing_reference"],
        unit=found["unit_name"], provider=provider["name"], credit_code=provider["credit_code"],
        lot_number=lot["number"], item=lot["item_name"], content=content or "", requirement=found["requirement"],
        offer=admitted.offer, measure=lot["unit"], unit_price=admitted.unit_price, way=found["way"],
        ceiling=(await unit_ceilings(found["listing"]))[lot["number"]], starts_on=found["starts_on"],
        users=tuple(user["name"] for user in await queries.users_of(found["listing"])), ends_on=found["ends_on"],
    )  # fmt: skip


def side_of(actor: Actor, framework: Row, place: Row) -> Side:
    """The side the actor may sign for. Raises Forbidden."""
    offices = {Side.BUYER: framework["procuring_unit"], Side.PROVIDER: place["organisation"]}
    for side, office in offices.items():
        if actor.organisation_id == office and actor.may(SIGNING[side]):
            return side
    raise Forbidden(N_("您不是这份框架协议的签订人。协议由征集人和入围供应商各自有签订权限的人签订。"))


async def sign_agreement(place: UUID, typed_name: str, actor: Actor, now: datetime) -> bool:
    """Sign for one's side; with the second signature it holds and the users are told. Gives whether it holds.

    Raises Forbidden, DomainError for another name, Conflict when this side has signed or the place has ended.
    """
    async with transaction():
        found = await _locked(place)
        framework = await queries.framework_by_id(found["framework"])
        side = side_of(actor, framework, found)
        check_typed_name(typed_name, actor.name)
        signed = {s["side"] for s in (await queries.signatures_of([place]))[place]}
        if side in signed:
            raise Conflict(N_("您这一方已经签过这份协议，不用再签。"))
        if found["status"] != PlaceStatus.ADMITTED:
            raise Conflict(N_("这家供应商的入围资格已经结束，不能再签。"), clause=REMOVAL)
        await check_not_held(framework["listing"], Held.SIGNING, now)
        if await queries.refusal_of(place):
            raise Conflict(N_("这家供应商不签订框架协议，已经登记，等待征集人决定。"), clause=NOT_SIGNING)
        await insert(
            PlaceSignature, place=place, side=side.value, person=actor.person_id, typed_name=typed_name.strip(),
            terms_sha256=found["terms_sha256"], signed_at=now,
        )  # fmt: skip
        detail = {"side": side.value, "terms_sha256": found["terms_sha256"]}
        await record("framework.signed", ("framework", str(framework["id"])), actor, detail, now)
        if signed:
            status = move(TRANSITIONS, PlaceStatus(found["status"]), to=PlaceStatus.AGREED)
            await execute(
                "UPDATE framework_place SET status = $2, signed_at = $3, users_told_at = $3 WHERE id = $1",
                place, status.value, now,
            )  # fmt: skip
            await tell_users(framework, found, now)
    return bool(signed)


async def _locked(place: UUID) -> Row:
    if await fetchval("SELECT id FROM framework_place WHERE id = $1 FOR NO KEY UPDATE", place) is None:
        raise NotFound()
    return await queries.place_by_id(place)


async def tell_users(framework: Row, place: Row, now: datetime) -> None:
    """Every buyer it is for learns who came in, at what price, and where it says how it is reached (R-TIME-30)."""
    subject = say(N_("《{title}》可以下单了：{provider}"), title=framework["title"], provider=place["provider_name"])
    body = say(
        N_("{provider}，{address}，联系方式：/providers/{file}。{lot}：每{measure} {price} 元。订单：/frameworks/{reference}"),  # noqa: E501
        provider=place["provider_name"], address=place["address"], file=place["provider_reference"],
        lot=place["lot_title"],
        measure=place["measure"], price=place["unit_price"], reference=framework["reference"],
    )  # fmt: skip
    for address in await queries.buyers_to_tell(framework["listing"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


def check_runs(actor: Actor, framework: Row, permission: Permission) -> None:
    """Only the unit that ran the framework looks after it. Raises Forbidden."""
    actor.check_may(permission)
    if actor.organisation_id != framework["procuring_unit"]:
        raise Forbidden(N_("这份框架协议由另一个单位征集和管理。请联系该单位。"), clause="R-FRM-01")


async def note_filing(place: UUID, actor: Actor, now: datetime) -> None:
    """Note that an agreement's copy went to finance (R-TIME-30). Twice does no harm; Conflict before it is signed."""
    async with transaction():
        found = await _locked(place)
        framework = await queries.framework_by_id(found["framework"])
        check_runs(actor, framework, Permission.SIGN_FOR_BUYER)
        if found["signed_at"] is None:
            raise Conflict(N_("协议还没有签完，不能备案。"))
        if found["filed_at"] is not None:
            return
        await execute(
            "UPDATE framework_place SET filed_at = $2, filed_by = $3 WHERE id = $1", place, now, actor.person_id
        )
        detail = {"provider": found["provider_reference"]}
        await record("framework.filed", ("framework", str(framework["id"])), actor, detail, now)


async def remove_provider(place: UUID, ground: str, reason: str, actor: Actor, now: datetime) -> None:
    """End a provider's place on one of six grounds; it does not come back (R-FRM-07). Raises FormRefused, Conflict."""
    if ground not in REMOVAL_GROUNDS:
        raise FormRefused({"ground": say(N_("请选择法定的清退情形。"))})
    if not reason.strip():
        raise FormRefused({"reason": say(N_("请写明事实。供应商会看到它。"))})
    async with transaction():
        found = await _locked(place)
        framework = await queries.framework_by_id(found["framework"])
        check_runs(actor, framework, Permission.DETERMINE_AWARD)
        status = move(TRANSITIONS, PlaceStatus(found["status"]), to=PlaceStatus.REMOVED)
        await execute(
            "UPDATE framework_place SET status = $2, ended_at = $3, ended_by = $4, end_ground = $5, end_reason = $6"
            " WHERE id = $1",
            place, status.value, now, actor.person_id, ground, reason.strip(),
        )  # fmt: skip
        await _tell_removed(framework, found, ground, reason, now)
        detail = {"provider": found["provider_reference"], "ground": ground, "reason": reason.strip()}
        await record("framework.removed", ("framework", str(framework["id"])), actor, detail, now)


async def _tell_removed(framework: Row, place: Row, ground: str, reason: str, now: datetime) -> None:
    subject = say(N_("《{title}》框架协议已经解除"), title=framework["title"])
    body = say(
        N_("情形：{ground}。事实：{reason}。依据 {clause}。不得重新加入同一框架协议。"),
        ground=say(REMOVAL_GROUNDS[ground]), reason=reason.strip(), clause=REMOVAL,
    )  # fmt: skip
    for address in await provider_emails(place["provider"]):
        await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
