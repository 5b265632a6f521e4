"""The provider's pages of the pre-check: ask for items, read what was found, add, withdraw, object, renew."""

from collections.abc import Awaitable
from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted
from vendors.providers.queries import current_papers, own_provider
from vendors.providers.rules import PAPER_LABELS, missing_papers
from vendors.qualification import applying, queries
from vendors.qualification.automatic import OUTCOME_LABELS, OUTCOME_TONES, Outcome, requirement_label
from vendors.qualification.forms import ANSWER, ITEMS, OBJECTION
from vendors.qualification.rules import (
    OPEN,
    PRECHECK_STATUS_LABELS,
    PRECHECK_STATUS_TONES,
    STEP_LABELS,
    holds_on,
    may_renew,
    own_status,
)
from vendors.registration.queries import offered_items

OWN = needs(Permission.EDIT_PROVIDER_FILE)
LIST = "/my-organisation/prechecks"


async def _list_page(actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200) -> Template:
    provider, today = await own_provider(actor), county_day(now)
    rows, holding, papers, offers, items = await together(
        queries.of_provider(provider["id"]), queries.holding([provider["id"]], today), current_papers(provider["id"]),
        offered_items(provider["id"]), current_items(),
    )  # fmt: skip
    held = {row["item_code"]: row for row in holding[provider["id"]]}
    running = {row["item_code"] for row in rows if row["status"] in OPEN}
    fresh = {
        code for code, row in held.items() if not may_renew(row["valid_until"], today, bool(row["changed"]))
    }
    offered = {row["item_code"] for row in offers}
    return page(
        "vendors/qualification/own.html", status_code=status_code, form=form, rows=rows, held=held, today=today,
        items=[item for item in items if item["code"] not in running | fresh], offered=offered,
        missing=missing_papers(provider["legal_form"], [p["kind"] for p in papers]), labels=PAPER_LABELS,
        status_labels=PRECHECK_STATUS_LABELS, status_tones=PRECHECK_STATUS_TONES, holds_on=holds_on,
        own_status=own_status,
    )  # fmt: skip


@get(LIST, opt=OWN)
async def show_own(actor: CurrentActor, now: Now) -> Template:
    """The own pre-checks, and the items to ask for."""
    return await _list_page(actor, now)


@post(LIST, opt=OWN)
async def do_apply(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Ask for a pre-check of one or more items."""
    form = parse(ITEMS, (await posted(request)).texts)
    if form.errors:
        return await _list_page(actor, now, form, 422)
    try:
        await applying.apply_for_precheck(form["items"], actor, now)
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _list_page(actor, now, form, 422)
    except DomainError as refused:
        form.errors["items"] = refused.sentence
        return await _list_page(actor, now, form, refused.status_code)
    return go(LIST)


async def _one_page(
    reference: str, actor: Actor, now: datetime, form: Bound | None = None, status_code: int = 200
) -> Template:
    row = await queries.precheck(reference, actor)
    # what was found is the provider's to read once it is decided, not while it is only proposed
    found = [f for f in await queries.findings(row["id"]) if row["decided_at"] is not None]
    steps = [s for s in await queries.steps(row["id"]) if s["act"] not in ("proposed", "sent_back")]
    return page(
        "vendors/qualification/own_one.html", status_code=status_code, form=form, row=row, findings=found,
        steps=steps, step_labels=STEP_LABELS, status_labels=PRECHECK_STATUS_LABELS, Outcome=Outcome,
        status_tones=PRECHECK_STATUS_TONES, outcome_labels=OUTCOME_LABELS, outcome_tones=OUTCOME_TONES,
        requirement_label=requirement_label, today=county_day(now), own_status=own_status,
        is_holding=holds_on(row["valid_from"], row["valid_until"], county_day(now)),
    )  # fmt: skip


@get(LIST + "/{reference:str}", opt=OWN)
async def show_one(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One own pre-check with its findings and steps."""
    return await _one_page(reference, actor, now)


async def _done(act: Awaitable[None], reference: str, field: str, form: Bound, actor: Actor, now: datetime) -> Any:
    try:
        await act
    except DomainError as refused:
        form.errors[field] = refused.sentence
        return await _one_page(reference, actor, now, form, refused.status_code)
    return go(f"{LIST}/{reference}")


@post(LIST + "/{reference:str}/answer", opt=OWN)
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say that what was asked for is there."""
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _one_page(reference, actor, now, form, 422)
    done: Redirect | Template = await _done(
        applying.answer_precheck(reference, form["note"], actor, now), reference, "note", form, actor, now
    )
    return done


@post(LIST + "/{reference:str}/withdraw", opt=OWN)
async def do_withdraw(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take the application back."""
    await applying.withdraw_precheck(reference, actor, now)
    return go(f"{LIST}/{reference}")


@post(LIST + "/{reference:str}/object", opt=OWN)
async def do_object(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Object to a negative finding."""
    form = parse(OBJECTION, (await posted(request)).texts)
    if form.errors:
        return await _one_page(reference, actor, now, form, 422)
    done: Redirect | Template = await _done(
        applying.object_to_precheck(reference, form["reasons"], actor, now), reference, "reasons", form, actor, now
    )
    return done


ROUTES: list[Any] = [show_own, do_apply, show_one, do_answer, do_withdraw, do_object]
