"""My data: what is held, who looked, consent, export, correction; and the administrator's answers."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import ROLE_LABELS, Permission
from marketplace.accounts.privacy.queries import held_about, requests_waiting
from marketplace.accounts.privacy.retention import FILES
from marketplace.accounts.privacy.services import (
    EDITION,
    answer_correction,
    ask_for_correction,
    give_consent,
    withdraw_consent,
)
from marketplace.kernel.clock import county_day
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

WANTED = [Field("wanted", N_("哪里不对，应当怎样"), text(1000))]
ANSWER = [Field("answer", N_("答复"), text(1000))]
MANAGE = needs(Permission.MANAGE_ACCOUNTS)


async def _my_data(actor: Actor, form: Bound, now: datetime, status_code: int = 200) -> Template:
    return page(
        "marketplace/accounts/my_data.html", status_code=status_code, form=form, held=await held_about(actor),
        role_labels=ROLE_LABELS, edition=EDITION, files_rule=FILES, years=int(number(FILES, county_day(now))),
    )  # fmt: skip


@get("/my-data", opt=SIGNED_IN)
async def show_my_data(actor: CurrentActor, now: Now) -> Template:
    """What is held about the reader and who looked at it."""
    return await _my_data(actor, Bound(), now)


@post("/my-data/consent", opt=SIGNED_IN)
async def do_consent(actor: CurrentActor, now: Now) -> Redirect:
    """Agree to the notice."""
    await give_consent(actor, now)
    return go("/my-data")


@post("/my-data/consent/withdraw", opt=SIGNED_IN)
async def do_withdraw(actor: CurrentActor, now: Now) -> Redirect:
    """Take it back."""
    await withdraw_consent(actor, now)
    return go("/my-data")


@post("/my-data/correction", opt=SIGNED_IN)
async def do_ask(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Ask for a correction."""
    form = parse(WANTED, (await posted(request)).texts)
    if form.errors:
        return await _my_data(actor, form, now, 422)
    await ask_for_correction(form["wanted"], actor, now)
    return go("/my-data")


@get("/data-requests", opt=MANAGE)
async def show_requests() -> Template:
    """Corrections that wait."""
    return page("marketplace/accounts/data_requests.html", form=Bound(), requests=await requests_waiting())


@post("/data-requests/{asked:uuid}", opt=MANAGE)
async def do_answer(
    asked: FromPath[UUID], request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer one."""
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        context = {"form": form, "requests": await requests_waiting()}
        return page("marketplace/accounts/data_requests.html", status_code=422, **context)
    await answer_correction(asked, form["answer"], actor, now)
    return go("/data-requests")


ROUTES: list[Any] = [
    show_my_data, do_consent, do_withdraw, do_ask, show_requests, do_answer,
]  # fmt: skip
