"""Change the registered name or legal form: the provider proposes, civil affairs confirms or refuses."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, FormRefused
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted
from vendors.changes import queries, services
from vendors.changes.forms import CHANGE, REFUSAL
from vendors.changes.rules import STATUS_WORDS, ChangeStatus, Registration
from vendors.providers.queries import own_provider

OWN = needs(Permission.EDIT_PROVIDER_FILE)
CHECK = needs(Permission.CHECK_PROVIDERS)
PARTIES = needs(Permission.CHECK_PROVIDERS, Permission.EDIT_PROVIDER_FILE)
ACCEPTED = ".pdf,.ofd,.png,.jpg,.jpeg"
PLACE = "/my-organisation/registration"


async def _own_page(actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    provider = await own_provider(actor)
    changes = await queries.changes_of(provider["id"])
    return page(
        "vendors/changes/own.html", status_code=status_code, form=form, provider=provider, changes=changes,
        legal_forms=LEGAL_FORM_LABELS, words=STATUS_WORDS, accepted=ACCEPTED,
        waiting=next((c for c in changes if c["status"] == ChangeStatus.PROPOSED), None),
    )  # fmt: skip


@get(PLACE, opt=OWN)
async def show_own(actor: CurrentActor) -> Template:
    """The registered name and legal form, every change of them, and a place to propose one."""
    return await _own_page(actor, None)


@post(PLACE, opt=OWN, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_propose(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Propose a change with the new certificate."""
    sent = await posted(request)
    form = parse(CHANGE, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请上传新的登记证书。没有证书不能变更。"))
    if not form.errors:
        new = Registration(form["name"], form["name_en"] or "", form["legal_form"], form["effective_on"])
        certificate = NewDocument(files[0].filename, files[0].file)
        try:
            await services.propose_change(new, certificate, request.app.state["gateways"].documents, actor, now)
            return go(PLACE)
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _own_page(actor, form, 422)


@post(PLACE + "/{change:uuid}/withdraw", opt=OWN)
async def do_withdraw(change: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Take the proposal back."""
    await services.withdraw_change(change, actor, now)
    return go(PLACE)


@get("/providers/changes", opt=CHECK)
async def show_changes(request: Request[Any, Any, Any]) -> Template:
    """Changes that wait, or those in another state."""
    asked = request.query_params.get("status", "")
    status = asked if asked in list(ChangeStatus) else ChangeStatus.PROPOSED.value
    return page(
        "vendors/changes/changes.html", changes=await queries.list_changes(status), chosen=status,
        words=STATUS_WORDS, legal_forms=LEGAL_FORM_LABELS,
    )  # fmt: skip


async def _change_page(change: UUID, actor: Actor, form: Bound | None, status_code: int = 200) -> Template:
    return page(
        "vendors/changes/change.html", status_code=status_code, form=form, legal_forms=LEGAL_FORM_LABELS,
        change=await queries.change_page(change, actor), words=STATUS_WORDS,
    )  # fmt: skip


@get("/providers/changes/{change:uuid}", opt=CHECK)
async def show_change(change: FromPath[UUID], actor: CurrentActor) -> Template:
    """What stands, what is proposed, and the certificate."""
    return await _change_page(change, actor, None)


@get("/providers/changes/{change:uuid}/certificate", opt=PARTIES)
async def download_certificate(request: Request[Any, Any, Any], change: FromPath[UUID], actor: CurrentActor) -> Stream:
    """The certificate, for its provider and for those who decide."""
    row = await queries.change_page(change, actor)
    return await as_attachment(await document_facts(row["document"]), request.app.state["gateways"].documents)


@post("/providers/changes/{change:uuid}/confirm", opt=irreversible(CHECK))
async def do_confirm(change: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Let the registration change."""
    try:
        await services.confirm_change(change, actor, now)
    except DomainError as refused:
        if refused.status_code == 404:
            raise
        form = Bound()
        form.errors["_decision"] = refused.sentence
        return await _change_page(change, actor, form, refused.status_code)
    return go("/providers/changes")


@post("/providers/changes/{change:uuid}/refuse", opt=CHECK)
async def do_refuse(
    request: Request[Any, Any, Any], change: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let the registration stand, with the reason."""
    form = parse(REFUSAL, (await posted(request)).texts)
    if form.errors:
        return await _change_page(change, actor, form, 422)
    try:
        await services.refuse_change(change, form["refusal"], actor, now)
    except DomainError as refused:
        if refused.status_code == 404:
            raise
        form.errors["_decision"] = refused.sentence
        return await _change_page(change, actor, form, refused.status_code)
    return go("/providers/changes")


ROUTES: list[Any] = [
    show_own, do_propose, do_withdraw, show_changes, show_change, download_certificate, do_confirm, do_refuse,
]  # fmt: skip
