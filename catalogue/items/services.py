"""Publish an edition of the directory."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from catalogue.items.rules import FIRST_EDITION, NewEdition, NewItem, check_edition, read_edition
from catalogue.items.tables import Edition
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import Statement, execute, execute_many, fetchval, insert, transaction

LOADING_LOCK = 7_301_020
_ITEM = (
    "INSERT INTO item (id, edition, position, code, category, name, name_en, content, content_en, unit, unit_en,"
    " evidence, evidence_en, legal_forms, logs_visits)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
)


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
        await execute_many([_written(edition_id, each, item) for each, item in enumerate(items, start=1)])
        detail = {"name": edition.name, "document": edition.document, "items": str(len(items))}
        await record("catalogue.edition_published", ("edition", str(edition_id)), actor, detail, now)
    return edition_id


def _written(edition: UUID, position: int, item: NewItem) -> Statement:
    return Statement(_ITEM, (
        uuid4(), edition, position, item.code, item.category.value, item.name, item.name_en, item.content,
        item.content_en, item.unit, item.unit_en, item.evidence, item.evidence_en,
        [form.value for form in item.legal_forms], item.logs_visits,
    ))  # fmt: skip


async def load_first_edition(now: datetime) -> None:
    """Load the edition of the county's plan if no edition is there yet; safe to call at every start."""
    async with transaction():
        # two processes start at once: the second waits here and then finds the edition
        await execute("SELECT pg_advisory_xact_lock($1)", LOADING_LOCK)
        if await fetchval("SELECT count(*) FROM edition") == 0:
            edition, items = read_edition(FIRST_EDITION)
            await publish_edition(edition, items, None, now)
