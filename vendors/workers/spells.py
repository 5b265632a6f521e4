"""The spell an employer has in hand: whose row it is, and which of the person's spells share its days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.kernel.db import fetchrow
from marketplace.kernel.errors import NotFound

Row = dict[str, Any]


@dataclass(frozen=True)
class Employer:
    """A provider, or a town with the community the worker serves in."""

    provider: UUID | None = None
    town: UUID | None = None
    community: str = ""


async def employer_of(actor: Actor) -> Employer:
    """Whom the actor keeps the roster for: a provider or a town. Raises NotFound for people of other offices."""
    row = await fetchrow(
        "SELECT o.kind, p.id AS provider FROM organisation o LEFT JOIN provider p ON p.organisation = o.id"
        " WHERE o.id = $1",
        actor.organisation_id,
    )
    if row is None or (row["provider"] is None and row["kind"] != "town"):
        raise NotFound()
    return Employer(provider=row["provider"]) if row["provider"] else Employer(town=actor.organisation_id)


# a spell, with the organisation that employs
SPELL = (
    "SELECT w.*, pe.username, coalesce(p.organisation, w.town) AS employer FROM worker w"
    " LEFT JOIN provider p ON p.id = w.provider LEFT JOIN person pe ON pe.id = w.person"
)
_OWN = SPELL + " WHERE w.id = $1 AND coalesce(p.organisation, w.town) = $2"


async def own_worker(worker: UUID, visible_to: Actor) -> Row:
    """One spell with the actor's own organisation. Raises NotFound for strangers."""
    row = await fetchrow(_OWN, worker, visible_to.organisation_id)
    if row is None:
        raise NotFound()
    return dict(row)


async def lock_worker(worker: UUID, actor: Actor) -> Row:
    """The same, held until the transaction ends."""
    row = await fetchrow(_OWN + " FOR UPDATE OF w", worker, actor.organisation_id)
    if row is None:
        raise NotFound()
    return dict(row)
