"""The treasury's answers: upload its result file, see every line that does not agree; approving several at once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from contracts.billing.queries import invoices_waiting
from contracts.billing.services import approve_payment
from contracts.billing.steps import step_of
from contracts.treasury import services
from contracts.treasury.forms import BATCH
from contracts.treasury.rules import FINDING_LABELS, field_map
from marketplace.accounts.guards import CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.treasury_files import USUAL_FILE, file_map
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.db import transaction
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.i18n import N_, Sentence, say
from marketplace.kernel.web import go, page, posted

PAYING = needs(Permission.APPROVE_PAYMENT)
SEEING = needs(Permission.APPROVE_PAYMENT, Permission.READ_EVERYTHING)


def _columns(read: Callable[[str], dict[str, str]], setting: str) -> tuple[dict[str, str], Sentence | None]:
    """A field map as the county set it, or why it cannot be read."""
    try:
        return read(setting), None
    except DomainError as refused:
        return {}, refused.sentence


async def _results_page(request: Request[Any, Any, Any], error: Sentence | None = None) -> Template:
    form = Bound(errors={"file": error} if error else {})
    settings = request.app.state["settings"]
    fields, in_wrong = _columns(field_map, settings.treasury_fields)
    columns, out_wrong = _columns(file_map, settings.treasury_file)
    return page(
        "contracts/treasury/results.html", status_code=422 if error else 200, form=form,
        results=await services.results(), fields=fields, in_wrong=in_wrong, columns=columns, out_wrong=out_wrong,
        usual=USUAL_FILE,
    )  # fmt: skip


@get("/payments/results", opt=SEEING)
async def list_results(request: Request[Any, Any, Any]) -> Template:
    """The result files taken so far, and the place for the next."""
    return await _results_page(request)


@post("/payments/results", opt=irreversible(PAYING))
async def do_take(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Take a result file."""
    files = (await posted(request)).files.get("file", [])
    if not files:
        return await _results_page(request, say(N_("请选择国库的结果文件。")))
    fields = field_map(request.app.state["settings"].treasury_fields)
    try:
        result = await services.take_result(files[0].filename, await files[0].read(), fields, actor, now)
    except FileRefused as refused:
        return await _results_page(request, refused.sentence)
    return go(f"/payments/results/{result}")


@get("/payments/results/{result:uuid}", opt=SEEING)
async def show_result(result: FromPath[UUID]) -> Template:
    """Every line of a result file with what it was found to be."""
    name = await services.known_result(result)
    if name is None:
        raise NotFound()
    return page(
        "contracts/treasury/result.html", name=name, lines=await services.result_lines(result), labels=FINDING_LABELS
    )


async def _batch_page(form: Bound | None = None, chosen: list[UUID] | None = None) -> Template:
    invoices = [each for each in await invoices_waiting() if step_of(each) is None]
    picked = [i for i in invoices if i["id"] in (chosen or [])]
    total = sum((i["payable"] for i in picked), Decimal("0.00"))
    return page(
        "contracts/treasury/batch.html", status_code=422 if form and form.errors else 200, form=form,
        invoices=invoices, picked=picked, total=total, capitals=in_capitals(total) if picked else "",
    )  # fmt: skip


@get("/payments/batch", opt=PAYING)
async def show_batch() -> Template:
    """Choose several invoices to approve together."""
    return await _batch_page()


@post("/payments/batch", opt=PAYING)
async def do_count(request: Request[Any, Any, Any]) -> Template:
    """Show the chosen invoices with their total in capitals; nothing is approved yet."""
    form = parse(BATCH, (await posted(request)).texts)
    if form.errors:
        form.errors.clear()
        form.refuse("invoices", N_("请先勾选至少一张发票。"))
        return await _batch_page(form)
    return await _batch_page(form, form["invoices"])


@post("/payments/batch/approve", opt=irreversible(PAYING))
async def do_approve(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Approve all the chosen invoices, or none of them."""
    form = parse(BATCH, (await posted(request)).texts)
    if form.errors:
        form.errors.clear()
        form.refuse("invoices", N_("请先勾选至少一张发票。"))
        return await _batch_page(form)
    async with transaction():
        for invoice in sorted(set(form["invoices"])):
            await approve_payment(invoice, actor, now)
    return go("/payments")


ROUTES: list[Any] = [
    list_results, do_take, show_result, show_batch, do_count, do_approve,
]  # fmt: skip
