"""Write the list, freeze it for the draw, and invite those drawn, all at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.listings.inviting import queries
from catalogue.listings.inviting.prequalifying import check_list_agrees
from catalogue.listings.inviting.rules import BEFORE, CLAUSE, WITNESSES, NewList, check_list, invites_only
from catalogue.listings.inviting.tables import InvitationList, ListedProvider
from catalogue.listings.methods import lowest_price_wins
from catalogue.listings.queries import lock_listing
from catalogue.listings.rules import accepts_bids, check_may_draft_for
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, insert, transaction
from marketplace.kernel.draws.queries import drawn_keys, standing_draw
from marketplace.kernel.draws.rules import Candidate, DrawKind
from marketplace.kernel.draws.services import DrawPlan, freeze_draw
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.rulebook import number


async def _lock_unpublished(listing: UUID, actor: Actor) -> dict[str, Any]:
    row = await lock_listing(listing)
    check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
    if row["status"] not in BEFORE or not invites_only(row):
        raise Conflict(N_("只有还没有发布、在本平台办理的邀请招标项目写受邀请的名单。请刷新页面。"), clause=CLAUSE)
    return row


async def record_list(listing: UUID, new: NewList, actor: Actor, now: datetime) -> None:
    """Write or replace the list. Raises Forbidden, FormRefused, Conflict once it is frozen for a draw."""
    check_list(new, county_day(now))
    async with transaction():
        row = await _lock_unpublished(listing, actor)
        if await standing_draw(DrawKind.INVITED, listing):
            raise Conflict(N_("名单已经锁定，不能再改。有误的，先在抽取页面写明原因作废。"), clause=CLAUSE)
        known = await queries.provider_organisations([each.name for each in new.providers])
        if unknown := [each.name for each in new.providers if each.name not in known]:
            words = N_("这些名称在平台上没有登记：{names}。请核对全称，或者请供应商先登记。")
            raise FormRefused({"providers": say(words, names="、".join(unknown))})
        await check_list_agrees(row, new.way, [each.name for each in new.providers])
        await execute("DELETE FROM listed_provider WHERE listing = $1", listing)
        await execute("DELETE FROM invitation_list WHERE listing = $1", listing)
        await insert(
            InvitationList, listing=listing, way=new.way.value, source=new.source, noticed_on=new.noticed_on,
            applied_until=new.applied_until, take=new.take, recorded_by=actor.person_id, recorded_at=now,
        )  # fmt: skip
        await ListedProvider.insert(
            *(
                ListedProvider(listing=listing, position=place, organisation=known[each.name], reason=each.reason)
                for place, each in enumerate(new.providers, start=1)
            )
        )
        # the names stay out of the trail until the result (R-COUNT-01)
        detail = {"way": new.way.value, "reference": row["reference"]}
        await record("listing.invitation_list_written", ("listing", str(listing)), actor, detail, now)


async def freeze_list(listing: UUID, actor: Actor, now: datetime) -> str:
    """Freeze the list for the draw before two of the buyer's staff; gives the draw's number.

    Raises Forbidden, Conflict without a list or when it is frozen already.
    """
    async with transaction():
        row = await _lock_unpublished(listing, actor)
        written = await queries.invitation_list(listing)
        if written is None:
            raise Conflict(N_("还没有写受邀请供应商的备选名单。请先写名单。"), clause=CLAUSE)
        rows = await queries.listed_providers(listing)
        plan = DrawPlan(
            DrawKind.INVITED, listing, f"{row['reference']} 抽取受邀请的供应商", row["reference"], written["take"],
            [Candidate(f"{each['position']:03d}", each["name"]) for each in rows],
            int(number(WITNESSES, county_day(now))), CLAUSE, is_public=False,
        )  # fmt: skip
        return await freeze_draw(plan, actor, now)


async def send_invitations(row: Mapping[str, Any], actor: Actor, now: datetime) -> None:
    """Invite those drawn; called in the transaction that publishes, so that all are invited at once or nobody.

    Raises Conflict (R-METH-10) before the draw.
    """
    if not invites_only(row):
        return
    positions = [int(key) for key in await drawn_keys(DrawKind.INVITED, row["id"])]
    if not positions:
        raise Conflict(N_("还没有抽取受邀请的供应商，不能发出邀请。请先抽取。"), clause=CLAUSE)
    listed = await queries.listed_providers(row["id"])
    written = await queries.invitation_list(row["id"])
    assert written is not None  # what was drawn was drawn from it
    await check_list_agrees(row, written["way"], [each["name"] for each in listed])
    chosen = [each["organisation"] for each in listed if each["position"] in positions]
    invited = await _add_invitations(row["id"], chosen, now)
    await _mail_invited(row, invited, say(N_("投标邀请书：{title}"), title=row["title"]), now)
    await record("listing.invitations_sent", ("listing", str(row["id"])), actor, {}, now, f"listing:{row['id']}")


async def ask_for_quotes(listing: UUID, names: Sequence[str], actor: Actor, now: datetime) -> int:
    """Ask named providers for a sealed quote beside the public notice; gives how many were asked anew.

    Whoever was not asked may quote as well. Raises Forbidden, Conflict when no quotes are taken, FormRefused.
    """
    async with transaction():
        row = await lock_listing(listing)
        check_may_draft_for(actor, row["procuring_unit"], row["agency_agreement"], Entrusted.DRAFT)
        if not lowest_price_wins(row) or not accepts_bids(row["status"], row["closes_at"], now):
            raise Conflict(N_("这个项目现在不接受报价，不能邀请。请看公告页面上的最新情况。"), clause="R-METH-12")
        known = await queries.provider_organisations(names)
        if unknown := [name for name in names if name not in known]:
            words = N_("这些名称在平台上没有登记：{names}。请核对全称，或者请供应商先登记。")
            raise FormRefused({"providers": say(words, names="、".join(unknown))})
        fresh = await _add_invitations(listing, list(known.values()), now)
        await _mail_invited(row, fresh, say(N_("邀请报价：{title}"), title=row["title"]), now)
        await record("listing.quotes_asked", ("listing", str(listing)), actor, {}, now, f"listing:{listing}")
    return len(fresh)


async def _mail_invited(
    row: Mapping[str, Any], organisations: Sequence[UUID], subject: Sentence, now: datetime
) -> None:
    """One letter to each; who is asked stays unknown until the deadline, a mail that cannot be sent included."""
    words = N_(
        "{name}：现邀请贵单位参加“{title}”（{reference}），截止 {closes_at}。请登录查看采购文件：/listings/{reference}"
    )
    for each in await queries.mails_of(organisations):
        body = say(
            words, name=each["name"], title=row["title"], reference=row["reference"], closes_at=Moment(row["closes_at"])
        )
        await post_mail(
            each["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now,
            hidden_until=row["closes_at"],
        )  # fmt: skip


async def _add_invitations(listing: UUID, organisations: Sequence[UUID], now: datetime) -> list[UUID]:
    """One row each at one moment; gives those that were not invited before."""
    rows = await fetch(
        "INSERT INTO listing_invitation (id, listing, organisation, sent_at)"
        " SELECT gen_random_uuid(), $1, o, $3 FROM unnest($2::uuid[]) AS o"
        " ON CONFLICT (listing, organisation) DO NOTHING RETURNING organisation",
        listing, list(organisations), now,
    )  # fmt: skip
    return [row["organisation"] for row in rows]
