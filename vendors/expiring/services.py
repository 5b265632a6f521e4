"""Tell providers which papers run out, once for each reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch, transaction
from marketplace.kernel.formats import day as written_day
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import post_mail
from vendors.expiring.queries import RunningOut, running_out
from vendors.expiring.rules import reminder_due
from vendors.providers.rules import PAPER_LABELS, PaperKind

_ENTER = """
    INSERT INTO paper_reminder (id, paper, days_before, sent_at)
    SELECT gen_random_uuid(), paper, days, $3 FROM unnest($1::uuid[], $2::int[]) AS due(paper, days)
    ON CONFLICT (paper, days_before) DO NOTHING RETURNING paper
"""


async def remind(now: datetime) -> int:
    """Send what is due: one letter a provider, whatever number of papers; gives how many papers were told of.

    Run again, or by two workers at once, it tells nobody twice. It changes no file and no bid.
    """
    day = county_day(now)
    due = [(paper, days) for paper in await running_out(day) if (days := _untold(paper, day)) is not None]
    if not due:
        return 0
    async with transaction():
        entered = await fetch(_ENTER, [paper.id for paper, _ in due], [days for _, days in due], now)
        told = {row["paper"] for row in entered}
        papers = [paper for paper, _ in due if paper.id in told]
        addresses = await _addresses({paper.organisation for paper in papers})
        for organisation, group in groupby(papers, key=lambda paper: paper.organisation):
            await _write(addresses.get(organisation, []), list(group), now)
    return len(told)


def _untold(paper: RunningOut, day: date) -> int | None:
    days = reminder_due(paper.valid_until, day)
    # a later reminder was sent before: an earlier one would come as an afterthought
    return None if days is None or any(told <= days for told in paper.told) else days


async def _addresses(organisations: set[UUID]) -> dict[UUID, list[str]]:
    rows = await fetch(
        "SELECT m.organisation, array_agg(DISTINCT x.email ORDER BY x.email) AS emails FROM membership m"
        " JOIN person x ON x.id = m.person AND x.is_active AND x.email <> ''"
        " WHERE m.organisation = ANY($1) AND m.role = 'provider' GROUP BY m.organisation",
        list(organisations),
    )
    return {row["organisation"]: row["emails"] for row in rows}


async def _write(emails: Sequence[str], papers: Sequence[RunningOut], now: datetime) -> None:
    lines = [f"- {translate(PAPER_LABELS[PaperKind(p.kind)])}：{written_day(p.valid_until)}" for p in papers]
    subject = translate(N_("{count} 份材料将要到期")).format(count=len(papers))
    body = translate(
        N_(
            "本机构资料里有材料将要到期，最后有效日如下：\n{papers}\n\n"
            "请登录后打开“本机构资料”里的“材料”，在那一行按“换新”。到期不会改动您的资料和已封存的投标。"
        )
    ).format(papers="\n".join(lines))
    for email in emails:
        await post_mail(email, subject, body, now)
