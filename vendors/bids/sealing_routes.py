"""Check, seal, replace, withdraw; receipts; final prices."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.rules import accepts_bids
from catalogue.notices.official import official_page
from marketplace.accounts.actor import Actor
from marketplace.accounts.described import Told, described
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import CurrentActor, Now, needs, uncompressed
from marketplace.accounts.permissions import Permission
from marketplace.gateways.files import begun
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted, wants_json
from vendors.bids.confirming import confirm_bid, standing_of_bid
from vendors.bids.contents import Stated
from vendors.bids.cookie import key_in
from vendors.bids.desk import Desk, desk
from vendors.bids.draft_papers import PaperLocked
from vendors.bids.drafts import DraftLocked, attachments_of
from vendors.bids.forms import SMALL_MICRO
from vendors.bids.progress import contents_of
from vendors.bids.queries import LotToBid, bid_receipt, current_bid, final_price_invitation, lot_to_bid, my_bids
from vendors.bids.receipt_paper import receipt_paper, signed_facts
from vendors.bids.routes import PATH, bid_page, read_price
from vendors.bids.rules import (
    DECLARATIONS,
    STAGE_LABELS,
    Stage,
    asks_price,
    final_price,
    status_of_bid,
)
from vendors.bids.services import FinalPrice, replace_bid, seal_bid, seal_final_price, withdraw_bid
from vendors.bids.traces import trace_of
from vendors.providers.queries import own_provider
from vendors.providers.rules import may_declare_small_micro, small_micro_mistake
from vendors.receipts.answers import SignedReceipt
from vendors.receipts.queries import position_of
from vendors.receipts.routes import receipt_keys
from vendors.receipts.rules import signing_word
from vendors.relations.queries import related_to
from vendors.relations.rules import Relation

BID = needs(Permission.BID)
FINAL_PATH = "/listings/{reference:str}/lots/{number:int}/final-price"


@get(PATH + "/check", opt=BID)
async def show_check(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """Every answer once more before it is sealed."""
    at = await desk(reference, number, key_in(request), actor, now)
    return check_page(at, None, now, related=await related_to(at.provider["id"]))


def check_page(
    at: Desk, form: Bound | None, now: datetime, status_code: int = 200, related: Sequence[Relation] = ()
) -> Template:
    """The answers, what is missing, and the button that seals."""
    return bid_page(
        "check", at, form, status_code, related=related,
        declarations=DECLARATIONS, asks_price=asks_price(at.asked.terms),
        missing=[task for task, done in at.done.items() if not done],
        is_open=accepts_bids(at.place.listing["status"], at.place.listing["closes_at"], now),
    )  # fmt: skip


def check_server_seals(request: Request[Any, Any, Any]) -> None:
    """The county may have decided that bids are sealed in the browser only. Raises Conflict."""
    if not request.app.state["settings"].server_seals:
        raise Conflict(N_("本县已经停用服务器封存。请用“在浏览器里封存”，或者用 age 工具封存后上传。"))


@post(PATH + "/seal", opt=BID)
async def do_seal(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Seal the draft, or a new version in place of the one this page was made for."""
    check_server_seals(request)
    key = key_in(request)
    at = await desk(reference, number, key, actor, now)
    if key is None or at.found.is_locked:
        raise DraftLocked()
    if not all(at.done.values()):
        form = Bound()
        form.refuse("_seal", N_("还有没完成的部分，完成以后才能封存。"))
        return check_page(at, form, now, 422)
    lot = at.place.lot["id"]
    contents = contents_of(at.found.draft, at.asked, await attachments_of(lot, at.found.draft, key, actor))
    store = request.app.state["gateways"].documents
    replaces, trace = str((await posted(request)).texts.get("replaces", "")), trace_of(request)
    try:
        if replaces:
            receipt = await replace_bid(replaces, contents, store, actor, now, trace)
        else:
            receipt = await seal_bid(lot, contents, store, actor, now, trace)
    except PaperLocked as locked:
        raise DraftLocked() from locked
    return go(f"/bids/{receipt}")


@get("/bids", opt=BID)
async def show_bids(actor: CurrentActor) -> Template:
    """Everything this provider has sealed."""
    return page(
        "vendors/bids/bids.html", bids=await my_bids(actor), status_of_bid=status_of_bid, stages=STAGE_LABELS,
    )  # fmt: skip


@get(
    "/bids/{receipt:str}", summary="The receipt of a sealed bid",
    **described(BID, Told(SignedReceipt, "JSON for `{receipt}.json` or whoever accepts it; else a page"), (404,)),
)  # fmt: skip
async def show_receipt(
    request: Request[Any, Any, Any], receipt: FromPath[str], actor: CurrentActor, now: Now
) -> Response[Any] | Template:
    """The receipt: number, time, hash and size; to keep, to print, or as JSON."""
    wants_data = receipt.endswith(".json") or wants_json(request)
    bid = await bid_receipt(receipt.removesuffix(".json"), actor)
    signed = await _signed(request, bid)
    if wants_data:
        return Response(signed)
    word, tone = status_of_bid(bid["status"], bid["listing_status"])
    is_in_time = now < bid["closes_at"]
    may_change = bid["status"] == "sealed" and is_in_time
    # one that was withdrawn is sealed anew only where no other one stands instead
    is_gone = is_in_time and bid["status"] == "withdrawn"
    may_seal_anew = is_gone and await current_bid(bid["lot"], bid["provider"], bid["stage"]) is None
    return page(
        "vendors/bids/receipt.html", bid=bid, standing=await standing_of_bid(bid),
        status_label=word, status_tone=tone,
        stage_label=STAGE_LABELS[bid["stage"]], may_change=may_change, may_seal_anew=may_seal_anew,
        signed=signed, signing_word=signing_word(signed), position=await position_of(bid["receipt_number"]),
    )  # fmt: skip


async def _signed(request: Request[Any, Any, Any], bid: dict[str, Any]) -> dict[str, Any]:
    return await asyncio.to_thread(signed_facts, bid, await receipt_keys(request))


@get("/bids/{receipt:str}/receipt.pdf", opt=BID)
async def download_receipt(
    request: Request[Any, Any, Any], receipt: FromPath[str], actor: CurrentActor
) -> Response[bytes]:
    """The receipt as a paper to file."""
    bid = await bid_receipt(receipt, actor)
    state = request.app.state
    signed = await _signed(request, bid)
    paper = receipt_paper(bid, signed, STAGE_LABELS[bid["stage"]], state["settings"].public_address)
    pdf = await state["gateways"].papers.press(official_page(paper))
    return Response(
        pdf, media_type="application/pdf",
        headers={"Content-Disposition": disposition(f"{receipt}.pdf"), "Cache-Control": "private, no-store"},
    )  # fmt: skip


@post("/bids/{receipt:str}/confirm", opt=BID)
async def do_confirm(
    request: Request[Any, Any, Any], receipt: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Say that the sealed bid stands as it is after a corrigendum."""
    typed = str((await posted(request)).texts.get("version", ""))
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise NotFound()
    await confirm_bid(receipt, int(typed), actor, now)
    return go(f"/bids/{receipt}")


@get("/bids/{receipt:str}/sealed", opt=uncompressed(BID))
async def download_sealed(request: Request[Any, Any, Any], receipt: FromPath[str], actor: CurrentActor) -> Stream:
    """The sealed bytes, for the bidder to keep and to check against the receipt."""
    bid = await bid_receipt(receipt, actor)
    return Stream(
        await begun(request.app.state["gateways"].documents.stream(bid["storage_key"])),
        media_type="application/octet-stream",
        headers={
            "Content-Disposition": disposition(f"{receipt}.sealed"),
            "Content-Length": str(bid["sealed_size"]),
            "Cache-Control": "private, no-store",
        },
    )


@get("/bids/{receipt:str}/withdraw", opt=BID)
async def show_withdraw(receipt: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Ask whether to withdraw, and say what follows."""
    bid = await bid_receipt(receipt, actor)
    may_change = bid["status"] == "sealed" and now < bid["closes_at"]
    return page("vendors/bids/withdraw.html", bid=bid, may_change=may_change)


@post("/bids/{receipt:str}/withdraw", opt=BID)
async def do_withdraw(receipt: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Withdraw the bid."""
    await withdraw_bid(receipt, actor, now)
    return go(f"/bids/{receipt}")


async def final_page(
    place: LotToBid, actor: Actor, form: Bound | None, status_code: int = 200, **more: Any
) -> Template:
    """The final price's page for an invited bidder. Raises NotFound for those who were not invited."""
    provider = await own_provider(actor)
    invitation = await final_price_invitation(place.lot["id"], provider["id"])
    return page(
        more.pop("name", "vendors/bids/final_price.html"), status_code=status_code, form=form, listing=place.listing,
        lot=place.lot, terms=place.terms, invitation=invitation, asks_price=not place.terms.is_price_fixed,
        may_be_small=may_declare_small_micro(provider["legal_form"]),
        sealed=await current_bid(place.lot["id"], provider["id"], Stage.FINAL), **more,
    )  # fmt: skip


@get(FINAL_PATH, opt=BID)
async def show_final_price(reference: FromPath[str], number: FromPath[int], actor: CurrentActor) -> Template:
    """Ask for the final price."""
    return await final_page(await lot_to_bid(reference, number), actor, None)


@post(FINAL_PATH, opt=BID)
async def do_final_price(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Show the final price once more; the second press seals it."""
    check_server_seals(request)
    place = await lot_to_bid(reference, number)
    provider = await own_provider(actor)
    texts = (await posted(request)).texts
    form = parse([SMALL_MICRO], texts) if place.terms.is_price_fixed else read_price(place.terms, texts)
    price = final_price(place.terms, form.values.get("price"))
    if mistake := small_micro_mistake(provider["legal_form"], bool(form["is_small_micro"])):
        form.errors["is_small_micro"] = mistake
    if form.errors or price is None:
        return await final_page(place, actor, form, 422)
    if texts.get("step") != "seal":
        return await final_page(place, actor, form, name="vendors/bids/final_check.html", price=price)
    stated = Stated(form.values.get("price_words") or "", form.values.get("unit_price"))
    final = FinalPrice(price, bool(form["is_small_micro"]), stated)
    store, trace = request.app.state["gateways"].documents, trace_of(request)
    try:
        receipt = await seal_final_price(place.lot["id"], final, store, actor, now, trace)
    except DomainError as refused:
        form.errors["_seal"] = refused.sentence
        return await final_page(place, actor, form, refused.status_code)
    return go(f"/bids/{receipt}")


ROUTES: list[Any] = [
    show_check, do_seal, show_bids, show_receipt, download_receipt, download_sealed, show_withdraw, do_withdraw,
    do_confirm, show_final_price, do_final_price,
]  # fmt: skip
