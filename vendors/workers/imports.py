"""A whole roster from a spreadsheet: looked through first, then all of it or nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.gateways.delimited import read_table
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import CellMistake, SheetRow
from marketplace.kernel.db import transaction
from marketplace.kernel.i18n import N_
from vendors.workers.queries import roster
from vendors.workers.services import NewWorker, add_worker
from vendors.workers.sheets import columns_for, look_through
from vendors.workers.spells import employer_of

MOST_WORKERS = 500


@dataclass(frozen=True)
class Preview:
    """A roster looked through: every row, the mistakes by cell, and the spells that are new."""

    rows: list[SheetRow]
    mistakes: list[CellMistake]
    new: list[dict[str, Any]]


async def preview_roster(name: str, content: bytes, actor: Actor) -> Preview:
    """Every row against what stands; nothing is saved. Raises FileRefused for another table."""
    actor.check_may(Permission.MANAGE_WORKERS)
    columns = columns_for(await employer_of(actor))
    sheet = await asyncio.to_thread(read_table, name, content, columns, MOST_WORKERS)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    standing = await roster(actor.organisation_id)
    new = look_through(sheet, [(r["name"], r["certificate_number"], r["employed_from"]) for r in standing])
    return Preview(sheet.rows, sheet.mistakes, new)


async def enter_roster(preview: Preview, actor: Actor, now: datetime) -> int:
    """Enter every new spell in one act; gives how many."""
    async with transaction():
        for values in preview.new:
            facts = {name: value for name, value in values.items() if name != "community"}
            await add_worker(NewWorker(**facts), actor, now, values.get("community") or "")
    return len(preview.new)
