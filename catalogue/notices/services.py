"""Publish a paper: press it, keep its bytes and its content, and enter both hashes for good."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalogue.notices.content import Paper, canonical
from catalogue.notices.official import official_page
from catalogue.notices.queries import PDF, latest_paper
from catalogue.notices.tables import OfficeContact, PublishedPaper
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.gateways.papers import Press
from marketplace.kernel.db import fetchval, insert, transaction


@dataclass(frozen=True)
class Place:
    """Where a paper belongs: the reference it stands under, its name in the address, its listing."""

    subject: str
    slug: str
    listing: UUID | None


@dataclass(frozen=True)
class Shop:
    """What papers are made with and where they are kept."""

    press: Press
    store: DocumentStore


async def publish_paper(paper: Paper, place: Place, shop: Shop, actor: Actor | None, now: datetime) -> dict[str, Any]:
    """The published PDF of a paper; pressed only when what it says is new. Raises PaperRefused."""
    content = canonical(paper)
    kept = await shop.store.put(content, f"{place.slug}.json")
    before = await latest_paper(place.subject, place.slug)
    if before and before["content_sha256"] == kept.sha256:
        return before
    pdf = await shop.press.press(official_page(paper))
    return await enter_paper(paper.title, place, (PDF, pdf, kept.key), shop, (actor, now))


async def enter_paper(
    title: str, place: Place, file: tuple[str, bytes, str], shop: Shop, act: tuple[Actor | None, datetime]
) -> dict[str, Any]:
    """Keep a file and enter it as the next version of its paper: (media type, bytes, key of its content)."""
    (media_type, content, content_key), (actor, now) = file, act
    kept = await shop.store.put(content, place.slug)
    async with transaction():
        # two who publish the same paper at once make two versions, one after the other
        await fetchval("SELECT pg_advisory_xact_lock(hashtext($1))", f"paper:{place.subject}:{place.slug}")
        before = await latest_paper(place.subject, place.slug, media_type)
        if before and before["sha256"] == kept.sha256:
            return before
        await insert(
            PublishedPaper, subject=place.subject, slug=place.slug, listing=place.listing, title=title[:300],
            version=(before["version"] if before else 0) + 1, media_type=media_type, content_key=content_key,
            content_sha256=content_key.rpartition("/")[2], storage_key=kept.key, sha256=kept.sha256, size=kept.size,
            published_by=actor.person_id if actor else None, published_at=now,
        )  # fmt: skip
        detail = {"slug": place.slug, "sha256": kept.sha256, "size": str(kept.size)}
        await record("paper.published", ("paper", place.subject), actor, detail, now)
    found = await latest_paper(place.subject, place.slug, media_type)
    assert found is not None
    return found


async def save_contact(address: str, person: str, phone: str, actor: Actor, now: datetime) -> None:
    """Say how the actor's own office is reached; notices published from now on carry it (R-DOC-01)."""
    actor.check_may(Permission.DRAFT_LISTING)
    async with transaction():
        changed = await fetchval(
            "UPDATE office_contact SET address = $2, person = $3, phone = $4, changed_by = $5, changed_at = $6"
            " WHERE organisation = $1 RETURNING id",
            actor.organisation_id, address, person, phone, actor.person_id, now,
        )  # fmt: skip
        if changed is None:
            await insert(
                OfficeContact, organisation=actor.organisation_id, address=address, person=person, phone=phone,
                changed_by=actor.person_id, changed_at=now,
            )  # fmt: skip
        detail = {"address": address, "person": person, "phone": phone}
        await record("office.contact_saved", ("organisation", str(actor.organisation_id)), actor, detail, now)
