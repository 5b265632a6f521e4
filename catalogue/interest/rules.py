"""When documents may be taken, and the one thing that may be known of those who took them. All pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from catalogue.listings.methods import row_of
from catalogue.listings.rules import Status, runs, shown_status
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.moments import Moment

SHORTAGE_LIMIT = "R-COUNT-01/extend_below"


def documents_end(listing: Mapping[str, Any]) -> datetime:
    """Until when documents may be taken: the period's end, or the closing time where none is set."""
    until: datetime = listing["documents_until"] or listing["closes_at"]
    return until


def may_take_documents(listing: Mapping[str, Any], now: datetime) -> bool:
    """Whether the period runs; nothing about the one who asks is looked at (R-QUAL-01)."""
    return (
        shown_status(listing["status"], listing["closes_at"], now) == Status.PUBLISHED
        and not is_before_issue(listing, now)
        and now < documents_end(listing)
    )


def is_before_issue(listing: Mapping[str, Any], now: datetime) -> bool:
    """Whether the documents are announced for a later day than the notice."""
    issued: datetime | None = listing["documents_from"]
    return issued is not None and now < issued


def check_documents_available(listing: Mapping[str, Any], now: datetime) -> None:
    """Documents are handed out during the printed period (R-TIME-03, R-TIME-08). Raises Conflict."""
    if shown_status(listing["status"], listing["closes_at"], now) != Status.PUBLISHED:
        raise Conflict(N_("这个项目现在不接受投标，不再提供采购文件。公告内容仍然公开，可以继续查看。"))
    if is_before_issue(listing, now):
        words = N_("采购文件从 {issued} 起提供。请到时再来；要收到通知，请关注公告。")
        raise Conflict(words, issued=Moment(listing["documents_from"]))
    if now >= documents_end(listing):
        raise Conflict(
            N_(
                "采购文件获取期限已于 {until} 届满。公告全文仍然公开，截止前仍可以封存投标文件；"
                "要收到更正通知，请关注公告。"
            ),
            clause=row_of(listing).documents or row_of(listing).clause,
            until=Moment(documents_end(listing)),
        )  # fmt: skip


def may_learn_of_shortage(actor: Actor, listing: Mapping[str, Any], now: datetime) -> bool:
    """Only the one handling the listing, after the document period and before the deadline (R-COUNT-01)."""
    return (
        actor.may(Permission.DRAFT_LISTING)
        and runs(actor, listing, Entrusted.CHANGE)
        and listing["documents_until"] is not None
        and listing["documents_until"] <= now < listing["closes_at"]
        and listing["status"] == Status.PUBLISHED
    )
