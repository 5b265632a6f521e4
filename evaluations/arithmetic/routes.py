"""Pages of prices that differ from themselves: the panel mends and asks, the bidder confirms on its own page."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from catalogue.scoring.arithmetic import STEP_WORDS
from evaluations.arithmetic.queries import opinions_on, statements_of
from evaluations.arithmetic.rules import STATE_LABELS, STATE_TONES, FoundInPapers
from evaluations.arithmetic.services import (
    Question,
    Reply,
    answer_correction,
    ask_to_confirm,
    least_minutes,
    own_corrections,
    withdraw_question,
)
from evaluations.opening.queries import opened_bids
from evaluations.panel.codes import coded, hides_names
from evaluations.panel.queries import is_locked, judging_members, member_of, panel_listing
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, decimal, flag, identifier, money, parse, text, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.bids.contents import LARGEST_WORDS

PATH = "/listings/{reference:str}/price-statements"
OWN_PATH = "/listings/{reference:str}/price-correction"
QUESTION_FIELDS = [
    Field("bid", N_("响应"), identifier()),
    Field("minutes", N_("确认的时间"), whole_number(1, 24 * 60)),
    Field("in_words", N_("报价（大写）"), text(LARGEST_WORDS), is_required=False),
    Field("unit_price", N_("单价"), decimal(Decimal("0.0001"), Decimal("9999999999"), 4), is_required=False),
    Field("body_total", N_("投标文件里的总价"), money(), is_required=False),
    Field("place", N_("在哪一份文件的哪一页"), text(200), is_required=False),
    Field("holds_slipped", N_("单价明显错位"), flag(), is_required=False),
]
WITHDRAWAL_FIELDS = [Field("bid", N_("响应"), identifier()), Field("withdraw_reason", N_("为什么收回"), text(2000))]
REPLY_FIELDS = [
    Field("bid", N_("响应"), identifier()),
    Field("confirms", N_("是否确认"), choice(["yes", "no"])),
    Field("reason", N_("理由"), text(2000), is_required=False),
]


@get(PATH, opt=SIGNED_IN)
async def show_statements(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template | Redirect:
    """What each bid states of its price, what differs, and what the law makes of it."""
    return await _page(reference, actor, now, None, None)


async def _page(
    reference: str, actor: Actor, now: datetime, form: Bound | None, about: UUID | None
) -> Template | Redirect:
    listing = await panel_listing(reference, actor)
    me = await member_of(listing["id"], actor.person_id)
    if me and me["has_interest"]:
        raise NotFound()
    if me and me["declared_at"] is None:
        return go(f"/listings/{reference}/panel")
    judges = me is not None and listing["status"] == "opened"
    opinions = await opinions_on(listing["id"]) if judges else {}
    statements = await statements_of(listing)
    if me and not await is_locked(listing["id"]) and await hides_names(listing):
        hidden = {row["id"]: row for row in coded([s.row for s in statements], await opened_bids(listing["id"]))}
        statements = [replace(s, row=hidden[s.row["id"]]) for s in statements]
    return page(
        "evaluations/arithmetic/statements.html", status_code=422 if form else 200, listing=listing, form=form,
        about=about, statements=statements, step_words=STEP_WORDS, state_labels=STATE_LABELS,
        state_tones=STATE_TONES, in_capitals=in_capitals,
        may_ask=judges, least_minutes=least_minutes(listing, now), members=len(await judging_members(listing["id"])),
        readings={bid: _readings(rows, me) for bid, rows in opinions.items() if me},
        withdrawals={bid: [o for o in rows if o["act"] == "withdraw"] for bid, rows in opinions.items()},
        my_seat=me["id"] if me else None,
    )  # fmt: skip


def _readings(opinions: list[dict[str, Any]], me: dict[str, Any]) -> list[dict[str, Any]]:
    """What members read in the papers of a bid, each reading once with how many share it; nobody's name (R-COM-06)."""
    found: dict[Any, dict[str, Any]] = {}
    for each in opinions:
        if each["act"] == "ask":
            kept = found.setdefault(each["read"].same_as, {**each, "count": 0, "is_mine": False})
            kept["count"] += 1
            kept["is_mine"] = kept["is_mine"] or each["member"] == me["id"]
    return list(found.values())


@post(PATH, opt=SIGNED_IN)
async def do_ask_to_confirm(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Record the correction and ask the bidder; the clock starts."""
    listing = await panel_listing(reference, actor)
    form = parse(QUESTION_FIELDS, (await posted(request)).texts)
    about = form.values.get("bid")
    if not form.errors:
        if about not in {each.row["id"] for each in await statements_of(listing)}:
            raise NotFound()
        read = FoundInPapers(
            form["in_words"] or "", form["unit_price"], form["body_total"], form["place"] or "",
            bool(form["holds_slipped"]),
        )  # fmt: skip
        try:
            await ask_to_confirm(Question(form["bid"], form["minutes"], read), actor, now)
            return go(f"/listings/{reference}/price-statements")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _page(reference, actor, now, form, about)


@post(f"{PATH}/withdraw", opt=SIGNED_IN)
async def do_withdraw(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hold that a question which still waits was wrong; the majority takes it back."""
    listing = await panel_listing(reference, actor)
    form = parse(WITHDRAWAL_FIELDS, (await posted(request)).texts)
    about = form.values.get("bid")
    if not form.errors:
        if about not in {each.row["id"] for each in await statements_of(listing)}:
            raise NotFound()
        try:
            await withdraw_question(form["bid"], form["withdraw_reason"], actor, now)
            return go(f"/listings/{reference}/price-statements")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _page(reference, actor, now, form, about)


@get(OWN_PATH, opt=needs(Permission.BID))
async def show_correction(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What this bidder is asked to confirm, and until when."""
    return await _own_page(reference, actor, now, None)


async def _own_page(reference: str, actor: Actor, now: datetime, form: Bound | None) -> Template:
    listing = await listing_page(reference)
    asked = await own_corrections(listing["id"], actor.organisation_id)
    if not asked:
        raise NotFound()
    return page(
        "evaluations/arithmetic/correction.html", status_code=422 if form else 200, listing=listing, form=form,
        asked=asked, step_words=STEP_WORDS, now=now, in_capitals=in_capitals,
    )  # fmt: skip


@post(OWN_PATH, opt=needs(Permission.BID))
async def do_answer_correction(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Confirm the mended price, or refuse; once."""
    listing = await listing_page(reference)
    form = parse(REPLY_FIELDS, (await posted(request)).texts)
    if not form.errors:
        own = {each.row["id"] for each in await own_corrections(listing["id"], actor.organisation_id)}
        if form["bid"] not in own:
            raise NotFound()
        try:
            await answer_correction(Reply(form["bid"], form["confirms"] == "yes", form["reason"] or ""), actor, now)
            return go(f"/listings/{reference}/price-correction")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _own_page(reference, actor, now, form)


ROUTES: list[Any] = [show_statements, do_ask_to_confirm, do_withdraw, show_correction, do_answer_correction]
