"""Pre-checks as the provider, the reviewers and the public see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import fetch, fetchrow, fetchval, together
from marketplace.kernel.errors import NotFound
from marketplace.kernel.web import url
from vendors.credit.queries import credit_facts
from vendors.providers.paper_facts import Grade, grade_on
from vendors.qualification.automatic import ORDER, SHOWS, Check, OwnFacts, Paper, automatic_checks
from vendors.qualification.rules import PrecheckStatus

Row = dict[str, Any]
PER_PAGE = 50

# an item is named as the newest edition that has it names it
_SELECT = """
SELECT c.*, p.reference AS provider_reference, p.legal_form, p.founded_on, p.organisation, p.credit_code,
       p.legal_representative, p.address, o.name, o.name_en, i.name AS item_name, i.name_en AS item_name_en,
       a.name AS proposed_by_name, d.name AS decided_by_name
FROM precheck c JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation
LEFT JOIN person a ON a.id = c.proposed_by LEFT JOIN person d ON d.id = c.decided_by
LEFT JOIN LATERAL (SELECT i.name, i.name_en FROM item i JOIN edition e ON e.id = i.edition WHERE i.code = c.item_code
                   ORDER BY e.effective_on DESC LIMIT 1) i ON true
"""


async def precheck(reference: str, visible_to: Actor) -> Row:
    """One pre-check, for those who check files, the auditors and its own provider. Raises NotFound."""
    row = await fetchrow(_SELECT + " WHERE c.reference = $1", reference)
    if row is None or not (
        visible_to.may(Permission.CHECK_PROVIDERS) or visible_to.may(Permission.READ_EVERYTHING)
        or (visible_to.may(Permission.EDIT_PROVIDER_FILE) and row["organisation"] == visible_to.organisation_id)
    ):  # fmt: skip
        raise NotFound()
    return dict(row)


@dataclass(frozen=True)
class QueuePage:
    """One page of the pre-checks in a state, of all items or of one."""

    rows: Sequence[Row]
    total: int
    number: int
    status: str
    item: str

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return max(1, -(-self.total // PER_PAGE))

    def url_for(self, number: int) -> str:
        """The address of another page of the same list."""
        return url("/providers/checks") + "?" + urlencode({"status": self.status, "item": self.item, "page": number})


async def queue(status: str, item: str = "", page: int = 1) -> QueuePage:
    """Pre-checks in a state, the longest waiting first."""
    where = " WHERE c.status = $1 AND ($2 = '' OR c.item_code = $2)"
    count = await fetchval("SELECT count(*) FROM precheck c" + where, status, item)
    rows = await fetch(
        _SELECT + where + " ORDER BY c.applied_at, c.reference LIMIT $3 OFFSET $4",
        status, item, PER_PAGE, (page - 1) * PER_PAGE,
    )  # fmt: skip
    return QueuePage([dict(r) for r in rows], int(count), page, status, item)


async def counts_by_status() -> dict[str, int]:
    """How many pre-checks stand in each state."""
    return {r["status"]: r["count"] for r in await fetch("SELECT status, count(*) FROM precheck GROUP BY status")}


async def neighbours(row: Row) -> tuple[str | None, str | None]:
    """The waiting pre-checks before and after one in the queue, so that a reviewer goes on without the list."""
    order = "(applied_at, reference)"
    found = await fetchrow(
        f"SELECT (SELECT reference FROM precheck WHERE status = 'waiting' AND {order} < ($1, $2)"
        f" ORDER BY applied_at DESC, reference DESC LIMIT 1) AS earlier,"
        f" (SELECT reference FROM precheck WHERE status = 'waiting' AND {order} > ($1, $2)"
        f" ORDER BY applied_at, reference LIMIT 1) AS later",
        row["applied_at"], row["reference"],
    )  # fmt: skip
    assert found is not None
    return found["earlier"], found["later"]


async def first_waiting() -> str | None:
    """The pre-check that waits longest."""
    found: str | None = await fetchval(
        "SELECT reference FROM precheck WHERE status = 'waiting' ORDER BY applied_at, reference LIMIT 1"
    )
    return found


async def of_provider(provider: UUID) -> list[Row]:
    """All pre-checks of a provider, the newest first."""
    rows = await fetch(_SELECT + " WHERE c.provider = $1 ORDER BY c.item_code, c.applied_at DESC", provider)
    return [dict(r) for r in rows]


async def holding(providers: Iterable[UUID], day: date) -> dict[UUID, list[Row]]:
    """The passed pre-checks that hold on a day, by provider; `changed`: papers renewed, names changed since."""
    found: dict[UUID, list[Row]] = {provider: [] for provider in providers}
    rows = await fetch(
        "SELECT s.*, (SELECT count(*) FROM precheck_finding f JOIN provider_paper pp ON pp.id = f.paper"
        " WHERE f.precheck = s.id AND f.round = s.round AND pp.ended_at IS NOT NULL) + (SELECT count(*)"
        " FROM registration_change g WHERE g.provider = s.provider AND g.status = 'confirmed'"
        " AND g.decided_at > s.decided_at) AS changed"
        f" FROM ({_SELECT} WHERE c.provider = ANY($1) AND c.status = 'passed' AND c.valid_from <= $2"
        " AND c.valid_until > $2) s ORDER BY s.item_code, s.valid_until DESC",
        list(found), day,
    )  # fmt: skip
    for row in rows:
        # the newest of an item speaks; an earlier one that still holds says nothing more
        if row["item_code"] not in {each["item_code"] for each in found[row["provider"]]}:
            found[row["provider"]].append(dict(row))
    return found


async def findings(precheck: UUID) -> list[Row]:
    """What every look found, the newest look first, in the order of the requirements; whether a paper was renewed."""
    rows = await fetch(
        "SELECT f.*, pp.ended_at IS NOT NULL AS paper_changed FROM precheck_finding f"
        " LEFT JOIN provider_paper pp ON pp.id = f.paper WHERE f.precheck = $1",
        precheck,
    )
    return sorted((dict(r) for r in rows), key=lambda row: (-row["round"], ORDER.index(row["requirement"])))


async def steps(precheck: UUID) -> list[Row]:
    """Every step of a pre-check in order."""
    rows = await fetch(
        "SELECT s.act, s.note, s.made_at, x.name AS made_by_name FROM precheck_step s JOIN person x ON x.id = s.made_by"
        " WHERE s.precheck = $1 ORDER BY s.made_at, s.id",
        precheck,
    )
    return [dict(r) for r in rows]


async def papers_for_check(provider: UUID) -> list[Row]:
    """The papers in a file now with what they say, and the one that each replaced."""
    rows = await fetch(
        "SELECT pp.id, pp.kind, pp.valid_until, pp.added_at, pp.result, pp.covers_year, pp.granted_on, d.name, d.size,"
        " d.sha256, d.media_type, b.valid_until AS before_until, b.result AS before_result, b.id AS before,"
        " b.added_at AS before_added"
        " FROM provider_paper pp JOIN document d ON d.id = pp.document"
        " LEFT JOIN LATERAL (SELECT id, valid_until, result, added_at FROM provider_paper e"
        " WHERE e.provider = pp.provider AND e.kind = pp.kind AND e.ended_at IS NOT NULL"
        " ORDER BY e.ended_at DESC LIMIT 1) b ON true"
        " WHERE pp.provider = $1 AND pp.ended_at IS NULL ORDER BY pp.added_at, pp.id",
        provider,
    )
    # beside the form they lie in the order in which it asks for them
    return sorted((dict(r) for r in rows), key=lambda row: ORDER.index(SHOWS.get(row["kind"], row["kind"])))


async def checks_of(row: Row, day: date, papers: Sequence[Row] | None = None) -> list[Check]:
    """What the data say on a day of a provider and an item; `papers` where the caller has read them already."""
    items, credit = await together(current_items(), credit_facts(row["provider"]))
    forms = {item["code"]: item["legal_forms"] for item in items}
    if papers is None:
        papers = await papers_for_check(row["provider"])
    of_kind = {
        p["kind"]: Paper(p["id"], p["valid_until"], p["result"], p["covers_year"], p["granted_on"]) for p in papers
    }
    own = OwnFacts(
        row["legal_form"], row["founded_on"] or date.min, forms.get(row["item_code"], []), of_kind,
        credit,
    )  # fmt: skip
    return automatic_checks(own, day)


async def paper_document(reference: str | None, paper: UUID, visible_to: Actor) -> UUID:
    """The document behind a paper of a provider that asked for pre-checks, for those who check. Raises NotFound."""
    if not visible_to.may(Permission.CHECK_PROVIDERS):
        raise NotFound()
    document: UUID | None = await fetchval(
        "SELECT pp.document FROM provider_paper pp JOIN precheck c ON c.provider = pp.provider"
        " WHERE pp.id = $1 AND ($2::text IS NULL OR c.reference = $2) LIMIT 1",
        paper, reference,
    )  # fmt: skip
    if document is None:
        raise NotFound()
    return document


async def waiting_for_second(person: UUID) -> list[Row]:
    """Negative findings for a second person and objections for a third, other than this one's own."""
    rows = await fetch(
        _SELECT + " WHERE (c.status = 'proposed' AND c.proposed_by <> $1)"
        " OR (c.status = 'objected' AND c.proposed_by <> $1 AND c.decided_by <> $1) ORDER BY c.applied_at LIMIT 100",
        person,
    )
    return [dict(r) for r in rows]


async def ended_summaries(day: date) -> list[UUID]:
    """Providers that are shown as checked though none of their pre-checks holds any more."""
    rows = await fetch(
        "SELECT p.id FROM provider p WHERE p.file_status = 'checked' AND NOT EXISTS (SELECT 1 FROM precheck c"
        " WHERE c.provider = p.id AND c.status = $2 AND c.valid_from <= $1 AND c.valid_until > $1) LIMIT 1000",
        day, PrecheckStatus.PASSED.value,
    )  # fmt: skip
    return [r["id"] for r in rows]


async def grade_of(provider: UUID, day: date) -> Grade | None:
    """The assessment grade that holds on a day, from the paper in the file."""
    row = await fetchrow(
        "SELECT result, granted_on FROM provider_paper"
        " WHERE provider = $1 AND kind = 'assessment' AND ended_at IS NULL",
        provider,
    )
    return grade_on(row["result"], row["granted_on"], day) if row else None
