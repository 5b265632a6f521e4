"""The public list of contracts and the page on which a side signs."""

from datetime import datetime
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Template

from catalogue.holds.rules import Held
from catalogue.holds.services import held_words
from contracts.agreements import queries
from contracts.agreements.comparison import terms_of
from contracts.agreements.rules import CONTRACT_LABELS, SIDE_LABELS, ContractStatus, is_party
from contracts.agreements.services import check_may_sign, side_of, sign_contract
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.gateways.contract_signing import Drawing, ToSign
from marketplace.gateways.file_types import FileRefused
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.characters import small_number
from marketplace.kernel.db import together
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound, Field, flag, parse, proper_name
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

SIGNING = [
    Field("typed_name", N_("签名（输入您的姓名）"), proper_name(80)),
    Field("agree", N_("我已阅读合同全文，有权代表本单位签订"), flag()),
]


def reader(request: Request[Any, Any, Any]) -> Actor | None:
    """Who reads a public page, if anybody is signed in."""
    actor: Actor | None = request.scope.get("user")
    return actor


@get("/contracts", opt=PUBLIC)
async def list_contracts(
    request: Request[Any, Any, Any], q: FromQuery[str] = "", status: FromQuery[str] = "", number: FromQuery[str] = "1"
) -> Template:
    """Published contracts, and the reader's own ones that are still to be signed."""
    chosen = status if status in {each.value for each in ContractStatus} else ""
    found = await queries.list_contracts(reader(request), q[:100], chosen, small_number(number))
    return page(
        "contracts/agreements/list.html", contracts=found.rows, page=found, q=q[:100], chosen_status=chosen,
        labels=CONTRACT_LABELS,
    )  # fmt: skip


async def _sign_page(
    reference: str, form: Bound | None, actor: Actor, now: datetime, status_code: int = 200
) -> Template:
    contract = await queries.contract_facts(reference, visible_to=actor)
    if not is_party(actor, contract):
        raise NotFound()
    side = side_of(actor, contract)
    signatures, milestones, held, terms = await together(
        queries.signatures_of(contract["id"]), queries.milestones_of(contract["id"]),
        held_words(contract["listing"], Held.SIGNING, now), terms_of(contract),
    )  # fmt: skip
    return page(
        "contracts/agreements/sign.html", status_code=status_code, contract=contract, form=form, side=side,
        signatures=signatures, has_signed=side in {s["side"] for s in signatures}, side_labels=SIDE_LABELS,
        capitals=in_capitals(contract["amount"]), milestones=milestones, held=held,
        differs=[each for each in terms if not each.agrees],
    )  # fmt: skip


@get("/contracts/{reference:str}/sign", opt=needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER))
async def show_sign(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The whole text and the place for the signature."""
    return await _sign_page(reference, None, actor, now)


@post(
    "/contracts/{reference:str}/sign", opt=irreversible(needs(Permission.SIGN_FOR_BUYER, Permission.SIGN_FOR_PROVIDER))
)
async def do_sign(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Sign for one's own side."""
    contract = await queries.contract_facts(reference, visible_to=actor)
    if not is_party(actor, contract):
        raise NotFound()
    given = await posted(request)
    form = parse(SIGNING, given.texts)
    if not form["agree"] and "agree" in form.errors:
        form.errors.pop("agree")
        form.refuse("agree", N_("请先阅读合同全文，再勾选这一项。"))
    if form.errors:
        return await _sign_page(reference, form, actor, now, 422)
    try:
        await check_may_sign(contract, form["typed_name"], actor, now)
        drawn = [Drawing(file.filename, await file.read()) for file in given.files.get("drawing", [])[:1]]
        drawing = drawn[0] if drawn else None
        what = ToSign(reference, contract["terms_sha256"], actor.name, actor.office.zh, now, drawing)
        proof = await request.app.state["gateways"].signer.sign(what)
        await sign_contract(contract["id"], form["typed_name"], actor, now, proof)
    except FileRefused as refused:
        form.errors["drawing"] = refused.sentence
        return await _sign_page(reference, form, actor, now, 422)
    except Forbidden:
        raise
    except DomainError as refused:
        if refused.status_code != 422:
            raise
        form.errors["typed_name"] = refused.sentence
        return await _sign_page(reference, form, actor, now, 422)
    return go(f"/contracts/{reference}?done=signed")


ROUTES: list[Any] = [list_contracts, show_sign, do_sign]
