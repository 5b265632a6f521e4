"""Mails about service orders; they name no resident and no kind of help, the order is read on its page."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]


async def _tell(office: UUID, permission: Permission, words: str, order: Row, now: datetime) -> None:
    roles = sorted(role.value for role, held in ROLE_PERMISSIONS.items() if permission in held)
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active AND p.email <> ''"
        " WHERE m.organisation = $1 AND m.role = ANY($2::text[]) ORDER BY p.email",
        office, roles,
    )  # fmt: skip
    named = say(words, reference=order["reference"], day=Day(order["answer_by"]), due=Day(order["due_on"]))
    body = f"{named.text('zh')}\n{named.text('en')}\n\n/orders/{order['reference']}"
    for row in rows:
        await post_mail(row["email"], named.text("zh"), body, now)


async def tell_asked(order: Row, now: datetime) -> None:
    """The provider answers within its days, or goes on with what came back."""
    words = N_("服务工单 {reference} 等您答复，请在 {day}以前接受或者谢绝；完成期限 {due}。")
    if order["status"] == "accepted":
        words = N_("服务工单 {reference} 被退回补做，完成期限 {due}。")
    await _tell(order["provider_organisation"], Permission.ANSWER_ORDERS, words, order, now)


async def tell_town(order: Row, words: str, now: datetime) -> None:
    """The town that asked learns what became of it; of a restricted case only the named few (R-CHILD-01)."""
    permission = Permission.HANDLE_CASES if order["capacity"] == "full" else Permission.SEE_RESTRICTED_CASES
    await _tell(order["town"], permission, words, order, now)


async def tell_silent(order: Row, now: datetime) -> None:
    """Nobody answered: the provider's head and the town are told (R-ORDER-01)."""
    words = N_("服务工单 {reference} 在 {day}以前没有答复。请马上接受或者谢绝；镇（街道）可以改派。")
    await _tell(order["provider_organisation"], Permission.SIGN_FOR_PROVIDER, words, order, now)
    await tell_town(order, N_("服务工单 {reference} 没有按时答复，可以改派。"), now)
