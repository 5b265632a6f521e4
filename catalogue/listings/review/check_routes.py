"""The fairness and clarity check of a draft, on a page of its own."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.checks.book import COVERAGE_LABELS, SEVERITY_LABELS, SEVERITY_TONES, Coverage, all_entries, checks_of
from catalogue.checks.clarity import ASPECT_LABELS, HOW_TO_MEND
from catalogue.listings import queries
from catalogue.listings.draft_pages import SUBJECTS
from catalogue.listings.draft_queries import parts_of
from catalogue.listings.review.findings import checked_text
from catalogue.listings.review.services import record_reason
from catalogue.listings.rules import STATUS_LABELS, STATUS_TONES, may_edit_draft
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

READ_DRAFTS = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
DRAFT = needs(Permission.DRAFT_LISTING)
REASON = [Field("reason", N_("理由"), text(1000))]

CHECK_WORDS: dict[str, Any] = {
    "severity_labels": SEVERITY_LABELS,
    "severity_tones": SEVERITY_TONES,
    "aspect_labels": ASPECT_LABELS,
    "how_to_mend": HOW_TO_MEND,
    "subjects": SUBJECTS,
}


@get("/listings/drafts/{listing:uuid}/checks", opt=READ_DRAFTS)
async def show_checks(listing: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """Every finding with its exact words and clause, and what a reader still misses."""
    return await _checks_page(await queries.draft_page(listing, actor), actor, now)


async def _checks_page(
    found: Mapping[str, Any], actor: Actor, now: Any, key: str = "", form: Bound | None = None
) -> Template:
    checked = await checked_text(found["id"], await parts_of(dict(found)), now)
    return page(
        "catalogue/listings/review/checks.html", status_code=422 if form else 200, listing=found, checked=checked,
        form=form, form_key=key, may_edit=may_edit_draft(actor, found),
        status_labels=STATUS_LABELS, status_tones=STATUS_TONES, **CHECK_WORDS,
    )  # fmt: skip


@post("/listings/drafts/{listing:uuid}/checks/{key:str}", opt=DRAFT)
async def do_record_reason(
    request: Request[Any, Any, Any], listing: FromPath[UUID], key: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the reason for one finding."""
    found = await queries.draft_page(listing, actor)
    form = parse(REASON, (await posted(request)).texts)
    if form.errors:
        return await _checks_page(found, actor, now, key, form)
    await record_reason(listing, key, form["reason"], actor, now)
    return go(f"/listings/drafts/{listing}/checks")


@get("/checks", opt=PUBLIC)
async def show_coverage() -> Template:
    """The 61 entries of the list: what the machine checks, what is left to the reviewer, what no service has."""
    entries = [(entry, checks_of(entry.number)) for entry in all_entries()]
    counts = {kind: sum(entry.coverage is kind for entry, _ in entries) for kind in Coverage}
    return page(
        "catalogue/listings/review/coverage.html", entries=entries, counts=counts, coverage_labels=COVERAGE_LABELS,
        severity_labels=SEVERITY_LABELS,
    )  # fmt: skip


ROUTES: list[Any] = [show_checks, do_record_reason, show_coverage]
