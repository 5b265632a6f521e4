"""The page of the conformity review: each member's own sheet, then what the panel came to."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.methods import row_of
from contracts.deposits.queries import bid_deposits
from evaluations.arithmetic.queries import corrected_prices, statements_of
from evaluations.conformity.queries import by_item, sheets_of, votes_of
from evaluations.conformity.rules import PRICE_WITHIN, SIGNED, is_within
from evaluations.conformity.services import Vote, vote_on_conformity
from evaluations.opening.forms import read_findings
from evaluations.opening.items import Item
from evaluations.opening.queries import is_paper_of, lots_ended, opened_bids, papers_of
from evaluations.panel.codes import coded, hides_names
from evaluations.panel.queries import is_locked, judging_members, member_of, panel_listing
from evaluations.panel.seats import own_seat
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.accounts.permissions import Permission
from marketplace.kernel.db import read_ahead, together
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import go, page, posted
from vendors.bids.seals import SEAL_LABELS

OPENED = ("opened", "evaluated", "determined", "awarded", "failed")


@get("/listings/{reference:str}/conformity", opt=SIGNED_IN)
async def show_conformity(reference: FromPath[str], actor: CurrentActor) -> Template | Redirect:
    """Bids to look at for a member; what was decided for the panel, the unit and the supervisors."""
    return await _page(reference, actor, Bound(), None)


async def _page(
    reference: str, actor: Actor, form: Bound, about: UUID | None, status_code: int = 200
) -> Template | Redirect:
    listing = await panel_listing(reference, actor)
    if listing["status"] not in OPENED:
        raise NotFound()
    key = listing["id"]
    await read_ahead(
        member_of(key, actor.person_id), _papers_ahead(key), votes_of(key), sheets_of(listing), statements_of(listing),
        is_locked(key), hides_names(listing), corrected_prices(key), judging_members(key), lots_ended(key),
    )  # fmt: skip
    me = await member_of(listing["id"], actor.person_id)
    if me and me["declared_at"] is None:
        return go(f"/listings/{reference}/panel")
    is_judging = bool(me and not me["has_interest"])
    every = await opened_bids(listing["id"])
    bids = [b for b in every if b["is_qualified"]]
    if me and me["has_interest"]:
        bids = []
    # an agency that arranges the panel sees how far it is, not what the bids say
    reads = is_judging or actor.organisation_id == listing["procuring_unit"] or actor.may(Permission.READ_EVERYTHING)
    votes, papers = await votes_of(listing["id"]), await papers_of(bid["id"] for bid in bids)
    sheets, stated = await sheets_of(listing), {each.row["id"]: each for each in await statements_of(listing)}
    # who else judges stays unsaid among the members until every one of them has locked (R-COM-06)
    locked = await is_locked(listing["id"])
    if is_judging and not locked and await hides_names(listing):
        bids = coded(bids, every)
    waits = {each for each, stands in stated.items() if stands.waits}
    prices = {b["id"]: b["price"] for b in bids} | {each: stands.price for each, stands in stated.items()}
    prices |= await corrected_prices(listing["id"])
    shown = [
        {
            **bid, "technical_text": bid["technical_text"] if reads else "", "papers": papers[bid["id"]],
            "seal_paper": bid["seal_paper"] if reads else "",
            "items": sheets[bid["lot"]].items, "said": len(votes[bid["id"]]),
            "mine": votes[bid["id"]].get(me["id"]) if me else None,
            "findings": _told(by_item(votes[bid["id"]], names=not is_judging or locked), sheets[bid["lot"]].items)
            if reads and bid["is_conforming"] is not None
            else [],
            "over": reads and any(i.words == PRICE_WITHIN for i in sheets[bid["lot"]].items)
            and bid["id"] not in waits and not is_within(prices[bid["id"]], sheets[bid["lot"]].ceiling),
            "waits": bid["id"] in waits,
        }
        for bid in bids
    ]  # fmt: skip
    return page(
        "evaluations/conformity/conformity.html", status_code=status_code, listing=listing, bids=shown, form=form,
        about=about, is_judging=is_judging and listing["status"] == "opened",
        members=len(await judging_members(listing["id"])), may_score=is_judging,
        deposits=await bid_deposits(listing["id"], [bid["provider"] for bid in bids if reads]),
        is_consulted=row_of(listing).final_price, ended=await lots_ended(listing["id"]),
        may_ask_prices=actor.may(Permission.REVIEW_QUALIFICATION), signed=SIGNED, seal_labels=SEAL_LABELS,
    )  # fmt: skip


async def _papers_ahead(listing: UUID) -> None:
    """The papers of the bids that are looked at, and what was deposited for them."""
    bids = [bid for bid in await opened_bids(listing) if bid["is_qualified"]]
    await together(papers_of(bid["id"] for bid in bids), bid_deposits(listing, [bid["provider"] for bid in bids]))


def _told(findings: list[dict[str, Any]], items: list[Item]) -> list[dict[str, Any]]:
    """Findings with what was asked in the reader's language, as long as the document still says the same."""
    said = {item.asked: item.shown for item in items}
    return [{**each, "asked": said.get(each["asked"], each["asked"])} for each in findings]


@post("/listings/{reference:str}/conformity/{bid:uuid}", opt=SIGNED_IN)
async def do_vote(
    request: Request[Any, Any, Any], reference: FromPath[str], bid: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep what a member finds of a bid."""
    listing = await _seat(reference, actor)
    opened = {b["id"]: b for b in await opened_bids(listing["id"])}
    if bid not in opened:
        raise NotFound()
    items = (await sheets_of(listing))[opened[bid]["lot"]].items
    form, found = read_findings(items, (await posted(request)).texts)
    if not form.errors:
        try:
            await vote_on_conformity(Vote(bid, found), actor, now)
            return go(f"/listings/{reference}/conformity")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _page(reference, actor, form, bid, 422)


async def _seat(reference: str, actor: Actor) -> dict[str, Any]:
    """The listing, for a member that may judge it. Raises Forbidden for readers, NotFound for strangers."""
    try:
        listing = await panel_listing(reference, actor)
    except NotFound:
        actor.check_may(Permission.SCORE_BIDS)
        raise
    await own_seat(listing["id"], actor)
    return listing


@get("/listings/{reference:str}/conformity/papers/{document:uuid}", opt=SIGNED_IN)
async def download_bid_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], document: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """A paper that came out of a bid, for the members that judge it."""
    listing = await _seat(reference, actor)
    if listing["status"] not in OPENED or not await is_paper_of(listing["id"], document):
        raise NotFound()
    return await as_attachment(await document_facts(document), request.app.state["gateways"].documents)


ROUTES: list[Any] = [show_conformity, do_vote, download_bid_paper]
