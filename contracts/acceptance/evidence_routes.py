"""The page of an acceptance's evidence: what lies there for each item, and a place for the next file."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from contracts.acceptance.evidence import add_evidence, evidence_file, evidence_of, may_add, may_see_evidence
from contracts.acceptance.evidence_rules import EVIDENCE_LABELS, MOST_FILES, MOST_PEOPLE, Evidence
from contracts.acceptance.services import items_to_find, milestone_at
from contracts.agreements.queries import contract_facts
from contracts.visits.forms import text_without_people
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, whole_number
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

Row = dict[str, Any]
ADDING = needs(Permission.SUBMIT_INVOICE, Permission.ACCEPT_WORK)
PLACE = "/contracts/{reference:str}/acceptance/{position:int}/evidence"
ACCEPTED = ".pdf,.docx,.xlsx,.ofd,.png,.jpg,.jpeg,.txt,.csv"
FIELDS = [
    Field("item", N_("哪一项要求"), whole_number(0, 99)),
    Field("kind", N_("材料的类型"), choice([each.value for each in Evidence])),
    Field("attendance", N_("签到人数"), whole_number(1, MOST_PEOPLE), is_required=False),
    Field("note", N_("说明"), text_without_people(300), is_required=False),
]


async def _seen(reference: str, position: int, actor: Actor) -> tuple[Row, Row]:
    contract = await contract_facts(reference, visible_to=actor)
    milestone = await milestone_at(contract, position)
    if milestone["is_advance"] or not may_see_evidence(actor, contract):
        raise NotFound()
    return contract, milestone


async def _page(reference: str, position: int, actor: Actor, form: Bound | None = None) -> Template:
    contract, milestone = await _seen(reference, position, actor)
    files = await evidence_of(milestone["id"])
    return page(
        "contracts/acceptance/evidence.html", status_code=422 if form else 200, contract=contract, milestone=milestone,
        form=form, files=files, requirements=items_to_find(contract, milestone), kinds=EVIDENCE_LABELS,
        adds=may_add(actor, contract) and milestone["acceptance"] is None and milestone["status"] != "cancelled"
        and len(files) < MOST_FILES,
        accepted=ACCEPTED,
    )  # fmt: skip


@get(PLACE, opt=SIGNED_IN)
async def show_evidence(reference: FromPath[str], position: FromPath[int], actor: CurrentActor) -> Template:
    """What proves each item, for both sides and who oversees."""
    return await _page(reference, position, actor)


@post(PLACE, opt=ADDING, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_add_evidence(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Add a file to an item."""
    await _seen(reference, position, actor)
    sent = await posted(request)
    form = parse(FIELDS, sent.texts)
    files = sent.files.get("file", [])
    if not files:
        form.refuse("file", N_("请选择要上传的材料。"))
    if form.errors:
        return await _page(reference, position, actor, form)
    file, store = NewDocument(files[0].filename, files[0].file), request.app.state["gateways"].documents
    try:
        await add_evidence((reference, position), form, file, store, (actor, now))
    except FormRefused as refused:
        form.errors.update(refused.errors)
        return await _page(reference, position, actor, form)
    return go(f"/contracts/{reference}/acceptance/{position}/evidence")


@get(PLACE + "/{document:uuid}", opt=SIGNED_IN)
async def download_evidence(
    request: Request[Any, Any, Any], reference: FromPath[str], position: FromPath[int], document: FromPath[UUID],
    actor: CurrentActor,
) -> Stream:  # fmt: skip
    """The file itself."""
    _, milestone = await _seen(reference, position, actor)
    found = await evidence_file(milestone["id"], document)
    return await as_attachment(await document_facts(found), request.app.state["gateways"].documents)


ROUTES: list[Any] = [show_evidence, do_add_evidence, download_evidence]
