"""Upload and download the documents of an amendment."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from contracts.amendments import queries
from contracts.amendments.papers import add_paper, check_is_paper
from contracts.amendments.routes import EITHER, amendment_answer
from contracts.redactions.services import reads_whole
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.web import go, posted


@post("/amendments/{reference:str}/papers", opt=EITHER, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_add_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Add the signed paper."""
    await queries.amendment_page(reference, visible_to=actor)
    files = (await posted(request)).files.get("document", [])
    if not files:
        missing = say(N_("请选择双方签字盖章的补充协议，或者决定书。"))
        return await amendment_answer(reference, actor, now, Bound(errors={"document": missing}))
    file, store = NewDocument(files[0].filename, files[0].file), request.app.state["gateways"].documents
    try:
        await add_paper(reference, file, store, actor, now)
    except FormRefused as refused:
        return await amendment_answer(reference, actor, now, Bound(errors=dict(refused.errors)))
    return go(f"/amendments/{reference}?done=paper")


@get("/amendments/{reference:str}/papers/{document:uuid}", opt=SIGNED_IN)
async def download_paper(
    request: Request[Any, Any, Any], reference: FromPath[str], document: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """The paper itself, for both sides and who oversees: a scan cannot be redacted as the text is (R-TIME-18)."""
    amendment = await queries.amendment_page(reference, visible_to=actor)
    if not reads_whole(actor, amendment["facts"]):
        raise NotFound()
    await check_is_paper(amendment["id"], document)
    return await as_attachment(await document_facts(document), request.app.state["gateways"].documents)


ROUTES: list[Any] = [do_add_paper, download_paper]
