"""The members of a consortium, as a part of the draft that only the bidder's browser opens."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.limits import CONSORTIUM_SHARE
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, short_name
from marketplace.accounts.guards import CurrentActor, Now
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.forms import Bound, Field, decimal, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, posted
from vendors.bids.consortium import MOST_MEMBERS, Member, member_mistakes, own_share
from vendors.bids.consortium_queries import admits_consortium, against_members, registered
from vendors.bids.cookie import BrowserKey, key_in
from vendors.bids.desk import Desk, desk
from vendors.bids.drafts import DraftLocked, add_paper, save_draft
from vendors.bids.routes import BID, PATH, bid_page
from vendors.providers.credit_codes import read_credit_code

NUMBERS = range(1, MOST_MEMBERS + 1)
SHARE = decimal(Decimal("0.01"), Decimal("99.99"))
ROWS = [
    each
    for number in NUMBERS
    for each in (
        Field(f"code_{number}", N_("成员的统一社会信用代码"), read_credit_code, is_required=False),
        Field(f"share_{number}", N_("承担份额（百分比）"), SHARE, is_required=False),
    )
]


async def _consortium_page(at: Desk, form: Bound | None, now: Any, status_code: int = 200) -> Template:
    members = at.found.draft.members
    place = at.place
    known, admits = await together(
        registered(member.credit_code for member in members), admits_consortium(place.listing["id"])
    )
    against = await against_members(known.values(), county_day(now), place.lot["legal_forms"], place.listing)
    return bid_page(
        "consortium", at, form, status_code, numbers=list(NUMBERS), members=dict(enumerate(members, 1)),
        own_share=own_share(members), against=[each for found in against.values() for each in found],
        admits=admits,
        consortium_share=number(CONSORTIUM_SHARE, place.listing["rules_on"]),
    )  # fmt: skip


@get(PATH + "/consortium", opt=BID)
async def show_consortium(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """Who takes part with which share, and what speaks against them."""
    return await _consortium_page(await desk(reference, number, key_in(request), actor, now), None, now)


@post(PATH + "/consortium", opt=BID, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_save_consortium(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Save the members and the agreement; without members the bidder takes part alone."""
    sent, browser = await posted(request), BrowserKey(request)
    at = await desk(reference, number, browser.key, actor, now)
    form = parse(ROWS, sent.texts)
    files = sent.files.get("agreement", [])
    members = await _members(form, at, has_agreement=bool(files))
    lot = at.place.lot["id"]
    if not form.errors:
        try:
            agreement = at.found.draft.agreement if members else ""
            if members and files:
                agreement = short_name(files[0].filename)
                await add_paper(lot, agreement, files[0].file, browser.key, actor, now)
            await save_draft(
                lot, lambda draft: replace(draft, members=members, agreement=agreement), browser.key, actor, now
            )
        except DraftLocked:
            raise
        except DomainError as refused:
            form.errors["agreement"] = refused.sentence
    if form.errors:
        return browser.given(await _consortium_page(at, form, now, 422))
    return browser.given(go(f"{at.place.path}/consortium" if members else at.place.path))


async def _members(form: Bound, at: Desk, *, has_agreement: bool) -> tuple[Member, ...]:
    typed = {number: (form.values.get(f"code_{number}"), form.values.get(f"share_{number}")) for number in NUMBERS}
    codes = [code for code, _ in typed.values() if code]
    if codes and not await admits_consortium(at.place.listing["id"]):
        raise Forbidden(N_("这个公告不接受联合体。请由本机构单独参加。"), "R-ROLE-12")
    known = await registered(codes)
    for name, sentence in member_mistakes(typed, at.provider["credit_code"], known).items():
        form.errors.setdefault(name, sentence)
    papers = {paper.name for paper in at.found.draft.papers}
    if codes and not has_agreement and at.found.draft.agreement not in papers:
        form.refuse("agreement", N_("请上传联合协议，写明各方的分工和份额，由各方盖章。"))
    if form.errors:
        return ()
    return tuple(Member(code, known[code]["name"], share) for code, share in typed.values() if code and share)


ROUTES: list[Any] = [show_consortium, do_save_consortium]
