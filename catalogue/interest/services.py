"""Take documents, follow a listing, and tell those concerned.

Whatever says that somebody is interested is audited in the listing's own stream, which stays hidden until the
deadline (R-DOC-08).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalogue.interest.rules import check_documents_available
from catalogue.interest.tables import ListingFollower
from catalogue.listings.inviting.queries import check_may_read_documents
from catalogue.listings.queries import listing_page, lock_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.i18n import Sentence, current_language
from marketplace.kernel.outbox.services import post_mail


async def take_documents(reference: str, actor: Actor, now: datetime) -> None:
    """Take the documents for one's organisation; nobody is screened (R-QUAL-01) and twice does no harm.

    Raises NotFound, Conflict outside the document period.
    """
    actor.check_may(Permission.TAKE_DOCUMENTS)
    found = await listing_page(reference)
    await check_may_read_documents(found, actor)
    listing = found["id"]
    async with transaction():
        row = await lock_listing(listing, "SHARE")
        check_documents_available(row, now)
        await _note_taking(listing, actor, now)


async def note_bidder(listing: UUID, actor: Actor, now: datetime) -> None:
    """A bidder has the documents by bidding, so that changes reach it."""
    async with transaction():
        await _note_taking(listing, actor, now)


async def _note_taking(listing: UUID, actor: Actor, at: datetime) -> None:
    noted = await fetchval(
        "INSERT INTO document_taking (id, listing, organisation, person, language, taken_at)"
        " VALUES (gen_random_uuid(), $1, $2, $3, $4, $5) ON CONFLICT (listing, organisation) DO NOTHING RETURNING id",
        listing, actor.organisation_id, actor.person_id, current_language.get(), at,
    )  # fmt: skip
    if noted:
        await record("documents.taken", ("listing", str(listing)), actor, {}, at, f"listing:{listing}")


async def follow_listing(reference: str, actor: Actor, now: datetime) -> None:
    """Ask for a mail whenever something about the listing changes; twice does no harm. Raises NotFound."""
    listing = (await listing_page(reference))["id"]
    async with transaction():
        await lock_listing(listing, "SHARE")
        following = await fetchval(
            "SELECT id FROM listing_follower WHERE listing = $1 AND person = $2 FOR UPDATE", listing, actor.person_id
        )
        if following is None:
            await insert(
                ListingFollower, listing=listing, person=actor.person_id, language=current_language.get(), since=now
            )
            await record("listing.followed", ("listing", str(listing)), actor, {}, now, f"listing:{listing}")


async def unfollow_listing(reference: str, actor: Actor, now: datetime) -> None:
    """No more mails. Raises NotFound."""
    listing = (await listing_page(reference))["id"]
    async with transaction():
        gone = await fetchval(
            "DELETE FROM listing_follower WHERE listing = $1 AND person = $2 RETURNING id", listing, actor.person_id
        )
        if gone:
            await record("listing.unfollowed", ("listing", str(listing)), actor, {}, now, f"listing:{listing}")


async def tell_interested(listing: UUID, subject: Sentence, body: Sentence, at: datetime) -> None:
    """A mail to each who took the documents, was invited or follows, alone and in their language; gives no number back.

    One that cannot be sent stays out of every list until the deadline.
    """
    closes_at = await fetchval("SELECT closes_at FROM listing WHERE id = $1", listing)
    rows = await fetch(
        "SELECT p.email, min(i.language) AS language FROM ("
        " SELECT person, language FROM document_taking WHERE listing = $1"
        " UNION ALL SELECT person, language FROM listing_follower WHERE listing = $1"
        # the invited hear of every change, whether they took the documents yet or not
        " UNION ALL SELECT m.person, 'zh' FROM listing_invitation v JOIN membership m"
        " ON m.organisation = v.organisation AND m.role = 'provider' WHERE v.listing = $1) i"
        " JOIN person p ON p.id = i.person WHERE p.is_active AND p.email <> '' GROUP BY p.email",
        listing,
    )
    for row in rows:
        await mail_in(row["language"], row["email"], (subject, body), at, closes_at)


async def mail_in(
    language: str, to: str, letter: tuple[Sentence, Sentence], at: datetime, hidden_until: datetime | None
) -> None:
    """A mail in one reader's language: moments and nested sentences too."""
    token = current_language.set(language)
    try:
        await post_mail(to, str(letter[0]), str(letter[1]), at, hidden_until=hidden_until)
    finally:
        current_language.reset(token)


async def hide_waiting_mails(earlier: datetime, later: datetime) -> None:
    """A deadline moved: mails hidden until the earlier one stay hidden until the later one."""
    await execute("UPDATE outbox_message SET hidden_until = $2 WHERE hidden_until = $1", earlier, later)
