"""The notice of an intention for everybody: in the official form as page, on paper, and as PDF with its hash."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.intentions.queries import intention_page
from catalogue.notices.content import from_canonical
from catalogue.notices.intention_source import SLUG, intention_paper
from catalogue.notices.kinds import FORMS, Kind
from catalogue.notices.platform import exports_for
from catalogue.notices.queries import latest_paper, papers_of
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import Forbidden
from marketplace.kernel.i18n import N_, current_language
from marketplace.kernel.qr import qr_svg
from marketplace.kernel.web import go, page
from marketplace.site.notice_jobs import comes_by_itself, publish_notice_pdf
from marketplace.site.notice_pages import shop_of, shown_paper, site_of


@get("/intentions/{reference:str}/notice", opt=PUBLIC)
async def show_intention_notice(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """The intention as it was published, with its code, its hash and its file."""
    row = await intention_page(reference)
    kept = await latest_paper(reference, SLUG)
    paper = await intention_paper(row, site_of(request))
    if kept and current_language.get() == "zh":  # in Chinese what was published, word for word
        paper = from_canonical(await request.app.state["gateways"].documents.get(kept["content_key"]))
    return page(
        "marketplace/site/intention_notice.html", row=row, paper=paper, form_=FORMS[Kind.INTENTION], kept=kept,
        files=[shown_paper(p) for p in await papers_of(reference)],
        code=qr_svg(f"{site_of(request)}/intentions/{reference}/notice", ""),
        may_press=_may_press(request.scope.get("user"), row), exports=await _exports(request.scope.get("user"), row),
        comes_by_itself=comes_by_itself(row["published_at"], request.scope["county_now"]),  # type: ignore[typeddict-item]
    )  # fmt: skip


def _may_press(actor: Actor | None, row: dict[str, Any]) -> bool:
    return bool(actor and actor.may(Permission.APPROVE_LISTING) and actor.organisation_id == row["buyer"])


async def _exports(actor: Actor | None, row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """What was sent to the platform; None for who does not send it."""
    if not (actor and actor.may(Permission.DRAFT_LISTING) and actor.organisation_id == row["buyer"]):
        return None
    return await exports_for(actor, row["intention_id"])


@post("/intentions/{reference:str}/notice/pdf", opt=needs(Permission.APPROVE_LISTING))
async def do_press_intention(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Publish the PDF now; the worker does it by itself within a minute."""
    if not _may_press(actor, await intention_page(reference)):
        raise Forbidden(N_("只有采购人本单位的人可以公开采购意向。请联系采购人。"))
    await publish_notice_pdf(reference, SLUG, shop_of(request), site_of(request), (actor, now))
    return go(f"/intentions/{reference}/notice")


ROUTES: list[Any] = [show_intention_notice, do_press_intention]
