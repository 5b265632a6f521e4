"""Pages of the low-price review: the panel asks and decides, the bidder explains on its own page."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.queries import listing_page
from evaluations.scoring import queries
from evaluations.scoring.low_prices import (
    Explanation,
    Opinion,
    Question,
    ask_about_price,
    check_own,
    decide_low_price,
    explain_price,
)
from evaluations.scoring.routes import scoring_page, seat_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import FileRefused
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

QUESTION_FIELDS = [
    Field("bid", N_("响应"), identifier()),
    Field("minutes", N_("说明的时间"), whole_number(1, 24 * 60)),
    Field("judgement", N_("评审小组的理由"), text(2000), is_required=False),
]
OPINION_FIELDS = [
    Field("bid", N_("响应"), identifier()),
    Field("is_accepted", N_("是否接受"), choice(["yes", "no"])),
    Field("opinion", N_("评审小组的意见"), text(4000)),
]
EXPLANATION_FIELDS = [
    Field("bid", N_("响应"), identifier()),
    Field("explanation", N_("说明和成本依据"), text(8000)),
]


@post("/listings/{reference:str}/scoring/low-price/ask", opt=SIGNED_IN)
async def do_ask(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Ask a bidder to explain its price; the clock starts."""
    await seat_of(reference, actor)
    form = parse(QUESTION_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await ask_about_price(Question(form["bid"], form["minutes"], form["judgement"] or ""), actor, now)
            return go(f"/listings/{reference}/scoring")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await scoring_page(reference, actor, form, 422)


@post("/listings/{reference:str}/scoring/low-price", opt=SIGNED_IN)
async def do_decide_low_price(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record what the panel holds of the explanation."""
    await seat_of(reference, actor)
    form = parse(OPINION_FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await decide_low_price(Opinion(form["bid"], form["is_accepted"] == "yes", form["opinion"]), actor, now)
            return go(f"/listings/{reference}/scoring")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await scoring_page(reference, actor, form, 422)


@get("/listings/{reference:str}/low-price", opt=needs(Permission.BID))
async def show_own(reference: FromPath[str], actor: CurrentActor) -> Template:
    """What this bidder is asked about its price, and until when."""
    return await _own_page(reference, actor, Bound())


async def _own_page(reference: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    listing = await listing_page(reference)
    asked = await queries.low_price_requests(listing["id"], actor.organisation_id)
    if not asked:
        raise NotFound()
    return page(
        "evaluations/scoring/low_price.html", status_code=status_code, listing=listing, asked=asked, form=form,
    )  # fmt: skip


@post("/listings/{reference:str}/low-price", opt=needs(Permission.BID), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_explain(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Explain the price once."""
    listing = await listing_page(reference)
    sent = await posted(request)
    form = parse(EXPLANATION_FIELDS, sent.texts)
    if not form.errors:
        await check_own(form["bid"], listing["id"], actor.organisation_id)
        paper = next((NewDocument(f.filename, f.file) for f in sent.files.get("paper", [])), None)
        try:
            store = request.app.state["gateways"].documents
            await explain_price(Explanation(form["bid"], form["explanation"], paper), store, actor, now)
            return go(f"/listings/{reference}/low-price")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except FileRefused as refused:
            form.errors["paper"] = refused.sentence
    return await _own_page(reference, actor, form, 422)


@get("/listings/{reference:str}/scoring/low-price/{bid:uuid}", opt=SIGNED_IN)
async def download_evidence(
    request: Request[Any, Any, Any], reference: FromPath[str], bid: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """The paper with the costs, for the panel."""
    listing = await seat_of(reference, actor)
    asked = next((a for a in await queries.low_price_requests(listing["id"]) if a["opened_bid"] == bid), None)
    if asked is None or asked["evidence"] is None:
        raise NotFound()
    return await as_attachment(await document_facts(asked["evidence"]), request.app.state["gateways"].documents)


ROUTES: list[Any] = [do_ask, do_decide_low_price, show_own, do_explain, download_evidence]
