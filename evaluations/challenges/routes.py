"""Pages of challenges: what may be challenged until when, the letter, the answer."""

from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream, Template

from catalogue.holds.queries import holds_of
from catalogue.holds.rules import GROUND_LABELS, Ground, is_standing
from catalogue.listings.methods import is_framework, judged_without_panel, row_of
from catalogue.listings.queries import listing_page, lots
from evaluations.challenges import queries
from evaluations.challenges.carrying_out import case_of_challenge
from evaluations.challenges.forms import MOST_MATTERS, NO_EFFECT, REVIEW, answer_form, challenge_form, review_asked
from evaluations.challenges.inquiry_holds import HAS_RESULT, inquiry_hold_of
from evaluations.challenges.remedies import (
    CHALLENGE_OUTCOMES,
    COMPLAINT_OUTCOMES,
    REMEDY_LABELS,
    Case,
    remedies_of_challenge,
)  # fmt: skip
from evaluations.challenges.rules import (
    CHALLENGE_CONTENTS,
    CHALLENGE_LABELS,
    COMPLAINT_LABELS,
    STAGE_LABELS,
    Stage,
    check_may_answer,
    complain_until,
    complaint_against,
    days_on,
    may_answer,
    missing_contents,
)  # fmt: skip
from evaluations.challenges.services import (
    answer_challenge,
    let_go_on,
    raise_challenge,
    review_again,
    withdraw_challenge,
)
from evaluations.panel.rules import check_may_appoint
from evaluations.reevaluations.for_challenges import review_of
from evaluations.reports.rules import GROUND_LABELS as GROUNDS
from evaluations.reports.rules import grounds_again
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.routes import as_attachment
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY, NewDocument
from marketplace.accounts.guards import PUBLIC, SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, read_ahead, together
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.forms import Bound, parse
from marketplace.kernel.web import go, page, posted

RAISING, ANSWERING = needs(Permission.RAISE_CHALLENGE), needs(Permission.ANSWER_CHALLENGE)
PATH = "/listings/{reference:str}/challenges"
LABELS: dict[str, Any] = {
    "stages": STAGE_LABELS, "challenge_labels": CHALLENGE_LABELS, "complaint_labels": COMPLAINT_LABELS,
    "remedies": REMEDY_LABELS, "challenge_outcomes": CHALLENGE_OUTCOMES, "complaint_outcomes": COMPLAINT_OUTCOMES,
}  # fmt: skip


@get(PATH, opt=PUBLIC)
async def show_challenges(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template:
    """The ways to be heard with their last days, one's own letters, and every published decision."""
    return await challenges_page(reference, request.scope.get("user"), now)


async def challenges_page(reference: str, actor: Actor | None, now: Any, form: Bound | None = None) -> Template:
    """The page with a form of the buyer's on it."""
    listing = await listing_page(reference)
    buys = actor is not None and may_answer(actor, listing) and actor.organisation_id == listing["procuring_unit"]
    may_raise = actor is not None and actor.may(Permission.RAISE_CHALLENGE)
    windows, challenges, complaints, holds, inquiry = await together(
        queries.windows_for(listing, actor, now) if may_raise and actor else nothing(),
        queries.challenges_of(listing, actor), queries.complaints_of(listing["id"], actor), holds_of(listing["id"]),
        inquiry_hold_of(listing, now) if buys else nothing(),
    )  # fmt: skip
    return page(
        "evaluations/challenges/list.html", status_code=422 if form else 200, listing=listing, may_raise=may_raise,
        form=form, inquiry=inquiry,
        may_hold=buys and listing["status"] in HAS_RESULT,
        days=days_on(county_day(now)), **LABELS,
        windows=windows or [], challenges=challenges, complaints=complaints,
        holds=[
            {**h, "words": GROUND_LABELS[Ground(h["ground"])]} for h in holds
            if is_standing(h, county_day(now)) and (h["ground"] == Ground.FINANCE_ORDER or _is_inside(actor, listing))
        ],
    )  # fmt: skip


def _is_inside(actor: Actor | None, listing: dict[str, Any]) -> bool:
    """Whether somebody may know that a challenge is open: not before its answer, but for those who handle it."""
    return actor is not None and (may_answer(actor, listing) or actor.may(Permission.READ_EVERYTHING))


async def _letter_page(
    listing: dict[str, Any], actor: Actor, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    windows = await queries.windows_for(listing, actor, now)
    return page(
        "evaluations/challenges/raise.html", status_code=status_code, listing=listing, form=form, windows=windows,
        lots=await lots(listing["id"]), places=range(1, MOST_MATTERS + 1), office=actor.office, person=actor.name,
        missing=missing_contents(CHALLENGE_CONTENTS, form.errors) if form else [], today=county_day(now),
        days=days_on(county_day(now)), **LABELS,
    )  # fmt: skip


@get(PATH + "/new", opt=RAISING)
async def show_raise(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The letter of challenge in the parts of the official form."""
    return await _letter_page(await listing_page(reference), actor, now)


@post(PATH + "/new", opt=RAISING, request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_raise(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Hand it in; every missing item comes back by its name in the law."""
    listing = await listing_page(reference)
    sent = await posted(request)
    form, new = challenge_form(sent.texts)
    if new is not None:
        papers = [NewDocument(file.filename, file.file) for file in sent.files.get("papers", []) if file.filename]
        try:
            store = request.app.state["gateways"].documents
            return go(f"/challenges/{await raise_challenge(reference, new, papers, store, (actor, now))}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["signed_name"] = refused.sentence
    return await _letter_page(listing, actor, now, form, 422)


async def _challenge_page(
    reference: str, actor: Actor, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    found = await queries.challenge_by(reference, actor)
    matters, papers, complaints, held, review, offer = await together(
        queries.matters_of(found["id"]), queries.papers_of(found["id"]), queries.complaints_about(found["id"]),
        holds_of(found["listing"]), review_of(reference), _review_offer(found, actor),
    )  # fmt: skip
    own = found["organisation"] == actor.organisation_id
    until = complain_until(found)
    holds = [h for h in held if h["subject"] == reference]
    return page(
        "evaluations/challenges/show.html", status_code=status_code, challenge=found, form=form, own=own,
        matters=matters, papers=papers,
        complaints=complaints if own or _is_inside(actor, found) else [], until=until,
        may_complain=own and actor.may(Permission.RAISE_CHALLENGE)
        and complaint_against(found, now, [each["status"] for each in complaints]) is None,
        may_answer=may_answer(actor, found) and not own, is_buyer=actor.organisation_id == found["procuring_unit"],
        is_held=any(is_standing(h, county_day(now)) for h in holds),
        no_effect=next((h["end_reason"] for h in holds if h["ended_at"] is not None), ""),
        review=review, **offer, **LABELS,
    )  # fmt: skip


async def _review_offer(challenge: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """The grounds on which this officer may let the original panel review again because of this challenge."""
    listing = await queries.listing_of(challenge)
    is_asked = challenge["status"] == "received" and challenge["stage"] in (Stage.REVIEW, Stage.RESULT)
    is_judged = listing["status"] == "awarded" and not judged_without_panel(listing) and not is_framework(listing)
    own = challenge["organisation"] == actor.organisation_id
    if not (is_asked and is_judged) or own or not (may_answer(actor, listing) and _appoints(actor, listing)):
        return {"grounds": [], "grounds_clause": ""}
    allowed = grounds_again(row_of(listing))
    return {"grounds": [(g.value, GROUNDS[g]) for g in allowed.grounds], "grounds_clause": allowed.citation}


def _appoints(actor: Actor, listing: dict[str, Any]) -> bool:
    try:
        check_may_appoint(actor, listing)
    except DomainError:
        return False
    return True


@get("/challenges/{reference:str}", opt=SIGNED_IN)
async def show_challenge(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """One challenge with its clock and its answer, for those who may see it."""
    return await _challenge_page(reference, actor, now)


@get("/challenges/{reference:str}/evidence/{document:uuid}", opt=SIGNED_IN)
async def show_evidence(
    request: Request[Any, Any, Any], reference: FromPath[str], document: FromPath[UUID], actor: CurrentActor
) -> Stream:
    """A file handed in with it: for the challenger and those who answer and decide, not for other providers."""
    found = await queries.challenge_by(reference, actor)
    if found["organisation"] != actor.organisation_id and not _is_inside(actor, found):
        raise NotFound()
    for each in await queries.papers_of(found["id"]):
        if each.id == document:
            return await as_attachment(each, request.app.state["gateways"].documents)
    raise NotFound()


@post("/challenges/{reference:str}/withdraw", opt=RAISING)
async def do_withdraw(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Take it back."""
    await withdraw_challenge(reference, actor, now)
    return go(f"/challenges/{reference}")


@post("/challenges/{reference:str}/no-effect", opt=ANSWERING)
async def do_let_go_on(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """State that it cannot change the result, so that signing goes on."""
    form = parse(NO_EFFECT, (await posted(request)).texts)
    if form.errors:
        return await _challenge_page(reference, actor, now, form, 422)
    await let_go_on(reference, form["reason"], actor, now)
    return go(f"/challenges/{reference}")


@post("/challenges/{reference:str}/re-evaluation", opt=irreversible(ANSWERING))
async def do_review_again(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Let the original panel review again, on a lawful ground that the challenge raises."""
    form = parse(REVIEW, (await posted(request)).texts)
    if not form.errors:
        try:
            await review_again(reference, review_asked(form), actor, now)
            return go(f"/challenges/{reference}")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["ground"] = refused.sentence
    return await _challenge_page(reference, actor, now, form, 422)


async def _answer_page(
    reference: str, actor: Actor, now: Any, form: Bound | None = None, status_code: int = 200
) -> Template:
    found = await queries.challenge_by(reference, actor)
    await read_ahead(queries.listing_of(found), queries.matters_of(found["id"]), review_of(reference))
    listing = await queries.listing_of(found)
    check_may_answer(actor, listing, changes_result=False)
    case: Case = await case_of_challenge(listing, found, now)
    matters, review, offer = await together(
        queries.matters_of(found["id"]), review_of(reference), _review_offer(found, actor)
    )
    return page(
        "evaluations/challenges/answer.html", status_code=status_code, challenge=found, form=form, case=case,
        review=review, matters=matters, **offer,
        allowed={outcome: remedies_of_challenge(case, outcome) for outcome in CHALLENGE_OUTCOMES}, **LABELS,
    )  # fmt: skip


@get("/challenges/{reference:str}/answer", opt=ANSWERING)
async def show_answer(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """Matter by matter, with what the law lets follow now."""
    return await _answer_page(reference, actor, now)


@post("/challenges/{reference:str}/answer", opt=irreversible(ANSWERING))
async def do_answer(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Answer it; what follows is carried out at once."""
    found = await queries.challenge_by(reference, actor)
    places = [m["position"] for m in await queries.matters_of(found["id"])]
    form, new = answer_form((await posted(request)).texts, places)
    if new is not None:
        try:
            await answer_challenge(reference, new, actor, now)
            return go(f"/challenges/{reference}")
        except FormRefused as refused:
            form.errors.update(refused.errors)
    return await _answer_page(reference, actor, now, form, 422)


ROUTES: list[Any] = [
    show_challenges, show_raise, do_raise, show_challenge, show_evidence, do_withdraw, do_let_go_on, do_review_again,
    show_answer, do_answer,
]  # fmt: skip
