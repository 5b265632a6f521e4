"""Pages on which providers rate buyers, and everybody reads the sums."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.queries import listing_page
from evaluations.performance.buyer_rating_rules import MARK_WORDS, MARKS, QUESTIONS, STAGE_WORDS, counts_until
from evaluations.performance.buyer_ratings import open_to, public_figures, rate_buyer, words_said
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.errors import NotFound
from marketplace.kernel.forms import Bound, Field, choice, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

WORDS = {"stage_words": STAGE_WORDS, "mark_words": MARK_WORDS}


def _fields(stage: str) -> list[Field]:
    marks = [Field(mark, label, choice(list(MARK_WORDS))) for mark, label in zip(MARKS, QUESTIONS[stage], strict=True)]
    return [*marks, Field("words", N_("想说的话"), text(1000), is_required=False)]


@get("/buyer-ratings", opt=PUBLIC)
async def show_ratings(request: Request[Any, Any, Any], now: Now) -> Template:
    """What providers say of buyers, in sums only; a provider sees besides what it may rate."""
    actor: Actor | None = request.scope.get("user")
    shown, small, names = await public_figures(county_day(now))
    oversees = actor is not None and (actor.may(Permission.PLAN_EVALUATION) or actor.may(Permission.READ_EVERYTHING))
    return page(
        "evaluations/performance/buyer_ratings.html", figures=shown, small=small, names=names, questions=QUESTIONS,
        until=counts_until(county_day(now)), open=await open_to(actor) if actor else [],
        said=await words_said() if oversees else [], **WORDS,
    )  # fmt: skip


async def _form_page(reference: str, stage: str, actor: Actor, form: Bound, status_code: int = 200) -> Template:
    asked = (reference, stage)
    mine = next((each for each in await open_to(actor) if (each["reference"], each["stage"]) == asked), None)
    if mine is None:
        raise NotFound()
    return page(
        "evaluations/performance/rate_buyer.html", status_code=status_code, listing=mine, stage=stage, form=form,
        questions=list(zip(MARKS, QUESTIONS[stage], strict=True)), **WORDS,
    )  # fmt: skip


@get("/listings/{reference:str}/rate-buyer/{stage:str}", opt=needs(Permission.RATE_BUYER))
async def show_rate(reference: FromPath[str], stage: FromPath[str], actor: CurrentActor) -> Template:
    """Four questions about the buyer."""
    return await _form_page(reference, stage, actor, Bound())


@post("/listings/{reference:str}/rate-buyer/{stage:str}", opt=needs(Permission.RATE_BUYER))
async def do_rate(
    request: Request[Any, Any, Any], reference: FromPath[str], stage: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Keep the marks."""
    if stage not in QUESTIONS:
        raise NotFound()
    form = parse(_fields(stage), (await posted(request)).texts)
    if form.errors:
        return await _form_page(reference, stage, actor, form, 422)
    listing = await listing_page(reference)
    marks = [int(form[mark]) for mark in MARKS]
    await rate_buyer(listing["id"], stage, marks, form["words"] or "", (actor, now))
    return go("/buyer-ratings")


ROUTES: list[Any] = [show_ratings, show_rate, do_rate]
