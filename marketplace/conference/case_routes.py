"""Model cases for everybody, and their desk: written by one person, published by another, withdrawn at any time."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.items.queries import current_items
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.conference import queries
from marketplace.conference.forms import CASE, WITHDRAW
from marketplace.conference.rules import CASE_LABELS, CONSENT_LABELS, RULE_PRIVACY
from marketplace.conference.services import publish_case, withdraw_case, write_case
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, page, posted

KEEPING = needs(Permission.KEEP_CONFERENCE)


def _keeps(request: Request[Any, Any, Any]) -> bool:
    actor: Actor | None = request.scope.get("user")
    return actor is not None and actor.may(Permission.KEEP_CONFERENCE)


@get("/model-cases", opt=PUBLIC)
async def show_cases(request: Request[Any, Any, Any]) -> Template:
    """The published ones; who keeps them sees all."""
    keeps = _keeps(request)
    return page(
        "marketplace/conference/cases.html", rows=await queries.model_cases(all_states=keeps), keeps=keeps,
        labels=CASE_LABELS,
    )  # fmt: skip


async def _form(form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "marketplace/conference/case_new.html", status_code=status_code, form=form, items=await current_items(),
        consents=CONSENT_LABELS, rule=RULE_PRIVACY,
    )  # fmt: skip


@get("/model-cases/new", opt=KEEPING)
async def show_new_case() -> Template:
    """Write one."""
    return await _form(None)


@post("/model-cases/new", opt=KEEPING)
async def do_write(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Keep it for a second person to look through."""
    form = parse(CASE, (await posted(request)).texts)
    if not form.errors:
        if form["item_code"] not in {item["code"] for item in await current_items()}:
            form.errors["item_code"] = say(N_("请从目录里选一项服务。"))
        if form["consent_on"] > county_day(now):
            form.errors["consent_on"] = say(N_("同意的日期在今天以后。请核对同意书。"))
    if not form.errors:
        try:
            return go(f"/model-cases/{await write_case(form, actor, now)}?done=written")
        except DomainError as refused:
            form.errors["story"] = refused.sentence
    return await _form(form, 422)


async def _case(
    request: Request[Any, Any, Any], reference: str, form: Bound | None = None, status_code: int = 200
) -> Template:
    keeps, actor = _keeps(request), request.scope.get("user")
    found = await queries.model_case(reference, all_states=keeps)
    return page(
        "marketplace/conference/case.html", status_code=status_code, case=found, keeps=keeps, form=form,
        labels=CASE_LABELS, consents=CONSENT_LABELS, rule=RULE_PRIVACY, done=request.query_params.get("done", ""),
        may_publish=keeps and found["status"] == "draft" and actor.person_id != found["drafted_by"],
    )  # fmt: skip


@get("/model-cases/{reference:str}", opt=PUBLIC)
async def show_case(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """One case."""
    return await _case(request, reference)


@post("/model-cases/{reference:str}/publish", opt=KEEPING)
async def do_publish(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """For everybody."""
    await publish_case(reference, actor, now)
    return go(f"/model-cases/{reference}?done=published")


@post("/model-cases/{reference:str}/withdraw", opt=KEEPING)
async def do_withdraw(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """For nobody any more."""
    form = parse(WITHDRAW, (await posted(request)).texts)
    if form.errors:
        return await _case(request, reference, form, 422)
    await withdraw_case(reference, form["reason"], actor, now)
    return go(f"/model-cases/{reference}?done=withdrawn")


ROUTES: list[Any] = [show_cases, show_new_case, do_write, show_case, do_publish, do_withdraw]
