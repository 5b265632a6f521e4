"""Pages of the opening: its record and the release of the key, the qualification review, the final-price round."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.methods import row_of
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import METHOD_LABELS
from contracts.deposits.queries import bid_deposits
from evaluations.opening import queries
from evaluations.opening.consortia import everybody, members_of, with_checks
from evaluations.opening.forms import ROUND_FIELDS, STATEMENT_FIELDS, read_findings, read_key
from evaluations.opening.items import items_of
from evaluations.opening.recordings import (
    SCENE_LABELS,
    absences_of,
    may_enter,
    may_say_why_not,
    recordings_of,
    without_recording,
)
from evaluations.opening.review import Verdict, decide_qualification, open_final_price_round, waits_for_conformity
from evaluations.opening.rules import keeps_record
from evaluations.opening.services import KeyFile, end_without_bids, release_key
from evaluations.opening.statements import NewStatement, proofs_of, state_to_record
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, together
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from vendors.credit.queries import checks_of
from vendors.credit.rules import MOMENT_LABELS
from vendors.expiring.queries import past_papers
from vendors.providers.rules import CREDIT_LABELS, PAPER_LABELS
from vendors.qualification.queries import holding

REVIEWERS = (Permission.REVIEW_QUALIFICATION, Permission.READ_EVERYTHING)


async def state_of(reference: str, now: datetime) -> queries.OpeningState:
    """The opening of a listing by its reference. Raises NotFound."""
    return await queries.opening_state((await listing_page(reference))["id"], now)


@get("/listings/{reference:str}/opening", opt=PUBLIC)
async def show_opening(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """Where the opening stands, who has released, and the record as far as the reader may see it."""
    return await opening_page(await state_of(reference, now), request.scope.get("user"), Bound())


async def opening_page(
    state: queries.OpeningState, actor: Actor | None, form: Bound, status_code: int = 200
) -> Template:
    """The opening's page with a form somebody filled in."""
    seen = await queries.sight(state, actor)
    is_opener = actor is not None and actor.may(Permission.OPEN_BIDS) and state.is_opener(actor.person_id)
    waits_for_me = bool(is_opener and actor and state.stage and not state.has_released(actor.person_id, state.stage))
    record = await queries.opening_record(state, seen)
    key, sees = state.listing["id"], seen.names and state.is_opened
    deposits, recordings, absences, unrecorded, proofs = await together(
        bid_deposits(key, [r["provider"] for r in record]), recordings_of(key) if sees else nothing(),
        absences_of(key) if sees else nothing(),
        without_recording(state.listing)
        if state.is_opened and may_say_why_not(state.listing, actor)
        else nothing(),
        proofs_of(key) if seen.names and state.is_closed else nothing(),
    )
    own = next((o for o in state.openers if waits_for_me and actor and o["person"] == actor.person_id), None)
    return page(
        "evaluations/opening/opening.html", status_code=status_code, state=state, listing=state.listing, seen=seen,
        my_recipient=own["recipient"] if own else "",
        record=record, form=form, deposits=deposits,
        recordings=recordings or [],
        may_enter_recording=may_enter(state, actor), scenes=SCENE_LABELS,
        recording_absences=absences or [], unrecorded=unrecorded or [], proofs=proofs or {},
        is_opener=is_opener, waits_for_me=waits_for_me,
        # of a tender everybody reads the whole record; each bidder answers for its own bid (R-BID-03)
        bids_for=actor.organisation_id if actor is not None and actor.may(Permission.BID) else None,
        keeps_record=bool(actor and (actor.may(Permission.READ_EVERYTHING) or keeps_record(state.listing, actor))),
        methods=METHOD_LABELS, method_row=row_of(state.listing),
    )  # fmt: skip


@post("/listings/{reference:str}/opening", opt=irreversible(needs(Permission.OPEN_BIDS)))
async def do_release(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """An opener releases a part of the key."""
    state = await state_of(reference, now)
    if not state.is_opener(actor.person_id):
        raise NotFound()
    sent = await posted(request)
    form, identity = await read_key(sent)
    if form.errors:
        return await opening_page(state, actor, form, 422)
    file = KeyFile(state.listing["id"], form["stage"], identity, form.values.pop("passphrase"))
    try:
        await release_key(file, request.app.state["gateways"].documents, actor, now)
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["identity"] = refused.sentence
        return await opening_page(state, actor, form, 422)
    return go(f"/listings/{reference}/opening")


@post("/listings/{reference:str}/opening/statement", opt=needs(Permission.BID))
async def do_state(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A bidder confirms the record of its own bid, or objects."""
    state = await state_of(reference, now)
    form = parse(STATEMENT_FIELDS, (await posted(request)).texts)
    if not form.errors:
        new = NewStatement(form["receipt"], form["says"] == "right", form["words"] or "")
        try:
            await state_to_record(new, state.listing["id"], actor, now)
            return go(f"/listings/{reference}/opening")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await opening_page(state, actor, form, 422)


@post("/listings/{reference:str}/opening/end", opt=needs(Permission.OPEN_BIDS, Permission.REVIEW_QUALIFICATION))
async def do_end(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """End a listing that drew too few bids; this needs no key."""
    state = await state_of(reference, now)
    is_reviewer = actor.may(Permission.REVIEW_QUALIFICATION)
    of_the_unit = actor.organisation_id == state.listing["procuring_unit"]
    if not ((is_reviewer and of_the_unit) or state.is_opener(actor.person_id)):
        raise NotFound()
    await end_without_bids(state.listing["id"], actor, now)
    return go(f"/listings/{reference}/opening")


async def _reviewed(reference: str, actor: Actor, now: datetime) -> queries.OpeningState:
    """The opened listing for the unit's buyers and those who read everything. Raises NotFound."""
    state = await state_of(reference, now)
    if not (actor.may(Permission.READ_EVERYTHING) or actor.organisation_id == state.listing["procuring_unit"]):
        raise NotFound()
    if not state.is_opened:
        raise NotFound()
    return state


@get("/listings/{reference:str}/qualification", opt=needs(*REVIEWERS))
async def show_qualification(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Every opened bid with what excludes it and the decision about it."""
    return await _review_page(await _reviewed(reference, actor, now), actor, Bound(), None)


async def _papers_with_findings(opened: list[dict[str, Any]]) -> tuple[Any, Any]:
    papers = await queries.papers_of(bid["id"] for bid in opened)
    return papers, await queries.findings_of(papers)


async def _members_with_checks(opened: list[dict[str, Any]], listing: UUID) -> tuple[Any, Any]:
    """The members of consortia, and what was asked of the register about everybody."""
    members = await members_of(bid["id"] for bid in opened)
    checks = await checks_of(everybody(opened, members), listing, ("registration", "sealing", "cut_off"))
    return members, checks


async def _review_page(
    state: queries.OpeningState, actor: Actor, form: Bound, about: UUID | None, status_code: int = 200
) -> Template:
    listing, seen = state.listing, await queries.sight(state, actor)
    opened = await queries.opened_bids(listing["id"])
    providers, day = [bid["provider"] for bid in opened], county_day(listing["closes_at"])
    against, (papers, findings), (members, checks), past, held, deposits, related, ended = await together(
        queries.exclusions_of(listing["id"], opened, listing["closes_at"]),
        _papers_with_findings(opened), _members_with_checks(opened, listing["id"]),
        past_papers(providers, day), holding(providers, day), bid_deposits(listing["id"], providers),
        queries.related_bidders(opened), queries.lots_ended(listing["id"]),
    )  # fmt: skip
    bids = [
        {
            **bid, "papers": papers[bid["id"]], "findings": findings[bid["id"]], "against": against[bid["id"]],
            "checks": checks[bid["provider"]], "past_papers": past[bid["provider"]],
            "prechecks": held[bid["provider"]],
            "members": with_checks(members[bid["id"]], checks),
        }
        for bid in opened
    ]  # fmt: skip
    may_decide = (
        listing["status"] == "opened"
        and actor.may(Permission.REVIEW_QUALIFICATION)
        and actor.organisation_id == listing["procuring_unit"]
        and actor.person_id != listing["drafted_by"]
    )
    decided = all(bid["is_qualified"] is not None for bid in bids)
    return page(
        "evaluations/opening/qualification.html", status_code=status_code, state=state, listing=listing, bids=bids,
        seen=seen, form=form, about=about, items=items_of(listing), credit_labels=CREDIT_LABELS, moments=MOMENT_LABELS,
        paper_labels=PAPER_LABELS,
        may_decide=may_decide, decided=decided, deposits=deposits, related=related,
        may_ask_prices=may_decide and decided and row_of(listing).final_price and state.window is None
        and not any(waits_for_conformity(bid) for bid in bids), ended=ended,
    )  # fmt: skip


@post("/listings/{reference:str}/qualification/{bid:uuid}", opt=needs(Permission.REVIEW_QUALIFICATION))
async def do_decide(
    request: Request[Any, Any, Any], reference: FromPath[str], bid: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Decide about one bid."""
    state = await _reviewed(reference, actor, now)
    if (await queries.opened_bid(bid))["listing"] != state.listing["id"]:
        raise NotFound()
    texts = (await posted(request)).texts
    # of a bidder that a statute excludes nothing is left to find
    form, findings = (Bound(), ()) if "forced" in texts else read_findings(items_of(state.listing), texts)
    if not form.errors:
        try:
            await decide_qualification(Verdict(bid, findings), actor, now)
            return go(f"/listings/{reference}/qualification")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _review_page(state, actor, form, bid, 422)


@post("/listings/{reference:str}/final-prices", opt=needs(Permission.REVIEW_QUALIFICATION))
async def do_ask_prices(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask every qualified bidder for a final price by the same moment."""
    state = await _reviewed(reference, actor, now)
    form = parse(ROUND_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await open_final_price_round(state.listing["id"], form["closes_at"], actor, now)
            return go(f"/listings/{reference}/qualification")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _review_page(state, actor, form, None, 422)


@get("/listings/{reference:str}/bid-papers/{document:uuid}", opt=needs(*REVIEWERS))
async def download_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], document: FromPath[UUID], actor: CurrentActor, now: Now
) -> Stream:
    """A paper that came out of a bid, for those who review it."""
    state = await _reviewed(reference, actor, now)
    if not await queries.is_paper_of(state.listing["id"], document):
        raise NotFound()
    return await as_attachment(await document_facts(document), request.app.state["gateways"].documents)


ROUTES: list[Any] = [
    show_opening, do_release, do_state, do_end, show_qualification, do_decide, do_ask_prices, download_paper,
]  # fmt: skip
