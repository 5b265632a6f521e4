"""Who sits on a panel and may work now."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from catalogue.listings.methods import judged_without_panel
from catalogue.listings.queries import lock_listing
from evaluations.panel.queries import member_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetchval
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def own_seat(listing: UUID, actor: Actor) -> Row:
    """The actor's seat, fit to score. Raises Forbidden (R-ROLE-02, R-ROLE-06), NotFound for other experts."""
    member = await member_of(listing, actor.person_id)
    if member is None:
        actor.check_may(Permission.SCORE_BIDS)
        raise NotFound()
    if member["has_interest"]:
        raise Forbidden(N_("您声明了有利害关系，不能参加这次评审。"), clause="R-ROLE-06")
    if member["declared_at"] is None:
        raise Forbidden(N_("请先声明您和这些供应商有没有利害关系，再评分。"), clause="R-ROLE-06")
    return member


async def is_reviewed_again(row: Row) -> bool:
    """Whether the panel reviews results it had signed (R-REEV-01)."""
    if row["status"] not in ("evaluated", "determined", "awarded"):
        return False
    return bool(await fetchval("SELECT 1 FROM re_evaluation WHERE listing = $1 AND closed_at IS NULL", row["id"]))


async def check_settled(row: Row) -> None:
    """Outside the panel's room an announced result is read only while nobody reviews it again. Raises Conflict."""
    if row["status"] == "awarded" and await is_reviewed_again(row):
        words = N_("这个项目的评审数据正在核对，暂时不能查看。公告的结果和根哈希没有变，请过几天再来。")
        raise Conflict(words, clause="R-PUBL-01")


async def open_for_scoring(listing: UUID, *, also_again: bool = False) -> Row:
    """The locked listing while its panel works; `also_again`: or reviews again what it signed. Raises Conflict."""
    row = await lock_listing(listing)
    if row["status"] != "opened" and not (also_again and await is_reviewed_again(row)):
        raise Conflict(N_("现在不是评分的时候。请刷新页面，看采购走到了哪一步。"))
    if row["past_performance_form"] == "county_standing":
        raise Conflict(N_("这次比选按本县履约信誉确定，不评分。"))
    if judged_without_panel(row):
        raise Conflict(N_("这次采购由满足需求的最低价成交，不评分。"))
    return row
