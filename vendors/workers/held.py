"""Everything held about one worker, with every employer, and who did something with it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from marketplace.kernel.db import fetch, together
from vendors.workers.consent import consents_of
from vendors.workers.files import EXAMS
from vendors.workers.requests import requests_of
from vendors.workers.rules import is_recent_graduate
from vendors.workers.spells import Row

_SPELLS = """
SELECT w.*, o.name AS employer_name, o.name_en AS employer_name_en FROM worker w
LEFT JOIN provider p ON p.id = w.provider JOIN organisation o ON o.id = coalesce(p.organisation, w.town)
WHERE w.person = $1 OR w.file IN (SELECT file FROM worker WHERE person = $1 AND file IS NOT NULL)
ORDER BY w.employed_from DESC, w.id
"""
_CHANGES = """
SELECT c.*, p.name AS entered_by_name FROM worker_change c LEFT JOIN person p ON p.id = c.entered_by
WHERE c.worker = ANY($1) ORDER BY c.from_on DESC, c.number DESC
"""
_TOWNS = """
SELECT t.file, o.name, o.name_en FROM worker_town t JOIN organisation o ON o.id = t.town WHERE t.file = ANY($1)
ORDER BY o.sort_key
"""
_FILES = "SELECT * FROM worker_file WHERE id = ANY($1) ORDER BY opened_at"
_USES = (
    "SELECT act, actor_name, organisation, at FROM audit_entry WHERE subject_kind = 'worker'"
    " AND subject_id = ANY($1) ORDER BY at DESC LIMIT 500"
)


async def held_as_worker(person: UUID, today: date) -> Row:
    """Files, spells with their changes, examinations, towns, consents and uses; empty for who is no worker."""
    spells = [dict(r) for r in await fetch(_SPELLS, person)]
    ids, files = [each["id"] for each in spells], list({each["file"] for each in spells if each["file"]})
    if not spells:
        return {"spells": [], "changes": [], "requests": [], "files": [], "uses": []}
    exams, towns, consents, changes, requests, own_files, uses = await together(
        _rows(EXAMS + " WHERE e.file = ANY($1) ORDER BY e.year DESC, e.level", files), _rows(_TOWNS, files),
        consents_of(files), _rows(_CHANGES, ids), requests_of(ids), _rows(_FILES, files),
        _rows(_USES, [str(each) for each in ids]),
    )  # fmt: skip
    return {
        "spells": spells,
        "changes": changes,
        "requests": requests,
        "files": [
            {
                **file, "exams": _of(exams, file), "towns": _of(towns, file), "consents": _of(consents, file),
                "is_recent": is_recent_graduate(file["graduated_on"], today),
            }
            for file in own_files
        ],
        "uses": uses,
    }  # fmt: skip


def _of(rows: list[Row], file: Row) -> list[Row]:
    return [row for row in rows if row["file"] == file["id"]]


async def _rows(sql: str, keys: list[UUID] | list[str]) -> list[Row]:
    return [dict(row) for row in await fetch(sql, keys)]
