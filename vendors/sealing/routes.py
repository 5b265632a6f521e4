"""Seal in the browser, or with any age tool: the page, the upload in pieces, and the upload of a whole file."""

from collections.abc import AsyncIterator
from io import SEEK_END
from itertools import permutations
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.listings.rules import GRADE_LABELS, accepts_bids
from marketplace.accounts.described import BYTES, NOTHING, Taken, Told, described
from marketplace.accounts.guards import CurrentActor, Now, needs, uncompressed
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import MEGABYTE
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number as rule_number
from marketplace.kernel.sealed_container import FORMAT
from marketplace.kernel.web import go, page, posted
from vendors.bids.consortium import MOST_MEMBERS
from vendors.bids.consortium_queries import admits_consortium
from vendors.bids.contents import (
    GRADES,
    LARGEST_PARTS,
    LARGEST_TEXT,
    LARGEST_WORDS,
    MOST_HOURS,
    WITH_PAPERS,
)  # fmt: skip
from vendors.bids.desk import Desk, desk
from vendors.bids.papers import LARGEST_ATTACHMENT, LARGEST_ATTACHMENTS, LARGEST_NAME, LIMITS, MOST_ATTACHMENTS
from vendors.bids.queries import SealTerms, final_price_invitation, seal_terms
from vendors.bids.routes import ACCEPTED, SEAL_KINDS
from vendors.bids.rules import (
    DECLARATIONS,
    Stage,
    asks_price,
    final_price,
    highest_price,
    price_in_first_stage,
    years_before,
)
from vendors.bids.traces import trace_of
from vendors.providers.queries import own_provider
from vendors.relations.queries import related_to
from vendors.sealing.answers import BegunUpload, EnteredBid, NewUpload
from vendors.sealing.rules import CHUNK, ENTERED_IN_A_SECOND, LARGEST_CONTAINER, PARTS_OF, entering_seconds
from vendors.sealing.samples import samples
from vendors.sealing.services import (
    Target,
    Whole,
    begin_upload,
    checked_upload,
    enter_container,
    enter_upload,
    keep_chunk,
    kept_piece,
    valid_receipt,
)  # fmt: skip

BID = needs(Permission.BID)
PATH = "/listings/{reference:str}/lots/{number:int}/sealing/{stage:str}"
BODY = LARGEST_CONTAINER + MEGABYTE
NOT_KEPT = {"Cache-Control": "private, no-store"}


def _stage(text: str) -> Stage:
    if text not in set(Stage):
        raise NotFound()
    return Stage(text)


async def _page(
    reference: str, number: int, stage: str, act: tuple[CurrentActor, Now], form: Bound, status_code: int = 200
) -> Template:
    kind, (actor, now) = _stage(stage), act
    at = await desk(reference, number, None, actor, now)
    lot, provider = at.place.lot["id"], at.provider["id"]
    listing, closes_at = at.place.listing, at.place.listing["closes_at"]
    is_open = accepts_bids(listing["status"], closes_at, now)
    if kind == Stage.FINAL:
        closes_at = (await final_price_invitation(lot, provider)).closes_at
        is_open = now < closes_at
    terms, replaces, consortium, related = await together(
        seal_terms(lot, provider, kind), valid_receipt(Target(lot, kind), provider), _consortium_plan(at, kind),
        related_to(provider),
    )  # fmt: skip
    path = f"/listings/{reference}/lots/{number}/sealing/{stage}"
    plan = _plan(at, kind, terms) | _past_plan(at, now) | consortium
    return page(
        "vendors/sealing/seal.html", status_code=status_code, form=form, desk=at, listing=listing, lot=at.place.lot,
        base=at.place.path, path=path, stage=kind.value, is_open=is_open, closes_at=closes_at, terms=terms,
        replaces=replaces, plan=plan, declarations=DECLARATIONS, grades=GRADES,
        grade_labels=GRADE_LABELS, accepted=ACCEPTED, parts=PARTS_OF[kind],
        samples=samples(plan, PARTS_OF[kind]), largest=LARGEST_CONTAINER // MEGABYTE, **LIMITS,
        longest_entering=entering_seconds(LARGEST_ATTACHMENTS),
        seal_kinds=SEAL_KINDS,
        numbers=list(range(1, MOST_MEMBERS + 1)) if plan["admits_consortium"] else [],
        related=related, asks_price=_asks_price(at, kind), highest=highest_price(at.asked.terms),
    )  # fmt: skip


def _asks_price(at: Desk, stage: Stage) -> bool:
    return asks_price(at.asked.terms) if stage == Stage.FIRST else not at.asked.terms.is_price_fixed


def _plan(at: Desk, stage: Stage, terms: SealTerms) -> dict[str, Any]:
    """What the browser must know to check and seal as the server would."""
    asked = at.asked
    fixed = price_in_first_stage(asked.terms, None) if stage == Stage.FIRST else final_price(asked.terms, None)
    own = asked.own_record
    return {
        "place": terms.place, "k": terms.needed, "chunk": CHUNK, "stage": stage.value,
        "openers": [{"name": name, "recipient": recipient} for name, recipient in terms.openers.items()],
        "asks_price": _asks_price(at, stage), "fixed_price": str(fixed) if fixed is not None else None,
        "highest": str(highest_price(asked.terms)),
        "quantity": str(asked.terms.quantity) if asked.terms.quantity else None,
        "asks_past": asked.asks_past_performance,
        "own_record": None if own is None else {
            "grade": own.grade, "buyer": own.buyer, "evaluated_on": own.evaluated_on.isoformat(), "document_name": "",
            "evaluation_reference": own.evaluation_reference,
        },
        "may_be_small": asked.may_be_small,
        "hours_per_person": None if asked.hours_per_person is None else str(asked.hours_per_person),
        "most_hours": MOST_HOURS,
        "most_subcontract": None if asked.most_subcontract is None else str(asked.most_subcontract),
        "has_exclusions": asked.has_exclusions, "declarations": list(DECLARATIONS),
        "most_attachments": MOST_ATTACHMENTS, "largest_attachment": LARGEST_ATTACHMENT,
        "largest_attachments": LARGEST_ATTACHMENTS, "with_papers": WITH_PAPERS,
        "entered_in_a_second": ENTERED_IN_A_SECOND,
        "longest_text": LARGEST_TEXT, "longest_name": LARGEST_NAME, "longest_words": LARGEST_WORDS,
        "largest_parts": dict(LARGEST_PARTS), "accepted": ACCEPTED.split(","),
    }  # fmt: skip


def _past_plan(at: Desk, now: Now) -> dict[str, Any]:
    """Within which days an evaluation by another buyer counts (R-PERF-08)."""
    closes_on = county_day(at.place.listing["closes_at"])
    years = int(rule_number("R-PERF-08/years", closes_on))
    return {
        "today": county_day(now).isoformat(), "past_from": years_before(closes_on, years).isoformat(),
        "past_years": years,
    }  # fmt: skip


async def _consortium_plan(at: Desk, stage: Stage) -> dict[str, Any]:
    """What the browser must know of a consortium; who its members are it tells nobody (R-ROLE-12, R-COUNT-01)."""
    return {
        "admits_consortium": stage == Stage.FIRST and await admits_consortium(at.place.listing["id"]),
        "own_code": at.provider["credit_code"], "most_members": MOST_MEMBERS,
    }  # fmt: skip


@get(PATH, opt=BID)
async def show_sealing(
    reference: FromPath[str], number: FromPath[int], stage: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """Seal in the browser; without JavaScript, how to seal with any age tool."""
    return await _page(reference, number, stage, (actor, now), Bound())


@get(PATH + "/seal.sh", opt=BID, media_type="application/x-sh")
async def download_script(
    reference: FromPath[str], number: FromPath[int], stage: FromPath[str], actor: CurrentActor, now: Now
) -> Template:
    """A script that seals with age on the bidder's own machine, with the openers' keys written in."""
    target = await _target(reference, number, stage, actor, now)
    terms = await seal_terms(target.lot, (await own_provider(actor))["id"], target.stage)
    answer = page(
        "vendors/sealing/seal.sh", terms=terms, parts=PARTS_OF[target.stage], form=FORMAT, with_papers=WITH_PAPERS,
        orders=list(permutations(range(1, len(terms.openers) + 1), terms.needed)),
    )  # fmt: skip
    answer.media_type = "application/x-sh"
    answer.headers["Content-Disposition"] = 'attachment; filename="seal.sh"'
    return answer


async def _target(reference: str, number: int, stage: str, actor: CurrentActor, now: Now) -> Target:
    return Target((await desk(reference, number, None, actor, now)).place.lot["id"], _stage(stage))


@post(
    PATH + "/uploads", status_code=200, summary="Begin to send a sealed file in pieces",
    **described(BID, Told(BegunUpload, "The upload and what is here of it"), (404, 409, 422), Taken(NewUpload)),
)  # fmt: skip
async def do_begin(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], stage: FromPath[str],
    actor: CurrentActor, now: Now,
) -> Response[Any]:  # fmt: skip
    """Begin an upload, or say which pieces of it are here already."""
    try:
        new = msgspec.json.decode(await request.body(), type=NewUpload)
    except msgspec.DecodeError as broken:
        raise DomainError(N_("这个请求看不懂。请刷新页面，重新封存。")) from broken
    target = await _target(reference, number, stage, actor, now)
    return Response(await begin_upload(target, new.sha256[:64], new.size, actor, now))


@post(
    "/sealed-uploads/{upload:uuid}/{number:int}", status_code=204, request_max_body_size=2 * CHUNK,
    summary="Send one piece", **described(BID, Told(None, "Kept", 204), (404, 422), Taken(None, BYTES)),
)  # fmt: skip
async def do_chunk(
    request: Request[Any, Any, Any], upload: FromPath[UUID], number: FromPath[int], actor: CurrentActor
) -> None:
    """Take in one piece."""
    await keep_chunk(upload, number, await request.body(), actor)


@get("/sealed-uploads/{upload:uuid}/{number:int}", opt=uncompressed(BID), media_type="application/octet-stream")
async def download_piece(upload: FromPath[UUID], number: FromPath[int], actor: CurrentActor) -> Response[bytes]:
    """One piece as it arrived: a bidder's browser compares piece by piece, so a broken line costs one of them."""
    piece = await kept_piece(upload, number, actor)
    return Response(piece, media_type="application/octet-stream", headers=NOT_KEPT)


@get("/sealed-uploads/{upload:uuid}", opt=uncompressed(BID), media_type="application/octet-stream")
async def download_upload(upload: FromPath[UUID], actor: CurrentActor) -> Stream:
    """The file as it arrived, for its bidder to compare before it is entered."""
    whole = await checked_upload(upload, actor)
    headers = NOT_KEPT | {"Content-Length": str(whole.size)}
    return Stream(whole.pieces(), media_type="application/octet-stream", headers=headers)


@post(
    "/sealed-uploads/{upload:uuid}/seal", status_code=200, summary="Enter the whole file as the bid",
    **described(BID, Told(EnteredBid, "The receipt"), (404, 409, 422), NOTHING),
)  # fmt: skip
async def do_enter(
    request: Request[Any, Any, Any], upload: FromPath[UUID], actor: CurrentActor, now: Now
) -> Response[Any]:
    """Enter the whole upload as the bid."""
    replaces, store = request.query_params.get("replaces", ""), request.app.state["gateways"].documents
    receipt = await enter_upload(upload, replaces, store, (actor, now), trace_of(request))
    return Response({"receipt": receipt, "path": f"/bids/{receipt}"})


def _whole(file: UploadFile) -> Whole:
    async def pieces() -> AsyncIterator[bytes]:
        await file.seek(0)
        while piece := await file.read(CHUNK):
            yield piece

    return Whole(file.file.seek(0, SEEK_END), pieces)


@post(PATH, opt=BID, request_max_body_size=BODY)
async def do_upload_file(
    request: Request[Any, Any, Any], reference: FromPath[str], number: FromPath[int], stage: FromPath[str],
    actor: CurrentActor, now: Now,
) -> Redirect | Template:  # fmt: skip
    """Take in a file sealed with any age tool."""
    sent, form = await posted(request), Bound()
    files = sent.files.get("sealed", [])
    if not files:
        form.refuse("sealed", N_("请选择封存好的文件。"))
        return await _page(reference, number, stage, (actor, now), form, 422)
    target = await _target(reference, number, stage, actor, now)
    store, replaces = request.app.state["gateways"].documents, str(sent.texts.get("replaces", ""))
    try:
        receipt = await enter_container(target, _whole(files[0]), replaces, store, (actor, now), trace_of(request))
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["sealed"] = refused.sentence
        return await _page(reference, number, stage, (actor, now), form, 422)
    return go(f"/bids/{receipt}")


ROUTES: list[Any] = [
    show_sealing, download_script, do_begin, do_chunk, download_piece, download_upload, do_enter, do_upload_file,
]  # fmt: skip
