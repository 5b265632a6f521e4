"""Duty certificates: entered by the employer, countersigned by another person."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from contracts.subsidies.duty import (
    DUTY_LABELS,
    countersign_duty,
    enter_duty,
    list_duty,
    withdraw_duty,
    workers_for_duty,
)
from contracts.subsidies.forms import DUTY, WITHDRAWAL
from contracts.visits.rules import hours_words
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

SEEING = needs(Permission.MANAGE_WORKERS, Permission.RUN_SUBSIDIES, Permission.READ_EVERYTHING)
ENTERING = needs(Permission.MANAGE_WORKERS)
SIGNING = needs(Permission.MANAGE_WORKERS, Permission.RUN_SUBSIDIES)


async def _page(
    actor: Actor, form: Bound | None = None, done: str = "", about: str = "", status_code: int = 200
) -> Template:
    enters = actor.may(Permission.MANAGE_WORKERS)
    return page(
        "contracts/subsidies/duty.html", status_code=status_code, form=form, done=done, about=about, enters=enters,
        certificates=await list_duty(actor), workers=await workers_for_duty(actor) if enters else [],
        labels=DUTY_LABELS, hours_words=hours_words, me=actor.person_id,
        signs=enters or actor.may(Permission.RUN_SUBSIDIES),
    )  # fmt: skip


@get("/subsidies/duty", opt=SEEING)
async def show_duty(actor: CurrentActor, done: FromQuery[str] = "") -> Template:
    """Certificates of the own office, or of the county."""
    return await _page(actor, done=done)


@post("/subsidies/duty", opt=ENTERING)
async def do_enter_duty(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Certify a worker's month."""
    form = parse(DUTY, (await posted(request)).texts)
    if not form.errors:
        try:
            await enter_duty(form["worker"], form["month"], int(form["hours"] * 60), form["duties"], actor, now)
            return go("/subsidies/duty?done=entered")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except NotFound:
            form.refuse("worker", N_("请从列出的选项里选一个。"))
        except DomainError as refused:
            if refused.status_code != 409:
                raise
            form.errors["month"] = refused.sentence
    return await _page(actor, form, status_code=422)


@post("/subsidies/duty/{certificate:uuid}/countersign", opt=irreversible(SIGNING))
async def do_countersign(certificate: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Countersign another person's certificate."""
    await countersign_duty(certificate, actor, now)
    return go("/subsidies/duty?done=signed")


@post("/subsidies/duty/{certificate:uuid}/withdraw", opt=SIGNING)
async def do_withdraw_duty(
    request: Request[Any, Any, Any], certificate: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Take a wrong certificate back."""
    form = parse(WITHDRAWAL, (await posted(request)).texts)
    if form.errors:
        return await _page(actor, form, about=str(certificate), status_code=422)
    await withdraw_duty(certificate, form["reason"], actor, now)
    return go("/subsidies/duty?done=withdrawn")


ROUTES: list[Any] = [show_duty, do_enter_duty, do_countersign, do_withdraw_duty]
