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
from marketplace.kernel.db import fetch, transaction
from marketplace.kernel.i18n import N_
from vendors.providers.queries import own_provider
from vendors.workers.services import NewWorker, add_worker
from vendors.workers.sheets import COLUMNS, look_through

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
    provider = await own_provider(actor)
    sheet = await asyncio.to_thread(read_table, name, content, COLUMNS, MOST_WORKERS)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    standing = await fetch(
        "SELECT name, certificate_number, employed_from FROM worker WHERE provider = $1", provider["id"]
    )
    new = look_through(sheet, [(r["name"], r["certificate_number"], r["employed_from"]) for r in standing])
    return Preview(sheet.rows, sheet.mistakes, new)


async def enter_roster(preview: Preview, actor: Actor, now: datetime) -> int:
    """Enter every new spell in one act; gives how many."""
    async with transaction():
        for values in preview.new:
            await add_worker(NewWorker(**values), actor, now)
    return len(preview.new)
