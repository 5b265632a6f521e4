"""Mails about reports of harm: they name a number and a deadline, never a resident or what happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from marketplace.accounts.permissions import ROLE_PERMISSIONS, Permission
from marketplace.kernel.db import fetch
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]


def roles_with(permission: Permission) -> list[str]:
    """The roles that hold a permission."""
    return sorted(role.value for role, held in ROLE_PERMISSIONS.items() if permission in held)


async def _post(rows: list[Any], said: Sentence, link: str, now: datetime) -> None:
    for row in rows:
        await post_mail(row["email"], said.text("zh"), f"{said.text('zh')}\n{said.text('en')}\n\n{link}", now)


async def tell_officers(report: Row, now: datetime) -> None:
    """The officer on duty, or everybody named of the office where nobody is."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM person p LEFT JOIN membership m ON m.person = p.id AND m.organisation = $2"
        " WHERE p.is_active AND p.email <> '' AND (p.id = $1 OR ($1::uuid IS NULL AND m.role = ANY($3::text[])))"
        " ORDER BY p.email",
        report["officer"], report["office"], roles_with(Permission.SEE_RESTRICTED_CASES),
    )  # fmt: skip
    said = say(N_("保护报告 {reference} 等您接手，最迟 {at}。"), reference=report["reference"],
               at=Moment(report["take_by"]))  # fmt: skip
    await _post(rows, said, f"/safeguarding/reports/{report['reference']}", now)


async def tell_county(report: Row, office_name: str, now: datetime) -> None:
    """Nobody took it up: those of the county who oversee cases call the town; the mail says no more than that."""
    rows = await fetch(
        "SELECT DISTINCT p.email FROM membership m JOIN person p ON p.id = m.person AND p.is_active AND p.email <> ''"
        " WHERE m.role = ANY($1::text[]) ORDER BY p.email",
        roles_with(Permission.OVERSEE_CASES),
    )
    words = N_("保护报告 {reference} 到 {at} 还没有人接手。请马上打电话给 {office}。")
    said = say(words, reference=report["reference"],
               at=Moment(report["take_by"]), office=office_name)  # fmt: skip
    await _post(rows, said, "", now)

