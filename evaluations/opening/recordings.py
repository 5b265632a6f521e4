"""The recording of an opening and of an evaluation in sound and picture: hash and place (R-RECORD-01)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from catalogue.listings.methods import judged_without_panel, row_of, takes_sealed_bids
from catalogue.listings.queries import lock_listing
from evaluations.opening.queries import OpeningState, opening_state
from evaluations.opening.rules import keeps_record
from evaluations.opening.tables import Recording, RecordingAbsence
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_, Sentence, say

Row = dict[str, Any]
CLAUSE = "R-RECORD-01"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_JUDGED = frozenset({"opened", "evaluated", "determined", "awarded"})


class Scene(StrEnum):
    """What was recorded."""

    OPENING = "opening"
    EVALUATION = "evaluation"


SCENE_LABELS: dict[Scene, str] = {Scene.OPENING: N_("开标"), Scene.EVALUATION: N_("评审")}


@dataclass(frozen=True)
class NewRecording:
    """A recording as somebody enters it."""

    scene: Scene
    sha256: str
    place: str


def check_recording(new: NewRecording) -> None:
    """A whole hash and a place, or nobody finds or proves the recording later. Raises FormRefused."""
    wrong: dict[str, Sentence] = {}
    if not _SHA256.fullmatch(new.sha256):
        wrong["sha256"] = say(N_("SHA-256 是 64 位十六进制数字。请用 sha256sum 或者同类工具算出后整个粘贴。"))
    if not new.place.strip():
        wrong["place"] = say(N_("请写明录音录像存放在哪里，例如档案号、光盘号或者存储位置。"))
    if wrong:
        raise FormRefused(wrong)


def may_enter(state: OpeningState, actor: Actor | None) -> bool:
    """The openers of this listing, and those who keep its record."""
    if actor is None or not state.is_opened:
        return False
    is_opener = actor.may(Permission.OPEN_BIDS) and state.is_opener(actor.person_id)
    return is_opener or keeps_record(state.listing, actor)


async def enter_recording(listing: UUID, new: NewRecording, actor: Actor, now: datetime) -> None:
    """Put hash and place of a recording on record; a later entry corrects an earlier one, which stays.

    Raises NotFound for others, Conflict before the opening, FormRefused.
    """
    async with transaction():
        row = await lock_listing(listing)
        state = await opening_state(listing, now)
        if not may_enter(state, actor):
            raise NotFound()
        if new.scene is Scene.EVALUATION and row["status"] not in _JUDGED:
            raise Conflict(N_("这个项目没有评审，没有评审的录音录像可以登记。"), clause=CLAUSE)
        check_recording(new)
        await insert(
            Recording, listing=listing, scene=new.scene.value, sha256=new.sha256, place=new.place.strip()[:200],
            entered_by=actor.person_id, entered_at=now,
        )  # fmt: skip
        detail = {"reference": row["reference"], "scene": new.scene.value, "sha256": new.sha256}
        await record("opening.recording_entered", ("listing", str(listing)), actor, detail, now)


async def recordings_of(listing: UUID) -> list[Row]:
    """Every entry, the newest of each scene first: that one counts."""
    rows = await fetch(
        "SELECT r.*, p.name AS entered_by_name, row_number() OVER (PARTITION BY r.scene ORDER BY r.entered_at DESC) = 1"
        " AS counts FROM recording r JOIN person p ON p.id = r.entered_by WHERE r.listing = $1"
        " ORDER BY r.scene DESC, r.entered_at DESC",
        listing,
    )
    return [dict(row) for row in rows]


async def absences_of(listing: UUID) -> list[Row]:
    """Why scenes were not recorded, with who said it; of a scene that was entered after all nothing is missing."""
    rows = await fetch(
        "SELECT a.*, p.name AS stated_by_name FROM recording_absence a JOIN person p ON p.id = a.stated_by"
        " WHERE a.listing = $1 AND NOT EXISTS (SELECT FROM recording r WHERE r.listing = a.listing"
        " AND r.scene = a.scene) ORDER BY a.scene DESC",
        listing,
    )
    return [dict(row) for row in rows]


def may_say_why_not(listing: Row, actor: Actor | None) -> bool:
    """A buyer of the unit who determines and did not draft the listing: it answers for what is missing (R-ROLE-03)."""
    return (
        actor is not None
        and actor.organisation_id == listing["procuring_unit"]
        and actor.may(Permission.DETERMINE_AWARD)
        and actor.person_id != listing["drafted_by"]
    )


async def say_why_not_recorded(listing: UUID, scene: Scene, reason: str, actor: Actor, now: datetime) -> None:
    """Put on record, once, why a scene was not recorded; the award goes on, and everybody inside reads the reason.

    Raises Forbidden for others, Conflict before the opening and where something was entered, FormRefused.
    """
    async with transaction():
        row = await lock_listing(listing)
        if not may_say_why_not(row, actor):
            words = N_("没有录音录像的原因，由采购人办理定标、没有起草这份公告的人写明。请由这样的人办理。")
            raise Forbidden(words, clause=CLAUSE)
        state = await opening_state(listing, now)
        if not state.is_opened or (scene is Scene.EVALUATION and row["status"] not in _JUDGED):
            raise Conflict(N_("还没有开标或者评审，不用说明没有录音录像的原因。"), clause=CLAUSE)
        if not reason.strip():
            raise FormRefused({"reason": say(N_("请写明为什么没有录音录像，以及已经怎样报告、怎样补救。"))})
        known = {each["scene"] for each in [*await recordings_of(listing), *await absences_of(listing)]}
        if scene.value in known:
            raise Conflict(N_("这一段的录音录像或者原因已经登记。请刷新页面。"), clause=CLAUSE)
        await insert(
            RecordingAbsence, listing=listing, scene=scene.value, reason=reason.strip()[:2000],
            stated_by=actor.person_id, stated_at=now,
        )  # fmt: skip
        detail = {"reference": row["reference"], "scene": scene.value, "reason": reason.strip()[:2000]}
        await record("opening.recording_absence_stated", ("listing", str(listing)), actor, detail, now)


def missing_recordings(listing: Row, entered: list[Row], is_judged: bool) -> list[Scene]:
    """The scenes of which nothing is on record, where a panel sits (87 Art 39)."""
    if judged_without_panel(listing) or not takes_sealed_bids(listing):
        return []
    known = {row["scene"] for row in entered}
    asked = [Scene.OPENING, *([Scene.EVALUATION] if is_judged else [])]
    return [scene for scene in asked if scene not in known]


async def without_recording(listing: Row) -> list[Scene]:
    """The scenes with neither a recording nor a reason why there is none."""
    entered = [*await recordings_of(listing["id"]), *await absences_of(listing["id"])]
    return missing_recordings(listing, entered, listing["status"] in _JUDGED)


def must_be_recorded(listing: Row) -> bool:
    """Order 87 asks it of tenders, and of frameworks, which are sought by the way of a tender; others are warned."""
    return row_of(listing).reads_prices


async def check_recorded(listing: Row) -> None:
    """No award of a tender while its recording is missing without a reason. Raises Conflict (R-RECORD-01)."""
    if must_be_recorded(listing) and (missing := await without_recording(listing)):
        words = N_(
            "还没有登记{scene}录音录像的 SHA-256 和存放位置，不能确定供应商。请在开标页面登记；"
            "没有录的，由采购人办理定标、没有起草这份公告的人写明原因。"
        )
        raise Conflict(words, clause=CLAUSE, scene=say(SCENE_LABELS[missing[0]]))
