"""Pause, resume and cancel."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.interruptions.rules import (
    CANCEL_GROUNDS,
    SUSPENSION_GROUNDS,
    NewSuspension,
    check_may_cancel,
    check_may_interrupt,
    check_may_suspend,
)  # fmt: skip
from catalogue.interruptions.services import cancel_published, resume_listing, suspend_listing
from catalogue.listings.queries import listing_page
from catalogue.listings.rules import Status
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Conflict, FormRefused
from marketplace.kernel.forms import Bound, Field, choice, day, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.public_words import public_text
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

REVIEW = needs(Permission.APPROVE_LISTING)
LISTING = "/listings/{reference:str}"

SUSPEND = [
    Field("ground", N_("暂停的情形"), choice(list(SUSPENSION_GROUNDS))),
    Field("reason", N_("具体原因"), public_text(1000)),
    Field("document_number", N_("通知文号"), text(60), is_required=False),
    Field("until", N_("恢复日"), day()),
]
CANCEL = [
    Field("ground", N_("取消的情形"), choice(list(CANCEL_GROUNDS))),
    Field("reason", N_("具体原因"), public_text(1000)),
]


async def _suspend_page(
    reference: str, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    check_may_interrupt(actor, listing)
    check_may_suspend(listing, now)
    return page(
        "catalogue/interruptions/suspend.html", status_code=status_code, form=form, listing=listing,
        grounds=list(SUSPENSION_GROUNDS.items()), longest=number("R-TIME-27", listing["rules_on"]),
    )  # fmt: skip


@get(LISTING + "/suspend", opt=REVIEW)
async def show_suspend(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Say why and until when."""
    return await _suspend_page(reference, None, actor, now)


@post(LISTING + "/suspend", opt=REVIEW)
async def do_suspend(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Pause it."""
    form = parse(SUSPEND, (await posted(request)).texts)
    if not form.errors:
        new = NewSuspension(form["ground"], form["reason"], form["until"], form["document_number"] or "")
        try:
            await suspend_listing(reference, new, actor, now)
            return go(f"/listings/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _suspend_page(reference, form, actor, now, 422)


@get(LISTING + "/resume", opt=REVIEW)
async def show_resume(reference: FromPath[str], actor: CurrentActor) -> Template:
    """What resuming means. Raises Conflict when it is not suspended."""
    listing = await listing_page(reference)
    check_may_interrupt(actor, listing)
    if listing["status"] != Status.SUSPENDED:
        raise Conflict(N_("这个项目现在没有暂停。请刷新页面查看现在的状态。"))
    return page("catalogue/interruptions/resume.html", listing=listing, form=None)


@post(LISTING + "/resume", opt=REVIEW)
async def do_resume(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take bids again."""
    await resume_listing(reference, actor, now)
    return go(f"/listings/{reference}")


async def _cancel_page(
    reference: str, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    check_may_interrupt(actor, listing)
    check_may_cancel(listing, now)
    return page(
        "catalogue/interruptions/cancel.html", status_code=status_code, form=form, listing=listing,
        grounds=list(CANCEL_GROUNDS.items()), refund_days=number("R-TIME-21", listing["rules_on"]),
    )  # fmt: skip


@get(LISTING + "/cancel", opt=REVIEW)
async def show_cancel(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """What cancelling does, and why it is done."""
    return await _cancel_page(reference, None, actor, now)


@post(LISTING + "/cancel", opt=REVIEW)
async def do_cancel(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Cancel it."""
    form = parse(CANCEL, (await posted(request)).texts)
    if form.errors:
        return await _cancel_page(reference, form, actor, now, 422)
    await cancel_published(reference, form["ground"], form["reason"], actor, now)
    return go(f"/listings/{reference}")


ROUTES: list[Any] = [show_suspend, do_suspend, show_resume, do_resume, show_cancel, do_cancel]
