"""Publish an edition of the directory."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.items.rules import FIRST_EDITION, NewEdition, NewItem, check_edition, read_edition
from catalogue.items.tables import Edition, Item
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction

LOADING_LOCK = 7_301_020


async def publish_edition(edition: NewEdition, items: tuple[NewItem, ...], actor: Actor | None, now: datetime) -> UUID:
    """Publish a new edition; earlier ones stay as they were. No actor: the first edition that ships with the county."""
    if actor is not None:
        actor.check_may(Permission.EDIT_CATALOGUE)
    check_edition(items)
    async with transaction():
        edition_id: UUID = await insert(
            Edition, name=edition.name, name_en=edition.name_en, document=edition.document,
            document_en=edition.document_en, effective_on=edition.effective_on, published_at=now,
        )  # fmt: skip
        for position, item in enumerate(items, start=1):
            await insert(
                Item, edition=edition_id, position=position, code=item.code, category=item.category.value,
                name=item.name, name_en=item.name_en, content=item.content, content_en=item.content_en,
                unit=item.unit, unit_en=item.unit_en, evidence=item.evidence, evidence_en=item.evidence_en,
                legal_forms=[form.value for form in item.legal_forms], logs_visits=item.logs_visits,
            )  # fmt: skip
        detail = {"name": edition.name, "document": edition.document, "items": str(len(items))}
        await record("catalogue.edition_published", ("edition", str(edition_id)), actor, detail, now)
    return edition_id


async def load_first_edition(now: datetime) -> None:
    """Load the edition of the county's plan if no edition is there yet; safe to call at every start."""
    async with transaction():
        # two processes start at once: the second waits here and then finds the edition
        await execute("SELECT pg_advisory_xact_lock($1)", LOADING_LOCK)
        if await fetchval("SELECT count(*) FROM edition") == 0:
            edition, items = read_edition(FIRST_EDITION)
            await publish_edition(edition, items, None, now)
