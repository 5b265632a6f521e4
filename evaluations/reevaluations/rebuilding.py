"""A member's tie that became known after the marks: what the panel found is void, another panel judges (R-COM-08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.interest.services import mail_in
from catalogue.interruptions.queries import finance_mails
from catalogue.listings.progress import reopen_judging
from catalogue.listings.queries import lock_listing
from evaluations.awards.queries import awards_of
from evaluations.awards.rules import REBUILT_CLAUSE
from evaluations.awards.voiding import Voiding, void_award
from evaluations.panel.queries import judging_members
from evaluations.panel.rules import check_may_appoint
from evaluations.panel.services import void_in_common
from evaluations.panel.ties import certain_tie
from evaluations.reports.queries import open_re_evaluation
from evaluations.reports.services import void_report
from evaluations.scoring.services import forget_results
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, transaction
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_, say

Row = dict[str, Any]


async def rebuild_panel(listing: UUID, actor: Actor, now: datetime) -> int:
    """Members who should have stepped aside leave, results and report fall, and judging begins again; gives how many.

    Finance is told in writing (87 Art. 67). Raises Conflict where nobody is tied or a re-evaluation is under way,
    Forbidden for strangers.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_appoint(actor, row)
        if row["status"] != "evaluated":
            words = N_("评审结果形成以后、全部确定以前才重新组建评审小组。请刷新页面，看采购走到了哪一步。")
            raise Conflict(words, clause=REBUILT_CLAUSE)
        if await open_re_evaluation(listing):
            raise Conflict(N_("正在重新评审。请先结束重新评审。"), clause="R-REEV-01")
        left = await _shut_out(listing, county_day(now))
        if not left:
            raise Conflict(N_("没有查到应当回避的评审成员，评审意见有效。"), clause=REBUILT_CLAUSE)
        for award in await awards_of(listing):
            await void_award(award["lot"], Voiding(row["reference"], REBUILT_CLAUSE), actor, now)
        await forget_results(listing)
        await void_report(listing, actor, now, also_whole=True)
        await void_in_common(listing, actor, now)
        await reopen_judging(row, actor, now)
        await record("panel.rebuilt", ("listing", str(listing)), actor, {"members": str(left)}, now)
        await _tell_finance(row, left, now)
    return left


async def _shut_out(listing: UUID, day: Any) -> int:
    left = 0
    for member in await judging_members(listing):
        if tie := await certain_tie(listing, member, day):
            await execute(
                "UPDATE panel_member SET has_interest = true, is_found = true, interest = $2 WHERE id = $1",
                member["id"], tie.on_record[:2000],
            )  # fmt: skip
            left += 1
    return left


async def _tell_finance(row: Row, left: int, now: datetime) -> None:
    values = {"reference": row["reference"], "title": row["title"], "count": left}
    subject = say(N_("重新组建评审小组的报告：{reference}"), **values)
    body = say(
        N_(
            "“{title}”有 {count} 名评审成员应当回避而没有回避，评审意见无效，采购人重新组建评审小组评审。\n"
            "详情：/listings/{reference}"
        ),
        **values,
    )
    for address in await finance_mails():
        await mail_in("zh", address, (subject, body), now, None)
