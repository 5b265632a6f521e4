"""Begin and end a hold, and ask whether an act may go on; each inside the act's own transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import Ground, Held, check_may_go_on
from catalogue.holds.tables import ProcurementHold
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetchval, insert
from marketplace.kernel.errors import Conflict


@dataclass(frozen=True)
class NewHold:
    """What holds a procurement, with the paper behind it; an order names its last day."""

    listing: UUID
    ground: Ground
    subject: str
    document_number: str = ""
    until: date | None = None
    reason: str = ""


async def begin_hold(new: NewHold, actor: Actor, now: datetime, stream: str = "") -> None:
    """Let a procurement rest; one subject holds once."""
    await insert(
        ProcurementHold, listing=new.listing, ground=new.ground.value, subject=new.subject,
        document_number=new.document_number, reason=new.reason, until=new.until, begun_by=actor.person_id, begun_at=now,
    )  # fmt: skip
    detail = {"subject": new.subject, "ground": new.ground.value, "until": new.until.isoformat() if new.until else ""}
    await record("hold.begun", ("listing", str(new.listing)), actor, detail, now, *([stream] if stream else []))


@dataclass(frozen=True)
class HoldEnd:
    """Why a hold ends, with the number of the paper that says so, where there is one."""

    reason: str
    document_number: str = ""


async def end_hold(subject: str, ground: Ground, why: HoldEnd | str, actor: Actor, now: datetime) -> bool:
    """End what a subject holds; whether there was anything to end."""
    end = why if isinstance(why, HoldEnd) else HoldEnd(why)
    reason = end.reason
    listing = await fetchval(
        "UPDATE procurement_hold SET ended_at = $3, end_reason = $4, end_document_number = $5"
        " WHERE subject = $1 AND ground = $2 AND ended_at IS NULL RETURNING listing",
        subject, ground.value, now, reason, end.document_number,
    )  # fmt: skip
    if listing is None:
        return False
    detail = {"subject": subject, "ground": ground.value, "reason": reason}
    await record("hold.ended", ("listing", str(listing)), actor, detail, now)
    return True


async def check_not_held(listing: UUID, act: Held, now: datetime) -> None:
    """Called by every act that a hold may stop. Raises Conflict (R-DISP-06, R-TIME-27)."""
    # against a hold that is just being written: both lock the listing's row first
    await fetchval("SELECT id FROM listing WHERE id = $1 FOR SHARE", listing)
    check_may_go_on(await holds_of(listing), act, now)


async def held_words(listing: UUID, act: Held, now: datetime) -> Conflict | None:
    """What a page says above an act that is held; None when it may go on."""
    try:
        check_may_go_on(await holds_of(listing), act, now)
    except Conflict as held:
        return held
    return None
