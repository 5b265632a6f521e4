"""Photographs of a visit: off until the county allows them, never of minors, drawn anew, encrypted."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_by_id
from contracts.agreements.rules import may_see_hours
from contracts.visits import queries
from contracts.visits.photo_tables import VisitPhoto
from contracts.visits.rules import VisitStatus
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.pictures import NoPicture, redrawn
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.private_columns import conceal, reveal
from marketplace.kernel.rulebook import number

RULE_PHOTOS, RULE_CHILD = "R-CIV-06/photos", "R-CHILD-01"
MOST_BYTES = 12 * 1024 * 1024
PLACE = "visit_photo.content"


def most_photos(on: date) -> int:
    """How many photographs of one visit the county allows; 0 is none at all (R-CIV-06/photos)."""
    return int(number(RULE_PHOTOS, on))


def check_may_photograph(is_restricted: bool, kept: int, on: date) -> None:
    """None of minors and of people without full capacity, and no more than allowed. Raises DomainError."""
    if is_restricted:
        raise DomainError(N_("未成年人和无完全行为能力人不拍照。照片没有保存。"), clause=RULE_CHILD)
    most = most_photos(on)
    if not most:
        raise DomainError(N_("县里没有文件要求照片，不拍照。照片没有保存。"), clause=RULE_PHOTOS)
    if kept >= most:
        raise DomainError(N_("一次服务最多 {most} 张照片。"), clause=RULE_PHOTOS, most=most)


def photo_of_text(sent: object) -> bytes:
    """A photograph as a phone sends it, in base64. Raises FormRefused."""
    try:
        return base64.b64decode(str(sent), validate=True)
    except (binascii.Error, ValueError):
        raise FormRefused({"photo": say(N_("这不是能打开的照片。请另拍一张。"))}) from None


async def add_photo(visit_id: UUID, photo: UUID, content: bytes, actor: Actor, now: datetime) -> UUID:
    """Keep a photograph of one's own visit; the same one sent twice is one.

    Raises NotFound, Conflict for a visit that is decided, DomainError where none is allowed, FormRefused.
    """
    actor.check_may(Permission.LOG_VISITS)
    if len(content) > MOST_BYTES:
        raise FormRefused({"photo": say(N_("照片太大，最多 12 MB。"))})
    async with transaction():
        # two sendings of one visit's photographs wait for each other
        held = await fetchval("SELECT id FROM visit WHERE id = $1 FOR NO KEY UPDATE", visit_id)
        visit = await queries.visit_of(visit_id) if held else None
        if visit is None or visit["person"] != actor.person_id:
            raise NotFound()
        if await fetchval("SELECT EXISTS (SELECT FROM visit_photo WHERE id = $1 AND visit = $2)", photo, visit_id):
            return photo
        if visit["status"] != VisitStatus.LOGGED:
            raise Conflict(N_("这次服务已经审核或者更正，不能再加照片。"))
        kept = await fetchval("SELECT count(*) FROM visit_photo WHERE visit = $1", visit_id)
        check_may_photograph(await _is_restricted(visit["recipient_code"]), kept, county_day(now))
        picture = await _redrawn(content)
        await insert(
            VisitPhoto, id=photo, visit=visit_id, content=conceal(base64.b64encode(picture).decode(), PLACE),
            sha256=hashlib.sha256(picture).hexdigest(), size=len(picture), taken_by=actor.person_id, taken_at=now,
        )  # fmt: skip
        await record("visit.photo_added", ("visit", str(visit_id)), actor, {}, now)
    return photo


async def _redrawn(content: bytes) -> bytes:
    try:
        return await asyncio.to_thread(redrawn, content)
    except NoPicture:
        raise FormRefused({"photo": say(N_("这不是能打开的照片。请另拍一张。"))}) from None


async def _is_restricted(recipient_code: str) -> bool:
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT FROM resident r JOIN assistance_case k ON k.resident = r.id WHERE r.code = $1"
        " AND k.capacity <> 'full')",
        recipient_code,
    )
    return found


async def photos_of(visit_id: UUID) -> list[dict[str, Any]]:
    """What is kept of a visit, without the pictures."""
    rows = await fetch("SELECT id, size, taken_at FROM visit_photo WHERE visit = $1 ORDER BY taken_at, id", visit_id)
    return [dict(row) for row in rows]


async def show_photo(photo: UUID, actor: Actor, now: datetime) -> bytes:
    """The picture, for its worker and the buyer's reviewer; the look is logged. Raises NotFound."""
    async with transaction():
        row = await fetchrow(
            "SELECT f.content, f.visit, v.person, v.contract FROM visit_photo f JOIN visit v ON v.id = f.visit"
            " WHERE f.id = $1",
            photo,
        )
        if row is None or not await _may_look(row, actor):
            raise NotFound()
        await record("visit.photo_shown", ("visit", str(row["visit"])), actor, {}, now)
    return base64.b64decode(reveal(row["content"], PLACE))


async def _may_look(row: Any, actor: Actor) -> bool:
    if row["person"] == actor.person_id:
        return True
    return actor.may(Permission.APPROVE_HOURS) and may_see_hours(actor, await contract_by_id(row["contract"]))


async def delete_photo(photo: UUID, actor: Actor, now: datetime) -> UUID:
    """Its worker takes a photograph back; gives the visit. Raises NotFound."""
    async with transaction():
        visit: UUID | None = await fetchval(
            "SELECT v.id FROM visit_photo f JOIN visit v ON v.id = f.visit WHERE f.id = $1 AND v.person = $2",
            photo, actor.person_id,
        )  # fmt: skip
        if visit is None:
            raise NotFound()
        await execute("DELETE FROM visit_photo WHERE id = $1", photo)
        await record("visit.photo_deleted", ("visit", str(visit)), actor, {}, now)
    return visit
