"""The county's workers as civil affairs reads them: numbers are hidden, and shown for a purpose."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.accounts.trail import record
from marketplace.kernel.db import fetch, fetchrow, fetchval, transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_
from vendors.workers.rules import masked
from vendors.workers.spells import Row

WORKERS_SHOWN = 50
_COUNTY = (
    "SELECT w.*, o.name AS employer, o.name_en AS employer_en, o.id AS organisation FROM worker w"
    " LEFT JOIN provider p ON p.id = w.provider JOIN organisation o ON o.id = coalesce(p.organisation, w.town)"
)


# employers are looked up once each, and only the rows of the page are read whole
_PAGE = f"""
WITH employer AS MATERIALIZED (SELECT e.id, o.name, o.name_en, o.sort_key
  FROM (SELECT DISTINCT coalesce(provider, town) AS id FROM worker) e CROSS JOIN LATERAL (
    SELECT o.* FROM organisation o
    WHERE o.id = coalesce((SELECT p.organisation FROM provider p WHERE p.id = e.id), e.id) LIMIT 1) o),
found AS MATERIALIZED (SELECT w.id, w.employed_to IS NOT NULL AS has_left, e.sort_key, w.community, w.name
  FROM worker w JOIN employer e ON e.id = coalesce(w.provider, w.town)
  WHERE ($1 = '' OR ($1 = 'community') = (w.town IS NOT NULL))
  AND ($2 = '' OR strpos(lower(concat_ws(' ', w.name, w.community, e.name, e.name_en)), lower($2)) > 0)),
shown AS (SELECT * FROM found ORDER BY has_left, sort_key, community, name, id LIMIT {WORKERS_SHOWN} OFFSET $3)
SELECT c.*, (SELECT count(*) FROM found) AS total FROM shown s JOIN ({_COUNTY}) c USING (id)
ORDER BY s.has_left, s.sort_key, s.community, s.name, s.id
"""


async def county_workers(kind: str = "", words: str = "", number: int = 1) -> list[Row]:
    """A page of everybody on a roster of the county, or of one `kind` of employer; `total` counts all of them.

    `words` are looked for in the names of worker, community and employer; of a certificate's number only the end shows.
    """
    rows = await fetch(_PAGE, kind, words, (number - 1) * WORKERS_SHOWN)
    return [{**dict(r), "certificate_number": masked(r["certificate_number"])} for r in rows]


async def county_worker(worker: UUID) -> Row:
    """One worker with the file, if there is one, of the number only the end. Raises NotFound."""
    row = await fetchrow(_COUNTY + " WHERE w.id = $1", worker)
    if row is None:
        raise NotFound()
    file = await fetchrow("SELECT * FROM worker_file WHERE id = $1", row["file"])
    number = masked(row["certificate_number"])
    return {**dict(row), "certificate_number": number, "held": dict(file) if file else None}


async def see_certificate(worker: UUID, purpose: str, actor: Actor, now: datetime) -> str:
    """The whole number of a certificate, noted with its purpose for the worker to read. Raises NotFound."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    row = await fetchrow(_COUNTY + " WHERE w.id = $1", worker)
    if row is None or not row["certificate_number"]:
        raise NotFound()
    async with transaction():
        # who has no account yet is told through the employer
        whose = {"of_person": row["person"]} if row["person"] else {"of_organisation": row["organisation"]}
        look = Look(N_("证书编号"), masked(row["certificate_number"]), purpose, **whose)
        await note_look(look, ("worker", str(worker)), actor, now)
    return str(row["certificate_number"])


async def set_establishment(worker: UUID, establishment: str, actor: Actor, now: datetime) -> None:
    """Civil affairs records whether a post is on the establishment (`on`, `off`). Raises NotFound (R-SOCW-05)."""
    actor.check_may(Permission.CHECK_PROVIDERS)
    async with transaction():
        if not await fetchval("UPDATE worker SET establishment = $2 WHERE id = $1 RETURNING id", worker, establishment):
            raise NotFound()
        detail = {"outcome": establishment}
        await record("worker.establishment_set", ("worker", str(worker)), actor, detail, now)
