"""Mails about a handover to those who have to act next; they name no resident, the list is read on its page."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Day
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]
ROLES = sorted(role.value for role, permissions in ROLE_PERMISSIONS.items() if Permission.HAND_OVER in permissions)


async def _tell(offices: Collection[UUID], words: Sentence, reference: str, now: datetime) -> None:
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active AND p.email <> ''"
        " WHERE m.organisation = ANY($1::uuid[]) AND m.role = ANY($2::text[]) ORDER BY p.email",
        list(offices), ROLES,
    )  # fmt: skip
    body = f"{words.text('zh')}\n{words.text('en')}\n\n/handovers/{reference}"
    for row in rows:
        await post_mail(row["email"], words.text("zh"), body, now)


async def tell_opened(reference: str, contract: Row, now: datetime) -> None:
    """The outgoing provider fills the list in."""
    words = N_("合同 {contract} 的服务对象要移交，请填写移交清单，在服务期满（{day}）以前交出。")
    named = say(words, contract=contract["reference"], day=Day(contract["service_to"]))
    await _tell([contract["provider_organisation"]], named, reference, now)


async def tell_sent(handover: Row, offices: Collection[UUID], due: date, now: datetime) -> None:
    """The next provider and the towns look through what concerns them and confirm or send it back."""
    words = N_("合同 {contract} 的移交清单已经交出，请在 {day}以前核对、确认或者退回；没有答复的视为确认。")
    await _tell(offices, say(words, contract=handover["contract_reference"], day=Day(due)), handover["reference"], now)


async def tell_returned(handover: Row, reason: str, now: datetime) -> None:
    """The outgoing provider mends the list."""
    words = N_("合同 {contract} 的移交清单被退回：{reason}")
    named = say(words, contract=handover["contract_reference"], reason=reason)
    await _tell([handover["outgoing"]], named, handover["reference"], now)


async def tell_done(handover: Row, offices: Collection[UUID], now: datetime) -> None:
    """Everybody who is part of it knows who goes on."""
    words = N_("合同 {contract} 的服务对象移交完成。")
    await _tell(offices, say(words, contract=handover["contract_reference"]), handover["reference"], now)
