"""Papers that stand in the provider's file already, put into a bid by ticking them."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Field, identifier, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, posted
from vendors.bids.cookie import BrowserKey, key_in
from vendors.bids.desk import desk
from vendors.bids.drafts import add_paper
from vendors.bids.routes import BID, PATH, bid_page
from vendors.providers.queries import current_papers
from vendors.providers.rules import PAPER_LABELS

CHOSEN = [Field("papers", N_("本机构资料里的材料"), identifier(), is_list=True)]


@get(PATH + "/from-file", opt=BID)
async def show_file_papers(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """The papers in the file now, to be ticked; those that have run out are named and not offered."""
    at = await desk(reference, number, key_in(request), actor, now)
    papers = await current_papers(at.provider["id"])
    return bid_page("from_file", at, None, papers=papers, labels=PAPER_LABELS, today=county_day(now))


@post(PATH + "/from-file", opt=BID)
async def do_take_papers(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Copy the ticked papers into the draft, encrypted like the rest of it."""
    form, browser = parse(CHOSEN, (await posted(request)).texts), BrowserKey(request)
    at = await desk(reference, number, browser.key, actor, now)
    papers = {p["id"]: p for p in await current_papers(at.provider["id"])}
    chosen: list[UUID] = [each for each in form["papers"] if each in papers]
    store = request.app.state["gateways"].documents
    for paper in chosen:
        try:
            content = await store.get((await document_facts(papers[paper]["document"])).storage_key)
            await add_paper(at.place.lot["id"], papers[paper]["name"], content, browser.key, actor, now)
        except DomainError as refused:
            form.errors.setdefault("papers", refused.sentence)
    if form.errors:
        at = await desk(reference, number, browser.key, actor, now)
        more = {"papers": list(papers.values()), "labels": PAPER_LABELS, "today": county_day(now)}
        return browser.given(bid_page("from_file", at, form, 422, **more))
    return browser.given(go(f"{at.place.path}/technical"))


ROUTES: list[Any] = [show_file_papers, do_take_papers]
