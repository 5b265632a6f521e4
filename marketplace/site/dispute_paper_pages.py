"""The papers of challenges and complaints as PDF and DOCX, each for those who may see its page."""

from datetime import datetime
from typing import Any

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import Response

from catalogue.notices.content import Paper, as_json
from catalogue.notices.official import official_page
from catalogue.notices.shipped_template import shipped_template
from evaluations.challenges import queries
from evaluations.challenges.papers import (
    challenge_answer,
    challenge_letter,
    complaint_decision,
    complaint_letter,
    resumption_notice,
    suspension_notice,
)  # fmt: skip
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import disposition
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now
from marketplace.accounts.privacy.services import Look, note_look
from marketplace.gateways.docx import fill_template
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import NotFound
from marketplace.kernel.i18n import N_, current_language
from marketplace.site.county_paper_pages import KINDS
from marketplace.site.notice_pages import shop_of, site_of


async def _as_file(request: Request[Any, Any, Any], paper: Paper, kind: str) -> Response[bytes]:
    if kind == "pdf":
        content = await shop_of(request).press.press(official_page(paper))
    else:
        content = await fill_template(shipped_template(), as_json(paper))
    headers = {"Content-Disposition": disposition(f"{paper.title} {paper.number}.{kind}")}
    return Response(content, media_type=KINDS[kind], headers={**headers, "Cache-Control": "private, no-store"})


@get("/challenges/{reference:str}/papers/{file:str}", opt=SIGNED_IN)
async def show_challenge_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], actor: CurrentActor, now: Now
) -> Response[bytes]:
    """`challenge.pdf` or `answer.docx`: the letter for those inside, the answer for all it goes to."""
    name, _, kind = file.partition(".")
    found = await queries.challenge_by(reference, actor)
    matters, address = await queries.matters_of(found["id"]), f"{site_of(request)}/challenges/{reference}"
    made = {"challenge": challenge_letter, "answer": challenge_answer}.get(name)
    if kind not in KINDS or made is None or (name == "answer" and found["answered_at"] is None):
        raise NotFound()
    if name == "challenge":
        if not queries.is_party(actor, found):
            raise NotFound()
        await _note_phone(Look(N_("联系电话"), reference, N_("打开质疑函"), found["organisation"]), found, actor, now)
    return await _in_chinese(request, lambda: made(found, matters, address), kind)


@get("/complaints/{reference:str}/papers/{file:str}", opt=PUBLIC)
async def show_complaint_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], file: FromPath[str], now: Now
) -> Response[bytes]:
    """`complaint.pdf` for the parties, finance's notices for all it told, `decision.pdf` for everybody once decided."""
    name, _, kind = file.partition(".")
    actor = request.scope.get("user")
    found = await queries.complaint_by(reference, actor)
    if kind not in KINDS or name not in ("complaint", "decision", *NOTICES):
        raise NotFound()
    if name in NOTICES:
        return await _show_notice(request, found, name, kind)
    matters, address = await queries.complaint_matters(found["id"]), f"{site_of(request)}/complaints/{reference}"
    if name == "complaint":
        if actor is None or not queries.is_party(actor, found):
            raise NotFound()
        await _note_phone(Look(N_("联系电话"), reference, N_("打开投诉书"), found["organisation"]), found, actor, now)
        return await _in_chinese(request, lambda: complaint_letter(found, matters, address), kind)
    if found["status"] != "decided":
        raise NotFound()
    finance = (await queries.finance_of(found["decided_by"]))["name"]
    return await _in_chinese(request, lambda: complaint_decision(found, matters, address, finance), kind)


NOTICES = {"suspension": suspension_notice, "resumption": resumption_notice}


async def _show_notice(
    request: Request[Any, Any, Any], found: dict[str, Any], name: str, kind: str
) -> Response[bytes]:
    """Finance's word to rest, or to go on before its day, for those it was written to."""
    order = await queries.order_of(found["reference"])
    if order is None or (name == "resumption" and not order["end_document_number"]):
        raise NotFound()
    if not await queries.hears_of_order(found, request.scope.get("user")):
        raise NotFound()
    finance = (await queries.finance_of(order["begun_by"]))["name"]
    address = f"{site_of(request)}/complaints/{found['reference']}"
    return await _in_chinese(request, lambda: NOTICES[name](found, order, address, finance), kind)


async def _note_phone(look: Look, found: dict[str, Any], actor: Actor, now: datetime) -> None:
    """The letter shows its sender's telephone whole: whoever else opens it is noted for the sender."""
    if actor.organisation_id == look.of_organisation:
        return
    async with transaction():
        subject = "challenge" if look.reference.startswith("ZY") else "complaint"
        await note_look(look, (subject, str(found["id"])), actor, now)


async def _in_chinese(request: Request[Any, Any, Any], made: Any, kind: str) -> Response[bytes]:
    token = current_language.set("zh")
    try:
        return await _as_file(request, made(), kind)
    finally:
        current_language.reset(token)


ROUTES: list[Any] = [show_challenge_paper, show_complaint_paper]
