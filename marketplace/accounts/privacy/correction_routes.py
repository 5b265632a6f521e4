"""Ask for a correction of what is held; the keeper's queue and answers."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.queries import document_facts
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, needs
from marketplace.accounts.privacy import corrections
from marketplace.accounts.privacy.rules import ABOUT_LABELS, ANSWER_BY, KEEPERS, STATUS_WORDS, RequestStatus
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import FormRefused, NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

KEEPING = needs(*sorted(set(KEEPERS.values())))
ACCEPTED = ".pdf,.ofd,.docx,.png,.jpg,.jpeg"
WISH = [
    Field("about", N_("哪方面的信息"), choice(list(ABOUT_LABELS))),
    Field("field", N_("哪一项"), text(100)),
    Field("wrong", N_("现在写的是什么，哪里不对"), text(500)),
    Field("wanted", N_("应当是什么"), text(1000)),
]
ANSWER = [
    Field("decision", N_("决定"), choice([RequestStatus.CORRECTED.value, RequestStatus.REFUSED.value])),
    Field("answer", N_("答复"), text(1000)),
]


async def _wish_page(actor: Actor, now: Now, form: Bound, status_code: int = 200) -> Template:
    return page(
        "marketplace/accounts/correction.html", status_code=status_code, form=form, abouts=ABOUT_LABELS,
        days=int(number(ANSWER_BY, county_day(now))), accepted=ACCEPTED,
    )  # fmt: skip


@get("/my-data/correction", opt=SIGNED_IN)
async def show_wish(actor: CurrentActor, now: Now) -> Template:
    """Ask what is wrong and what is right."""
    return await _wish_page(actor, now, Bound())


@post("/my-data/correction", opt=SIGNED_IN, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_ask(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Ask for a correction."""
    sent = await posted(request)
    form = parse(WISH, sent.texts)
    files = sent.files.get("paper", [])
    if not form.errors:
        paper = NewDocument(files[0].filename, files[0].file) if files else None
        wish = corrections.Wish(**form.values)
        try:
            await corrections.ask_for_correction(wish, paper, request.app.state["gateways"].documents, actor, now)
            return go("/my-data#corrections")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _wish_page(actor, now, form, 422)


@get("/data-requests", opt=KEEPING)
async def show_requests(actor: CurrentActor) -> Template:
    """Corrections that wait for the reader's office."""
    return page(
        "marketplace/accounts/data_requests.html", requests=await corrections.requests_waiting(actor),
        abouts=ABOUT_LABELS,
    )  # fmt: skip


async def _request_page(asked: UUID, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    return page(
        "marketplace/accounts/data_request.html", status_code=status_code, form=form, abouts=ABOUT_LABELS,
        asked=await corrections.request_page(asked, actor), words=STATUS_WORDS,
    )  # fmt: skip


@get("/data-requests/{asked:uuid}", opt=KEEPING)
async def show_request(asked: FromPath[UUID], actor: CurrentActor) -> Template:
    """One of them."""
    return await _request_page(asked, actor, Bound())


@get("/data-requests/{asked:uuid}/paper", opt=SIGNED_IN)
async def download_paper(request: Request[Any, Any, Any], asked: FromPath[UUID], actor: CurrentActor) -> Stream:
    """The paper, for whoever handed it in and for the keeper of the data."""
    row = await corrections.request_page(asked, actor)
    if row["paper"] is None:
        raise NotFound()
    return await as_attachment(await document_facts(row["paper"]), request.app.state["gateways"].documents)


@post("/data-requests/{asked:uuid}", opt=KEEPING)
async def do_answer(
    asked: FromPath[UUID], request: Request[Any, Any, Any], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer one."""
    form = parse(ANSWER, (await posted(request)).texts)
    if form.errors:
        return await _request_page(asked, actor, form, 422)
    await corrections.answer_correction(asked, RequestStatus(form["decision"]), form["answer"], actor, now)
    return go("/data-requests")


ROUTES: list[Any] = [show_wish, do_ask, show_requests, show_request, download_paper, do_answer]
