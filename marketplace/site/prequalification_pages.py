"""An announced prequalification for everybody: its notice with hash, code and PDF; providers apply here (R-TIME-06)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.items.rules import LEGAL_FORM_LABELS
from catalogue.listings.inviting.prequalifying import (
    all_announced,
    announced,
    application_by,
    application_page,
    judge,
)  # fmt: skip
from catalogue.notices.content import from_canonical
from catalogue.notices.kinds import FORMS, Kind
from catalogue.notices.platform import exports_for
from catalogue.notices.queries import latest_paper
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_, current_language
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page, posted
from marketplace.site.notice_jobs import comes_by_itself
from marketplace.site.notice_pages import shown_paper, site_of
from marketplace.site.prequalification_source import SLUG, prequalification_paper
from vendors.providers.queries import current_papers, provider_of_organisation
from vendors.providers.rules import PAPER_LABELS


@get("/prequalifications", opt=PUBLIC)
async def show_prequalifications(now: Now) -> Template:
    """Every announced prequalification, open and over."""
    return page("marketplace/site/prequalifications.html", rows=await all_announced(), now=now)


@get("/prequalifications/{reference:str}", opt=PUBLIC)
async def show_prequalification(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The notice as it was published; a provider's own application beside it. How many applied is told to nobody."""
    found = await announced(reference)
    actor: Actor | None = request.scope.get("user")
    kept = await latest_paper(reference, SLUG)
    paper = await prequalification_paper(found, site_of(request))
    if kept and current_language.get() == "zh":
        store: DocumentStore = request.app.state["gateways"].documents
        paper = from_canonical(await store.get(kept["content_key"]))
    own = await application_by(found["id"], actor.organisation_id) if actor else None
    return page(
        "marketplace/site/prequalification.html", found=found, paper=paper, kept=kept, own=own,
        file=shown_paper(kept) if kept else None, form_=FORMS[Kind.PREQUALIFICATION], code=qr_svg(paper.address, ""),
        is_open=now < found["applications_until"], comes_by_itself=comes_by_itself(found["published_at"], now),
        may_apply=_may_apply(actor, own, found, now), exports=await _exports(actor, found),
    )  # fmt: skip


async def _exports(actor: Actor | None, found: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What was sent to the platform; None for who does not send it."""
    if not (actor and actor.may(Permission.DRAFT_LISTING) and actor.organisation_id == found["procuring_unit"]):
        return None
    return [each for each in await exports_for(actor, found["listing"]) if each["slug"] == SLUG]


def _may_apply(actor: Actor | None, own: Any, found: dict[str, Any], now: datetime) -> bool:
    return actor is not None and actor.may(Permission.BID) and own is None and now < found["applications_until"]


VERDICT = [
    Field("verdict", N_("结论"), choice(["qualified", "refused"])),
    Field("reason", N_("理由"), text(500), is_required=False),
]
JUDGE = needs(Permission.DRAFT_LISTING, Permission.APPROVE_LISTING, Permission.READ_EVERYTHING)


async def _application_page(
    application: UUID, actor: Actor, form: Bound | None, now: datetime, status_code: int = 200
) -> Template:
    found = await application_page(application, actor, now)
    provider = await provider_of_organisation(found["organisation"])
    if form is None:
        verdict = {True: "qualified", False: "refused"}.get(found["is_qualified"], "")
        form = Bound(raw={"verdict": verdict, "reason": found["reason"]})
    return page(
        "marketplace/site/prequalification_application.html", status_code=status_code, found=found, form=form,
        provider=provider, papers=await current_papers(provider["id"]), labels=PAPER_LABELS,
        legal_forms=LEGAL_FORM_LABELS,
        may_judge=actor.may(Permission.DRAFT_LISTING) and found["status"] in ("draft", "review"),
    )  # fmt: skip


@get("/prequalifications/applications/{application:uuid}", opt=JUDGE)
async def show_application(application: FromPath[UUID], actor: CurrentActor, now: Now) -> Template:
    """One application with the provider's registered papers; for the unit, after the deadline."""
    return await _application_page(application, actor, None, now)


@post("/prequalifications/applications/{application:uuid}", opt=needs(Permission.DRAFT_LISTING))
async def do_judge(
    request: Request[Any, Any, Any], application: FromPath[UUID], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Say whether the applicant meets the conditions; it is told."""
    await application_page(application, actor, now)
    form = parse(VERDICT, (await posted(request)).texts)
    if not form.errors:
        try:
            listing = await judge(application, form["verdict"] == "qualified", form["reason"] or "", actor, now)
            return go(f"/listings/drafts/{listing}/invitation")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _application_page(application, actor, form, now, 422)


@get("/prequalifications/applications/{application:uuid}/papers/{paper:uuid}", opt=JUDGE)
async def download_application_paper(
    request: Request[Any, Any, Any], application: FromPath[UUID], paper: FromPath[UUID], actor: CurrentActor, now: Now
) -> Stream:
    """One registered paper of an applicant. Raises NotFound for papers of others."""
    found = await application_page(application, actor, now)
    provider = await provider_of_organisation(found["organisation"])
    document = next((p["document"] for p in await current_papers(provider["id"]) if p["id"] == paper), None)
    if document is None:
        raise NotFound()
    return await as_attachment(await document_facts(document), request.app.state["gateways"].documents)


ROUTES: list[Any] = [
    show_prequalifications, show_prequalification, show_application, do_judge, download_application_paper,
]  # fmt: skip
