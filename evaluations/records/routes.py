"""The page of a recorded result: one person records, another confirms, everybody reads."""

import re
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.draft_queries import procedure_of
from catalogue.listings.methods import PLATFORM, is_framework, records_result, row_of
from catalogue.listings.queries import listing_page, lots
from catalogue.listings.rules import METHOD_LABELS, runs
from evaluations.records import queries
from evaluations.records.forms import RETURN, record_form
from evaluations.records.rules import (
    FAILURE_CLAUSE,
    FAILURE_GROUNDS,
    OUTCOME_LABELS,
    PERSON_ROLES,
    Outcome,
    RecordPeople,
    RecordStatus,
    check_may_confirm,
)  # fmt: skip
from evaluations.records.services import check_open, confirm_result, record_result, return_result, terms_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

BLANK_ROWS = 3
Shown = dict[str, Any]


async def _recorded(reference: str) -> Shown:
    listing = await listing_page(reference)
    if not records_result(listing):
        raise NotFound()
    return listing


def _is_inside(listing: Shown, actor: Actor | None) -> bool:
    if actor is None:
        return False
    of_unit = actor.organisation_id == listing["procuring_unit"] and actor.may(Permission.DETERMINE_AWARD)
    of_unit = of_unit or (runs(actor, listing, Entrusted.RESULT) and actor.may(Permission.DRAFT_LISTING))
    return of_unit or actor.may(Permission.READ_EVERYTHING)


def _may_confirm(listing: Shown, found: Shown | None, actor: Actor | None) -> bool:
    if actor is None or found is None or found["status"] != RecordStatus.RECORDED:
        return False
    try:
        check_may_confirm(actor, RecordPeople(listing["procuring_unit"], listing["drafted_by"], found["recorded_by"]))
    except (Forbidden, NotFound):
        return False
    return True


def _may_record(listing: Shown, found: Shown | None, actor: Actor | None, now: Any) -> bool:
    of_unit = actor is not None and runs(actor, listing, Entrusted.RESULT)
    if actor is None or not of_unit or not actor.may(Permission.DRAFT_LISTING):
        return False
    if found is not None and found["status"] != RecordStatus.RETURNED:
        return False
    try:
        check_open(listing, now)
    except Conflict:
        return False
    return True


@get("/listings/{reference:str}/result", opt=PUBLIC)
async def show_result(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The record; before it is confirmed only for the unit and those who read everything."""
    listing = await _recorded(reference)
    return await _result_page(listing, request.scope.get("user"), None, now)


async def _result_page(
    listing: Shown, actor: Actor | None, form: Bound | None, now: Any, status_code: int = 200
) -> Template:
    found, inside = await queries.record_of(listing["id"]), _is_inside(listing, actor)
    if not inside and (found is None or found["status"] != RecordStatus.CONFIRMED):
        raise NotFound()
    may_record = _may_record(listing, found, actor, now)
    offers = await queries.offers_of(found["id"]) if found else []
    raw = form.raw if form else {}
    return page(
        "evaluations/records/result.html", status_code=status_code, listing=listing, record=found, form=form or Bound(),
        # the others' prices stay with the unit and those who supervise (R-PUBL-01)
        offers=[o for o in offers if inside or o["is_winner"]], inside=inside, method=row_of(listing),
        people=await queries.people_of(found["id"]) if found else [], roles=PERSON_ROLES,
        papers=await queries.papers_of(found["id"]) if found else [], method_labels=METHOD_LABELS,
        may_record=may_record, may_confirm=_may_confirm(listing, found, actor),
        is_platform=listing["venue"] == PLATFORM, outcomes=OUTCOME_LABELS, failure_grounds=FAILURE_GROUNDS,
        failure_clause=FAILURE_CLAUSE,
        lots=await lots(listing["id"]), providers=await queries.providers_to_choose() if may_record else [],
        offer_rows=_rows(raw, "offers"), people_rows=_rows(raw, "people"), procedure=await procedure_of(listing),
        asks_objections=(await terms_of(listing, now)).must_answer_objections,
    )  # fmt: skip


def _rows(raw: Any, prefix: str) -> int:
    # no more rows than the form reads, whatever number a name claims
    typed = [int(m.group(1)) for key in raw if (m := re.match(rf"{prefix}-([0-9]{{1,3}})-", key))]
    return max(typed, default=-1) + 1 + (BLANK_ROWS if not typed else 1)


@post("/listings/{reference:str}/result", opt=needs(Permission.DRAFT_LISTING))
async def do_record(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record it; every mistake comes back beside what was typed."""
    listing = await _recorded(reference)
    if not _is_inside(listing, actor):
        raise NotFound()
    sent = await posted(request)
    files = [NewDocument(file.filename, file.file) for file in sent.files.get("papers", [])]
    earlier = await queries.record_of(listing["id"])
    minutes = next((NewDocument(f.filename, f.file) for f in sent.files.get("minutes", [])), None)
    kept = len(await queries.papers_of(earlier["id"])) if earlier else 0
    has_minutes = minutes is not None or bool(earlier and await queries.has_minutes(earlier["id"]))
    papers = len(files) + kept + (minutes is not None)
    form, draft = record_form(
        sent.texts, await lots(listing["id"]), await queries.providers_to_choose(), (papers, has_minutes)
    )
    if draft is not None:
        try:
            store = request.app.state["gateways"].documents
            await record_result(listing["id"], draft, files, store, (actor, now), minutes)
            return go(f"/listings/{reference}/result")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _result_page(listing, actor, form, now, 422)


@post("/listings/{reference:str}/result/confirm", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_confirm(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Confirm it; the award is announced and the contract drawn up, or the failure is published."""
    listing = await _recorded(reference)
    try:
        await confirm_result(listing["id"], actor, now)
    except FormRefused as refused:
        form = Bound()
        form.errors.update(refused.errors)
        return await _result_page(listing, actor, form, now, 422)
    found = await queries.record_of(listing["id"])
    assert found is not None
    has_award = found["outcome"] == Outcome.AWARDED and not is_framework(listing)
    return go(f"/listings/{reference}{'/award' if has_award else ''}")


@post("/listings/{reference:str}/result/return", opt=needs(Permission.DETERMINE_AWARD))
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Give it back with a reason."""
    listing = await _recorded(reference)
    form = parse(RETURN, (await posted(request)).texts)
    if form.errors:
        return await _result_page(listing, actor, form, now, 422)
    await return_result(listing["id"], form["reason"], actor, now)
    return go(f"/listings/{reference}/result")


ROUTES: list[Any] = [show_result, do_record, do_confirm, do_return]
