"""Under the limit a panel's experts may be drawn from the county's own list (R-EXP-01, docs/draws.md)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.listings.methods import row_of
from catalogue.listings.queries import lock_listing
from evaluations.panel import queries
from evaluations.panel.rules import APPOINTING, Kind, check_may_appoint
from evaluations.panel.services import appoint_member
from evaluations.panel.ties import CLAUSE
from marketplace.accounts.actor import Actor
from marketplace.kernel.db import transaction
from marketplace.kernel.draws.queries import keys_by_lot, standing_draw
from marketplace.kernel.draws.rules import Candidate, DrawKind
from marketplace.kernel.draws.services import DrawPlan, freeze_draw
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.i18n import N_, say

LEAST_PRESENT = 2


async def freeze_panel_list(listing: UUID, take: int, actor: Actor, now: datetime) -> str:
    """Freeze everybody on the county's list who may judge this listing; gives the draw's number.

    Raises Forbidden above the limit, where experts come from the provincial library, and for strangers; Conflict
    when a list is frozen already; DomainError when more are to be drawn than there are.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        if not row_of(row).is_local:
            words = N_("限额以上的评审专家从省级以上财政部门的专家库抽取，不能用本县名单。请到省库抽取后登记。")
            raise Forbidden(words, clause="R-EXP-01")
        if row["status"] not in APPOINTING or await queries.is_locked(listing):
            raise Conflict(N_("评审已经结束，不能再抽取成员。"))
        experts = [each for each in await queries.candidates(row) if each["role"] == "expert"]
        plan = DrawPlan(
            DrawKind.PANEL, listing, f"{row['reference']} 抽取评审专家", row["reference"], take,
            [Candidate(str(each["id"]), f"{each['name']}（{each['organisation']}）") for each in experts],
            LEAST_PRESENT, "R-EXP-01", is_public=False,
        )  # fmt: skip
        return await freeze_draw(plan, actor, now)


async def seat_drawn(listing: UUID, actor: Actor, now: datetime) -> int:
    """Put those drawn on the panel, the next by lot in place of each with an interest; gives how many were added.

    Doing it again adds nobody. Raises Forbidden for strangers, Conflict before the draw or without stand-ins left.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        order = await keys_by_lot(DrawKind.PANEL, listing)
        draw = await standing_draw(DrawKind.PANEL, listing)
        if draw is None or not order:
            raise Conflict(N_("还没有抽取。请先抽取，再让抽中的专家进评审小组。"), clause="R-EXP-01")
        seats = {str(each["person"]): each for each in await queries.members(listing)}
        drawn_from = say(N_("本县名单随机抽取，{draw}"), draw=draw["reference"]).text("zh")
        judging = added = 0
        for key in order:
            if judging == draw["take"]:
                break
            seat = seats.get(key)
            if seat is None:
                try:
                    await appoint_member(listing, UUID(key), Kind.EXPERT, drawn_from, actor, now)
                except DomainError as refused:
                    if refused.clause != CLAUSE:
                        raise
                    continue  # tied to a bidder: the next by lot
                added += 1
            judging += not (seat and seat["has_interest"])
        if judging < draw["take"]:
            words = N_("名单上的专家都已经用完，还差 {count} 名。请到省库抽取，或者登记采购人代表。")
            raise Conflict(words, clause="R-EXP-01", count=draw["take"] - judging)
    return added
