"""Prepare a bid: one subject a page, saved under the browser's own key."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.methods import row_of
from catalogue.listings.rules import GRADE_LABELS, accepts_bids
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Posted, parse
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.rulebook import number as rule_number
from marketplace.kernel.web import PostedForm, go, page, posted
from vendors.bids.consortium import Member, subcontract_mistakes
from vendors.bids.consortium_queries import registered
from vendors.bids.contents import GRADES
from vendors.bids.cookie import BrowserKey, key_in
from vendors.bids.desk import Desk, desk
from vendors.bids.draft_box import Draft, PastClaim
from vendors.bids.drafts import DraftLocked, add_paper, remove_paper, save_draft
from vendors.bids.forms import (
    ELIGIBILITY,
    HOURS,
    PRICE,
    SEAL,
    SMALL_MICRO,
    START_OVER,
    STATEMENTS,
    SUBCONTRACT,
    TECHNICAL,
    parse_qualification,
)
from vendors.bids.papers import LIMITS
from vendors.bids.progress import TASK_LABELS, Task, named_seal
from vendors.bids.rules import (
    DECLARATIONS,
    PriceTerms,
    asks_price,
    highest_price,
    hours_mistake,
    past_performance_mistakes,
    price_mistake,
    statement_mistakes,
)
from vendors.bids.seals import SEAL_LABELS, Seal, seal_mistakes
from vendors.providers.rules import PAPER_LABELS, small_micro_mistake

BID = needs(Permission.BID)
PATH = "/listings/{reference:str}/lots/{number:int}/bid"
ACCEPTED = ".pdf,.docx,.xlsx,.ofd,.png,.jpg,.jpeg,.txt,.csv"


def bid_page(name: str, at: Desk, form: Bound | None, status_code: int = 200, **more: Any) -> Template:
    """A page of the bid with what every one of them shows."""
    return page(
        f"vendors/bids/{name}.html", status_code=status_code, form=form, desk=at, place=at.place,
        listing=at.place.listing, lot=at.place.lot, draft=at.found.draft, base=at.place.path, task_labels=TASK_LABELS,
        grade_labels=GRADE_LABELS, accepted=ACCEPTED, limits=LIMITS, paper_labels=PAPER_LABELS,
        seal=named_seal(at.found.draft), seal_labels=SEAL_LABELS, **more,
    )  # fmt: skip


# as both pages offer them
SEAL_KINDS = [(kind, say(label)) for kind, label in SEAL_LABELS.items()]


def own_values(task: Task, at: Desk) -> dict[str, Any]:
    """What the page of one part shows besides."""
    if task == Task.QUALIFICATION:
        return {"declarations": DECLARATIONS, "grades": GRADES}
    if task == Task.PRICE:
        return {
            "asks_price": asks_price(at.asked.terms), "highest": highest_price(at.asked.terms),
            "method_row": row_of(at.place.listing),
        }  # fmt: skip
    return {"seal_kinds": SEAL_KINDS} if task == Task.TECHNICAL else {}


@get(PATH, opt=BID)
async def show_bid(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Template:
    """The parts of the bid, what speaks against it by statute, and what is sealed already."""
    at = await desk(reference, number, key_in(request), actor, now)
    is_open = accepts_bids(at.place.listing["status"], at.place.listing["closes_at"], now)
    return bid_page("bid", at, None, is_open=is_open)


@post(PATH + "/start-over", opt=BID)
async def do_start_over(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect:
    """Drop a draft that another browser holds the key of."""
    browser = BrowserKey(request)
    at = await desk(reference, number, browser.key, actor, now)
    await save_draft(at.place.lot["id"], lambda _: Draft(), browser.key, actor, now, start_over=True)
    return browser.given(go(at.place.path))


@get(PATH + "/{task:str}", opt=BID)
async def show_task(
    request: Request[Any, Any, Any],
    reference: FromPath[str],
    number: FromPath[int],
    task: FromPath[str],
    actor: CurrentActor,
    now: Now,
) -> Template:
    """One part of the bid."""
    part = read_task(task)
    at = await desk(reference, number, key_in(request), actor, now)
    return bid_page(part.value, at, None, **own_values(part, at))


def read_task(task: str) -> Task:
    """The part an address names. Raises NotFound."""
    if task not in set(Task):
        raise NotFound()
    return Task(task)


@post(PATH + "/{task:str}", opt=BID, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_save_task(
    request: Request[Any, Any, Any],
    reference: FromPath[str],
    number: FromPath[int],
    task: FromPath[str],
    actor: CurrentActor,
    now: Now,
) -> Redirect | Template:
    """Save one part; all mistakes at once, everything typed kept."""
    part, browser, sent = read_task(task), BrowserKey(request), await posted(request)
    at = await desk(reference, number, browser.key, actor, now)
    form = read_part(part, sent, at, now)
    lot = at.place.lot["id"]
    if part == Task.TECHNICAL:
        form.values["subcontract"] = await read_subcontract(form, at)
    if not form.errors:
        try:
            start_over = bool(form["start_over"])
            await save_draft(lot, changes(part, form), browser.key, actor, now, start_over=start_over)
        except DraftLocked as locked:
            form.errors["start_over"] = locked.sentence
    stays = False
    if not form.errors:
        stays = await change_papers(part, sent, form, (lot, browser.key, actor, now))
    if form.errors:
        # what was saved before the mistake shows in the list of papers
        at = await desk(reference, number, browser.key, actor, now)
        return browser.given(bid_page(part.value, at, form, 422, **own_values(part, at)))
    return browser.given(go(f"{at.place.path}/{part}" if stays else at.place.path))


def read_part(part: Task, sent: PostedForm, at: Desk, now: datetime) -> Bound:
    """The typed values of one part with every mistake the rules find."""
    if part == Task.ELIGIBILITY:
        form = parse([*ELIGIBILITY, START_OVER], sent.texts)
        if at.exclusions and not form["acknowledged"]:
            form.refuse("acknowledged", N_("要继续参加，请勾选确认：上面的情形由资格审查决定。"))
        return form
    if part == Task.QUALIFICATION:
        return read_qualification(sent, at, now)
    if part == Task.TECHNICAL:
        return read_technical(sent, at)
    form = read_price(at.asked.terms, sent.texts) if asks_price(at.asked.terms) else parse([SMALL_MICRO], sent.texts)
    form.values |= parse([START_OVER], sent.texts).values
    if mistake := small_micro_mistake(at.provider["legal_form"], bool(form["is_small_micro"])):
        form.errors["is_small_micro"] = mistake
    return form


def read_price(terms: PriceTerms, texts: Posted) -> Bound:
    """A typed price with what else is stated of it; every mistake the rules find."""
    form = parse([PRICE, *(STATEMENTS if terms.quantity else []), SMALL_MICRO], texts)
    price = form.values.get("price")
    if price is not None and (mistake := price_mistake(terms, price)):
        form.errors["price"] = mistake
    elif price is not None:
        typed = (form.values.get("price_words") or "", form.values.get("unit_price"))
        for name, wrong in statement_mistakes(terms, price, *typed).items():
            form.errors.setdefault(name, wrong)
    return form


def read_technical(sent: PostedForm, at: Desk) -> Bound:
    """The technical page; hours that so few people may not lawfully work are said beside them."""
    most = at.asked.hours_per_person
    more = [*(HOURS if most else []), *(SUBCONTRACT if at.asked.most_subcontract else [])]
    form = parse([*TECHNICAL, *SEAL, *more, START_OVER], sent.texts)
    hours, staff = form.values.get("annual_hours"), form.values.get("service_staff")
    if most and hours and staff and (mistake := hours_mistake(hours, staff, most)):
        form.errors["annual_hours"] = mistake
    paper, kind = form.values.get("seal_paper"), form.values.get("seal_kind")
    for name, wrong in seal_mistakes(paper, kind, [each.name for each in at.found.draft.papers]).items():
        form.errors.setdefault(name, wrong)
    return form


async def read_subcontract(form: Bound, at: Desk) -> Member | None:
    """The small enterprise that would be subcontracted to; what is wrong goes into the form (R-SME-04)."""
    code, share = form.values.get("sub_code"), form.values.get("sub_share")
    most = at.asked.most_subcontract
    if most is None:
        return None
    known = await registered([code] if code else [])
    for name, sentence in subcontract_mistakes((code, share), at.provider["credit_code"], most, known).items():
        form.errors.setdefault(name, sentence)
    return Member(code, known[code]["name"], share) if code in known and share is not None else None


def read_qualification(sent: PostedForm, at: Desk, now: datetime) -> Bound:
    """The qualification page: a claim is checked for its years and needs its proof."""
    asks_past = at.asked.asks_past_performance and at.asked.own_record is None
    form = parse_qualification(sent.texts, asks_past)
    if not asks_past or form["past"] != "other":
        return form
    closes_on = county_day(at.place.listing["closes_at"])
    if evaluated_on := form["past_evaluated_on"]:
        years = int(rule_number("R-PERF-08/years", closes_on))
        for name, mistake in past_performance_mistakes(evaluated_on, closes_on, county_day(now), years).items():
            form.errors.setdefault(name, mistake)
    if "proof" not in sent.files and not any(p.is_proof for p in at.found.draft.papers):
        form.refuse("proof", N_("请上传评价结果的证明材料。"))
    return form


def changes(part: Task, form: Bound) -> Any:
    """What this part changes in the draft, whatever another window has changed meanwhile."""
    if part == Task.ELIGIBILITY:
        return lambda draft: replace(draft, acknowledged=bool(form["acknowledged"]))
    if part == Task.QUALIFICATION:
        claims = form.values.get("past") == "other"
        claim = PastClaim(form["past_grade"], form["past_buyer"], form["past_evaluated_on"]) if claims else None
        return lambda draft: replace(
            draft, declares=bool(form["declares"]), qualification_text=form["qualification_text"] or "",
            past_claim=claim, past_is_answered="past" in form.values,
        )  # fmt: skip
    if part == Task.TECHNICAL:
        return lambda draft: replace(
            draft, technical_text=form["technical_text"] or "", annual_hours=form.values.get("annual_hours"),
            service_staff=form.values.get("service_staff"), subcontract=form.values.get("subcontract"),
            seal=Seal(form["seal_paper"], form["seal_kind"]) if form.values.get("seal_paper") else None,
        )  # fmt: skip
    return lambda draft: replace(
        draft, price=form.values.get("price"), price_words=form.values.get("price_words") or "",
        unit_price=form.values.get("unit_price"), price_is_answered=True, is_small_micro=bool(form["is_small_micro"]),
    )


async def change_papers(part: Task, sent: PostedForm, form: Bound, where: tuple[UUID, bytes, Any, datetime]) -> bool:
    """Take in and take out papers of the page; whether the reader stays on it to see them."""
    lot, key, actor, now = where
    field = {Task.QUALIFICATION: "proof", Task.TECHNICAL: "papers"}.get(part, "")
    for file in sent.files.get(field, []):
        try:
            await add_paper(lot, file.filename, file.file, key, actor, now, is_proof=field == "proof")
        except DomainError as refused:
            form.errors.setdefault(field, refused.sentence)
    for paper in [sent.texts["remove"]] if part == Task.TECHNICAL and "remove" in sent.texts else []:
        await remove_paper(lot, read_identity(paper), key, actor, now)
        return True
    return field == "papers" and bool(sent.files.get(field))


def read_identity(typed: Any) -> UUID:
    """An identity from a button. Raises NotFound."""
    try:
        return UUID(str(typed))
    except ValueError:
        raise NotFound() from None


ROUTES: list[Any] = [show_bid, do_start_over, show_task, do_save_task]
