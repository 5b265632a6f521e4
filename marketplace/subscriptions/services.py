"""Subscribe an address to a search, confirm and end it by link, and write of new finds."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID, uuid4

from marketplace.accounts.trail import record
from marketplace.finding.rules import KIND_LABELS, Search, read_search
from marketplace.finding.services import MOST_IN_A_LETTER
from marketplace.gateways.search_index import Answer, Question, SearchIndex
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move
from marketplace.public_posts.services import note_post
from marketplace.subscriptions.rules import (
    CONFIRM_WITHIN,
    MOST_OF_AN_ADDRESS,
    TRANSITIONS,
    SubscriptionStatus,
    is_mark_of,
    mark_of,
)

CONFIRM_LETTER = N_(
    "请打开这个链接，确认用这个邮箱接收“{search}”的新消息：\n{link}\n\n{days} 天内有效。"
    "不是您订的，不用理会，不会再有信。"
)


async def subscribe(  # noqa: PLR0913 - who asks for what, in which language, and where the link leads
    email: str, search: Search, language: str, place: bytes, public_address: str, now: datetime
) -> None:
    """Mail the link that confirms. Whoever asks learns nothing of the address. Raises TooManyPosts, Conflict."""
    async with transaction():
        await note_post("subscription", place)
        known = await fetchval(
            "SELECT count(*) FROM subscription WHERE email = $1 AND status <> 'ended'", email
        )
        if known >= MOST_OF_AN_ADDRESS:
            raise Conflict(N_("一个邮箱最多订阅 {most} 项。请先打开邮件里的链接退订不用的。"), most=MOST_OF_AN_ADDRESS)
        identity = uuid4()
        await execute(
            "INSERT INTO subscription (id, email, question, language, status, told_until, asked_at)"
            " VALUES ($1, $2, $3, $4, 'waiting', $5, $6)",
            identity, email, search.query(), language, int(now.timestamp()), now,
        )  # fmt: skip
        body = translate(CONFIRM_LETTER, language).format(
            search=name_of(search, language), link=link(public_address, language, "/subscribe/confirm", identity),
            days=CONFIRM_WITHIN.days,
        )  # fmt: skip
        await post_mail(email, translate(N_("请确认订阅"), language), body, now)
        await record("subscription.asked", ("subscription", str(identity)), None, {}, now)


def name_of(search: Search, language: str) -> str:
    """A search in words for a letter."""
    kind = search.facets.get("kind", "")
    parts = [search.words, translate(KIND_LABELS[kind], language) if kind in KIND_LABELS else ""]
    return " ".join(part for part in parts if part) or translate(N_("全部公告、结果和合同"), language)


def link(address: str, language: str, path: str, subscription: UUID) -> str:
    """The address in a letter that confirms or ends."""
    prefix = "/en" if language == "en" else ""
    return f"{address}{prefix}{path}?s={subscription}&t={mark_of(subscription)}"


async def find_by_link(subscription: str, mark: str) -> dict[str, Any]:
    """The subscription that a link names. Raises NotFound for a wrong mark or one that is over."""
    try:
        identity = UUID(subscription)
    except ValueError:
        raise NotFound() from None
    row = await fetchrow("SELECT * FROM subscription WHERE id = $1 AND status <> 'ended'", identity)
    if row is None or not is_mark_of(identity, mark):
        raise NotFound()
    return dict(row)


async def confirm(subscription: str, mark: str, now: datetime) -> None:
    """From now on new finds are told. Twice does no harm. Raises NotFound."""
    async with transaction():
        found = await find_by_link(subscription, mark)
        status = SubscriptionStatus(found["status"])
        if status is SubscriptionStatus.CONFIRMED:
            return
        if now - found["asked_at"] > CONFIRM_WITHIN:
            raise NotFound()
        await execute(
            "UPDATE subscription SET status = $2, confirmed_at = $3, told_until = $4 WHERE id = $1 AND status = $5",
            found["id"], move(TRANSITIONS, status, to=SubscriptionStatus.CONFIRMED), now, int(now.timestamp()), status,
        )  # fmt: skip
        await record("subscription.confirmed", ("subscription", str(found["id"])), None, {}, now)


async def unsubscribe(subscription: str, mark: str, now: datetime) -> None:
    """No more letters, and the address is forgotten. Raises NotFound."""
    async with transaction():
        found = await find_by_link(subscription, mark)
        await execute(
            "UPDATE subscription SET status = $2, email = '', ended_at = $3 WHERE id = $1",
            found["id"], move(TRANSITIONS, SubscriptionStatus(found["status"]), to=SubscriptionStatus.ENDED), now,
        )  # fmt: skip
        await record("subscription.ended", ("subscription", str(found["id"])), None, {}, now)


async def tell_subscribers(index: SearchIndex, public_address: str, now: datetime) -> int:
    """Write to every confirmed address whose search finds something new; forget what nobody confirmed."""
    await execute("DELETE FROM subscription WHERE status = 'waiting' AND asked_at < $1", now - CONFIRM_WITHIN)
    letters, until = 0, int(now.timestamp())
    for row in await fetch("SELECT * FROM subscription WHERE status = 'confirmed' ORDER BY id"):
        asked = read_search(dict(parse_qsl(row["question"]))).question()
        since = max(asked.at_least.get("published", 0), row["told_until"] + 1)
        new = Question(
            asked.words, asked.facets, {**asked.at_least, "published": since},
            {**asked.at_most, "published": min(until, asked.at_most.get("published", until))}, most=MOST_IN_A_LETTER,
        )  # fmt: skip
        found = await asyncio.to_thread(index.ask, new)
        letters += bool(found.total) and await _tell(row, found, public_address, until, now)
    return letters


async def _tell(row: Mapping[str, Any], found: Answer, address: str, until: int, now: datetime) -> bool:
    async with transaction():
        # two workers may look at the same time: only the one that moves the mark writes
        moved = await fetchval(
            "UPDATE subscription SET told_until = $2 WHERE id = $1 AND told_until = $3 AND status = 'confirmed'"
            " RETURNING id",
            row["id"], until, row["told_until"],
        )  # fmt: skip
        if moved is not None:
            await post_mail(row["email"], *letter(row, found, address), now)
    return moved is not None


def letter(row: Mapping[str, Any], found: Answer, address: str) -> tuple[str, str]:
    """Subject and body of a letter with new finds; the last line ends the subscription."""
    language = row["language"]
    prefix = "/en" if language == "en" else ""
    lines = []
    for each in found.shown:
        title = each["title_en"] or each["title"] if language == "en" else each["title"]
        kind = translate(KIND_LABELS[each["kind"]], language)
        lines.append(f"{kind} {each['reference']} {title}\n{address}{prefix}{each['path']}")
    search = read_search(dict(parse_qsl(row["question"])))
    subject = translate(N_("“{search}”有 {total} 条新消息"), language).format(
        search=name_of(search, language), total=found.total
    )
    end = translate(N_("全部结果：{address}\n退订：{link}"), language).format(
        address=f"{address}{prefix}/search?{row['question']}", link=link(address, language, "/unsubscribe", row["id"])
    )
    return subject, "\n\n".join([*lines, end])
