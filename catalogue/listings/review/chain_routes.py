"""The buyer's settings: who approves a listing in which order."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.review.chain import DUTY_LABELS, MOST_STEPS
from catalogue.listings.review.chain_services import confirm_chain, propose_chain
from catalogue.listings.review.forms import chain_form
from catalogue.listings.review.queries import chains_of, colleagues
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.forms import Bound
from marketplace.kernel.web import go, page, posted

REVIEW = needs(Permission.APPROVE_LISTING)


async def _chain_page(actor: Actor, form: Bound | None) -> Template:
    chains = await chains_of(actor.organisation_id)
    return page(
        "catalogue/listings/review/chain.html", status_code=422 if form else 200, form=form, chains=chains,
        in_force=next((chain for chain in chains if chain["confirmed_at"]), None),
        proposed=next((chain for chain in chains[:1] if not chain["confirmed_at"]), None),
        colleagues=await colleagues(actor.organisation_id), duty_labels=DUTY_LABELS, rows=MOST_STEPS,
    )  # fmt: skip


@get("/review-chain", opt=REVIEW)
async def show_chain(actor: CurrentActor) -> Template:
    """The chain in force, a proposal that waits, and a form for another."""
    return await _chain_page(actor, None)


@post("/review-chain", opt=REVIEW)
async def do_propose(request: Request[Any, Any, Any], actor: CurrentActor, now: Now) -> Redirect | Template:
    """Propose a chain; another colleague confirms it."""
    form, new = chain_form((await posted(request)).texts)
    if new is None:
        return await _chain_page(actor, form)
    try:
        await propose_chain(new, actor, now)
    except FormRefused as refused:
        numbers = [row["number"] for row in form.values.get("steps", [])]
        for name, sentence in refused.errors.items():
            prefix, place, field = name.split("-")
            form.errors[f"{prefix}-{numbers[int(place)] if int(place) < len(numbers) else place}-{field}"] = sentence
        return await _chain_page(actor, form)
    return go("/review-chain")


@post("/review-chain/{chain:uuid}/confirm", opt=REVIEW)
async def do_confirm(chain: FromPath[UUID], actor: CurrentActor, now: Now) -> Redirect:
    """Put a colleague's proposal in force."""
    await confirm_chain(chain, actor, now)
    return go("/review-chain")


ROUTES: list[Any] = [show_chain, do_propose, do_confirm]
