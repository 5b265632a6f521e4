"""Agreements with agencies: the buyer records, a colleague approves, the agency reads what it may do."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.agencies import queries
from marketplace.accounts.agencies.forms import REASON, agreement_form
from marketplace.accounts.agencies.rules import (
    FEE_PAYERS,
    STATUS_LABELS,
    AgreementStatus,
    check_may_record,
    is_in_force,
    may_decide,
    may_end,
)  # fmt: skip
from marketplace.accounts.agencies.services import (
    approve_agreement,
    end_agreement,
    record_agreement,
    return_agreement,
)  # fmt: skip
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.mandates import ENTRUSTED_LABELS, STAYS_WITH_BUYER, Entrusted
from marketplace.accounts.permissions import Permission, Role
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

READ = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)
RECORD = needs(Permission.DRAFT_LISTING)
DECIDE = needs(Permission.APPROVE_LISTING)
A = AgreementStatus
STATUS_TONES = {A.RECORDED: "waiting", A.APPROVED: "done", A.RETURNED: "refused", A.ENDED: "neutral"}
WORDS = {
    "status_labels": STATUS_LABELS, "status_tones": STATUS_TONES, "act_labels": ENTRUSTED_LABELS,
    "fee_payers": FEE_PAYERS, "stays": STAYS_WITH_BUYER,
}  # fmt: skip


def _party(actor: Actor) -> UUID | None:
    return None if actor.may(Permission.READ_EVERYTHING) else actor.organisation_id


@get("/agency-agreements", opt=READ)
async def show_agreements(actor: CurrentActor, now: Now) -> Template:
    """Every agreement of the reader's office."""
    rows, today = await queries.list_agreements(_party(actor)), county_day(now)
    return page(
        "marketplace/accounts/agencies/list.html", rows=rows, total=len(rows), may_record=Role.BUYER in actor.roles,
        in_force={row["id"] for row in rows if is_in_force(row, today)}, **WORDS,
    )  # fmt: skip


async def _new_page(form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "marketplace/accounts/agencies/new.html", status_code=status_code, form=form,
        agencies=await queries.agencies(), **WORDS,
    )  # fmt: skip


@get("/agency-agreements/new", opt=RECORD)
async def show_new(actor: CurrentActor) -> Template:
    """Enter a written agreement."""
    check_may_record(actor)
    return await _new_page(Bound(raw={"acts": [each.value for each in Entrusted]}))


@post("/agency-agreements/new", opt=RECORD, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_record(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Store it for a colleague to approve."""
    check_may_record(actor)
    sent = await posted(request)
    form, new = agreement_form(sent.texts)
    if new is not None:
        file = next(iter(sent.files.get("file", [])), None)
        store = request.app.state["gateways"].documents
        try:
            kept = (NewDocument(file.filename, file.file), store) if file else None
            return go(f"/agency-agreements/{await record_agreement(new, kept, actor, now)}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _new_page(form, 422)


async def _page_of(
    reference: str, actor: Actor, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    row = await queries.agreement_page(reference, _party(actor))
    if row is None:
        raise NotFound()
    return page(
        "marketplace/accounts/agencies/show.html", status_code=status_code, agreement=row, form=form,
        may_decide=may_decide(actor, row), may_end=may_end(actor, row), in_force=is_in_force(row, county_day(now)),
        today=county_day(now), of_agency=actor.organisation_id == row["agency"], **WORDS,
    )  # fmt: skip


@get("/agency-agreements/{reference:str}", opt=READ)
async def show_agreement(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One agreement: what it hands over, what stays, and who approved it."""
    return await _page_of(reference, actor, now)


@post("/agency-agreements/{reference:str}/approve", opt=DECIDE)
async def do_approve(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Let it count."""
    await approve_agreement(reference, actor, now)
    return go(f"/agency-agreements/{reference}")


@post("/agency-agreements/{reference:str}/return", opt=DECIDE)
async def do_return(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Send it back with the reason."""
    form = parse(REASON, (await posted(request)).texts)
    if form.errors:
        return await _page_of(reference, actor, now, form, 422)
    await return_agreement(reference, form["reason"], actor, now)
    return go(f"/agency-agreements/{reference}")


@post("/agency-agreements/{reference:str}/end", opt=DECIDE)
async def do_end(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take the mandate back."""
    form = parse(REASON, (await posted(request)).texts)
    if form.errors:
        return await _page_of(reference, actor, now, form, 422)
    await end_agreement(reference, form["reason"], actor, now)
    return go(f"/agency-agreements/{reference}")


ROUTES: list[Any] = [show_agreements, show_new, do_record, show_agreement, do_approve, do_return, do_end]
