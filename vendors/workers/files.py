"""The file of one social worker across employers: spells that may overlap, exams, study, towns, consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, together, transaction
from marketplace.kernel.errors import Conflict, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from vendors.workers.rules import is_recent_graduate
from vendors.workers.tables import WorkerFile

Row = dict[str, Any]

# a try at an examination, with who confirmed its support
EXAMS = "SELECT e.*, c.name AS confirmed_by_name FROM worker_exam e LEFT JOIN person c ON c.id = e.confirmed_by"

_OVERLAPS = """
SELECT 1 FROM worker x WHERE x.file = $1 AND x.id <> $2 AND x.is_full_time AND NOT x.is_disputed
  AND daterange(x.employed_from, x.employed_to, '[]') && daterange($3::date, $4::date, '[]')
"""


async def file_for(certificate_number: str, now: datetime) -> UUID:
    """The file a certificate belongs to, made when it is new; without a certificate always a new one."""
    if certificate_number:
        await execute("SELECT pg_advisory_xact_lock(hashtext('worker_file ' || $1))", certificate_number)
        if found := await fetchval("SELECT id FROM worker_file WHERE certificate_number = $1", certificate_number):
            return UUID(str(found))
    made: UUID = await insert(WorkerFile, certificate_number=certificate_number, opened_at=now)
    return made


async def file_under(number: str, row: Row, is_correction: bool, now: datetime) -> UUID:
    """The file a spell belongs to under another certificate number: that of the number, otherwise the person's own.

    A new certificate leaves the file with the person and all employers; a number that was wrong takes only this spell
    out of a file that others share.
    """
    own: UUID = row["file"] or await file_for("", now)
    if not number or number == row["certificate_number"]:
        return own
    await execute("SELECT pg_advisory_xact_lock(hashtext('worker_file ' || $1))", number)
    is_shared = await fetchval("SELECT 1 FROM worker WHERE file = $1 AND id <> $2", own, row["id"])
    found = await fetchval("SELECT id FROM worker_file WHERE certificate_number = $1", number)
    if found and found != own:
        if not is_shared:
            await join_files(UUID(str(found)), own)
        return UUID(str(found))
    if is_shared and is_correction:
        return await file_for(number, now)
    await execute("UPDATE worker_file SET certificate_number = $2 WHERE id = $1", own, number)
    return own


async def join_files(kept: UUID, dropped: UUID) -> None:
    """What one file holds besides spells goes over to another file of the same person; what stands there is kept."""
    await execute("UPDATE worker_consent SET file = $1 WHERE file = $2", kept, dropped)
    await execute(
        "UPDATE worker_exam e SET file = $1 WHERE file = $2 AND NOT EXISTS (SELECT 1 FROM worker_exam k"
        " WHERE k.file = $1 AND (k.year, k.level) = (e.year, e.level))",
        kept, dropped,
    )  # fmt: skip
    await execute(
        "INSERT INTO worker_town (id, file, town) SELECT gen_random_uuid(), $1, town FROM worker_town"
        " WHERE file = $2 ON CONFLICT DO NOTHING",
        kept, dropped,
    )  # fmt: skip
    hashed = await fetchval("SELECT identity_hash FROM worker_file WHERE id = $1", dropped)
    await execute("UPDATE worker_file SET identity_hash = NULL WHERE id = $1", dropped)
    await execute(
        "UPDATE worker_file k SET identity_hash = coalesce(k.identity_hash, $3),"
        " degree = CASE WHEN k.degree = 'none' THEN d.degree ELSE k.degree END,"
        " degree_study = CASE WHEN k.degree_study = '' THEN d.degree_study ELSE k.degree_study END,"
        " graduated_on = coalesce(k.graduated_on, d.graduated_on), consented_at = CASE WHEN k.withdrawn_at IS NULL"
        " THEN coalesce(k.consented_at, d.consented_at) END FROM worker_file d WHERE k.id = $1 AND d.id = $2",
        kept, dropped, hashed,
    )  # fmt: skip


async def is_overlapping(file: UUID, own: UUID | None, spell: tuple[date, date | None]) -> bool:
    """Whether another full-time spell of the same person shares a day with this one."""
    return bool(await fetchval(_OVERLAPS, file, own or uuid4(), *spell))


async def settle(file: UUID) -> None:
    """After a spell has ended, what was disputed and shares no day with another any more is disputed no longer."""
    waiting = await fetch(
        "SELECT id, employed_from, employed_to FROM worker WHERE file = $1 AND is_disputed"
        " ORDER BY added_at FOR UPDATE",
        file,
    )
    for spell in waiting:
        if not await is_overlapping(file, spell["id"], (spell["employed_from"], spell["employed_to"])):
            await execute("UPDATE worker SET is_disputed = false WHERE id = $1", spell["id"])


async def overlaps(organisation: UUID | None = None, worker: UUID | None = None) -> list[Row]:
    """Disputed spells with the spell they overlap; of one employer or spell, or all of them for civil affairs."""
    rows = await fetch(
        "SELECT a.id, a.name, a.certificate_level, a.employed_from, a.employed_to, ea.name AS employer,"
        " ea.name_en AS employer_en, b.employed_from AS other_from, b.employed_to AS other_to,"
        " eb.name AS other_employer,"
        " eb.name_en AS other_employer_en, ea.id AS organisation, eb.id AS other_organisation"
        " FROM worker a JOIN worker b ON b.file = a.file AND b.id <> a.id AND b.is_full_time AND NOT b.is_disputed"
        " AND daterange(a.employed_from, a.employed_to, '[]') && daterange(b.employed_from, b.employed_to, '[]')"
        " LEFT JOIN provider pa ON pa.id = a.provider JOIN organisation ea ON ea.id = coalesce(pa.organisation, a.town)"
        " LEFT JOIN provider pb ON pb.id = b.provider JOIN organisation eb ON eb.id = coalesce(pb.organisation, b.town)"
        " WHERE a.is_disputed AND ($1::uuid IS NULL OR $1 IN (ea.id, eb.id))"
        " AND ($2::uuid IS NULL OR $2 IN (a.id, b.id)) ORDER BY a.added_at, a.id",
        organisation, worker,
    )  # fmt: skip
    return [dict(r) for r in rows]


@dataclass(frozen=True)
class Study:
    """Degree, what is studied now, the day of graduation, and the towns served."""

    degree: str
    degree_study: str
    graduated_on: date | None
    towns: tuple[UUID, ...] = ()


async def own_file(worker: UUID, actor: Actor) -> Row:
    """The file behind a spell with the actor's own organisation. Raises NotFound for strangers."""
    rows = await fetch(
        "SELECT f.*, w.id AS worker FROM worker w JOIN worker_file f ON f.id = w.file"
        " LEFT JOIN provider p ON p.id = w.provider"
        " WHERE w.id = $1 AND coalesce(p.organisation, w.town) = $2",
        worker, actor.organisation_id,
    )  # fmt: skip
    if not rows:
        raise NotFound()
    return dict(rows[0])


def check_not_withdrawn(file: Row) -> None:
    """Study, examinations and towns need the worker's consent. Raises Conflict once it is withdrawn."""
    if file["withdrawn_at"]:
        raise Conflict(
            N_("本人撤回了保存档案的同意，学历、考试和服务的镇不能再登记。本人重新同意以后可以。"), clause="R-CIV-06"
        )


async def change_study(worker: UUID, study: Study, actor: Actor, now: datetime) -> None:
    """Keep degree, study and towns. Raises NotFound, FormRefused for a graduation to come."""
    actor.check_may(Permission.MANAGE_WORKERS)
    if study.graduated_on and study.graduated_on > county_day(now):
        raise FormRefused({"graduated_on": say(N_("毕业日期不能晚于今天；在读的填“在读专业”。"))})
    async with transaction():
        file = await own_file(worker, actor)
        check_not_withdrawn(file)
        await execute(
            "UPDATE worker_file SET degree = $2, degree_study = $3, graduated_on = $4 WHERE id = $1",
            file["id"], study.degree, study.degree_study, study.graduated_on,
        )  # fmt: skip
        await execute("DELETE FROM worker_town WHERE file = $1", file["id"])
        await execute(
            "INSERT INTO worker_town (id, file, town) SELECT gen_random_uuid(), $1, o.id FROM organisation o"
            " WHERE o.id = ANY($2) AND o.kind = 'town'",
            file["id"], list(study.towns),
        )  # fmt: skip
        await record("worker.study_changed", ("worker", str(worker)), actor, {}, now)


async def file_parts(file: UUID, today: date) -> Row:
    """Exams and towns of a file, and whether the worker graduated within two years."""
    exams, towns, graduated = await together(
        fetch(EXAMS + " WHERE e.file = $1 ORDER BY e.year DESC, e.level", file),
        fetch(
            "SELECT o.id, o.name, o.name_en FROM worker_town t JOIN organisation o ON o.id = t.town WHERE t.file = $1"
            " ORDER BY o.sort_key",
            file,
        ),
        fetchval("SELECT graduated_on FROM worker_file WHERE id = $1", file),
    )
    return {
        "exams": [dict(r) for r in exams], "towns": [dict(r) for r in towns],
        "is_recent": is_recent_graduate(graduated, today),
    }  # fmt: skip


async def towns() -> list[Row]:
    """The county's towns."""
    rows = await fetch("SELECT id, name, name_en FROM organisation WHERE kind = 'town' ORDER BY sort_key")
    return [dict(r) for r in rows]
