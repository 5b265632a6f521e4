"""Ask an organisation that is registered here for an account; its owner answers."""

from typing import Any
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.accounts.joining import services
from marketplace.accounts.joining.queries import organisation_to_join, request_of_link, requests_waiting
from marketplace.accounts.membership.members import check_looks_after
from marketplace.accounts.membership.rules import ROLES_OF_KIND
from marketplace.accounts.people.forms import email
from marketplace.accounts.people.signing_in import AnyRequest, note_try
from marketplace.accounts.permissions import ROLE_LABELS, Role
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, proper_name, text
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.web import go, page, posted

ASK, CONFIRM, ANSWER = (f"marketplace/accounts/join_{name}.html" for name in ("ask", "confirm", "requests"))
ASKER = [
    Field("name", N_("姓名"), proper_name(80)),
    Field("email", N_("邮箱"), email()),
    Field("words", N_("给负责人的话"), text(500), is_required=False),
]
ACCEPT = [Field("role", N_("岗位"), choice([role.value for role in ROLES_OF_KIND["provider"]]))]
REFUSE = [Field("reason", N_("不同意的原因"), text(500))]


async def _ask_page(organisation: UUID, form: Bound, status_code: int = 200, *, is_sent: bool = False) -> Template:
    office = await organisation_to_join(organisation)
    return page(ASK, status_code=status_code, form=form, office=office, is_sent=is_sent, days=services.LIFE.days)


@get("/organisations/{organisation:uuid}/join", opt=PUBLIC)
async def show_ask(organisation: FromPath[UUID], request: AnyRequest) -> Template:
    """Who asks, and under which address."""
    return await _ask_page(organisation, Bound(), is_sent=request.query_params.get("sent") == "1")


@post("/organisations/{organisation:uuid}/join", opt=PUBLIC)
async def do_ask(organisation: FromPath[UUID], request: AnyRequest, now: Now) -> Redirect | Template:
    """Mail the asker a link; the owner hears of it once that is opened."""
    form, status_code = parse(ASKER, (await posted(request)).texts), 422
    if not form.errors:
        try:
            await note_try(request, f"ask to join {form['email'].lower()}")
            asker = services.Asker(form["name"], form["email"], form["words"] or "")
            await services.ask_to_join(organisation, asker, request.app.state["settings"].public_address, now)
            return go(f"/organisations/{organisation}/join?sent=1")
        except NotFound:
            raise
        except DomainError as refused:
            form.errors["email"], status_code = refused.sentence, refused.status_code
    return await _ask_page(organisation, form, status_code)


async def _confirm_page(token: str, form: Bound, status_code: int = 200, *, is_done: bool = False) -> Template:
    found = None if is_done else await request_of_link(services.link_hash(token))
    return page(CONFIRM, status_code=status_code, form=form, found=found, token=token, is_done=is_done)


@get("/join-request", opt=PUBLIC)
async def show_confirm(request: AnyRequest) -> Template:
    """A button: programs that look through letters open links, but press nothing."""
    return await _confirm_page(request.query_params.get("token", "")[:100], Bound())


@post("/join-request", opt=PUBLIC)
async def do_confirm(request: AnyRequest, now: Now) -> Template:
    """The request goes to the owner."""
    token = str((await posted(request)).texts.get("token", ""))[:100]
    try:
        await services.confirm_request(token, request.app.state["settings"].public_address, now)
    except DomainError as refused:
        return await _confirm_page(token, Bound(errors={"_token": refused.sentence}), 422)
    return await _confirm_page(token, Bound(), is_done=True)


async def _answer_page(actor: CurrentActor, form: Bound, status_code: int = 200) -> Template:
    await check_looks_after(actor)
    return page(
        ANSWER, status_code=status_code, form=form, waiting=await requests_waiting(actor),
        roles=[(role.value, translate(ROLE_LABELS[role])) for role in ROLES_OF_KIND["provider"]],
    )  # fmt: skip


@get("/join-requests", opt=SIGNED_IN)
async def show_requests(actor: CurrentActor) -> Template:
    """Who asks to come in."""
    return await _answer_page(actor, Bound())


@post("/join-requests/{asked:uuid}/accept", opt=SIGNED_IN)
async def do_accept(asked: FromPath[UUID], request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """A code for the chosen role is mailed to the asker."""
    form = parse(ACCEPT, (await posted(request)).texts)
    if form.errors:
        # each request has a field of this name: the summary names the mistake without a link
        return await _answer_page(actor, Bound(errors={"_role": form.errors["role"]}), 422)
    address = request.app.state["settings"].public_address
    await services.accept_request(asked, Role(form["role"]), address, actor, now)
    return go("/join-requests")


@post("/join-requests/{asked:uuid}/refuse", opt=SIGNED_IN)
async def do_refuse(asked: FromPath[UUID], request: AnyRequest, actor: CurrentActor, now: Now) -> Redirect | Template:
    """The asker is told the reason."""
    form = parse(REFUSE, (await posted(request)).texts)
    if form.errors:
        return await _answer_page(actor, Bound(errors={"_reason": form.errors["reason"]}), 422)
    await services.refuse_request(asked, form["reason"], actor, now)
    return go("/join-requests")


ROUTES: list[Any] = [show_ask, do_ask, show_confirm, do_confirm, show_requests, do_accept, do_refuse]
