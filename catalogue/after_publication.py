"""What the catalogue tells of a published listing besides its content: answers, and how to hear of changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from catalogue.interest.queries import follows, own_taking, too_few_took_documents
from catalogue.interest.rules import SHORTAGE_LIMIT, documents_end, may_take_documents
from catalogue.interruptions.queries import suspensions_of
from catalogue.interruptions.rules import SUSPENSION_GROUNDS, refund_by
from catalogue.listings.version_queries import versions_of
from catalogue.listings.versions import KIND_LABELS
from catalogue.questions.queries import answered
from catalogue.relisting.queries import lots_to_relist, taken_up_by, takes_up
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import read_ahead
from marketplace.kernel.rulebook import number


async def after_publication(listing: dict[str, Any], actor: Actor | None, now: datetime) -> dict[str, Any]:
    """What `catalogue/listings/_after_publication.html` needs; only one's own interest is in it (R-COUNT-01)."""
    takes = actor is not None and actor.may(Permission.TAKE_DOCUMENTS)
    await read_ahead(
        suspensions_of(listing["id"]), takes_up(listing["id"]), taken_up_by(listing["id"], actor),
        lots_to_relist(listing["id"], actor), answered(listing["id"]), versions_of(listing["id"]),
        *([own_taking(listing["id"], actor), follows(listing["id"], actor)] if actor else []),
    )  # fmt: skip
    return {
        "suspensions": await suspensions_of(listing["id"]),
        "suspension_grounds": SUSPENSION_GROUNDS,
        "refund_by": refund_by(listing),
        "takes_up": await takes_up(listing["id"]),
        "taken_up_by": await taken_up_by(listing["id"], actor),
        "ended_lots": await lots_to_relist(listing["id"], actor),
        "answered": await answered(listing["id"]),
        "versions": await versions_of(listing["id"]),
        "version_kind_labels": KIND_LABELS,
        "takes_documents": takes,
        "documents_taken_at": await own_taking(listing["id"], actor) if actor and takes else None,
        "may_take_documents": may_take_documents(listing, now),
        "documents_end": documents_end(listing),
        "too_few_took_documents": actor is not None and await too_few_took_documents(listing, actor, now),
        "shortage_limit": number(SHORTAGE_LIMIT, listing["rules_on"] or county_day(now)),
        "is_following": actor is not None and await follows(listing["id"], actor),
    }
