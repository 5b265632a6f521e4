"""Pages of the admission: the unit determines and announces, everybody reads who came in and by which working."""

from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.frameworks.queries import framework_of
from catalogue.listings.frameworks.rules import BASIS_LABELS, Basis
from catalogue.listings.methods import is_framework
from catalogue.listings.queries import listing_page, lots
from contracts.frameworks.queries import framework_of_listing
from contracts.frameworks.top_ups import framework_of_top_up
from evaluations.admission import queries
from evaluations.admission.rules import CHOICE, Working
from evaluations.admission.services import determine_admission, proposed, publish_admission
from evaluations.admission.ties import freeze_admission_tie, tie_draws_of
from evaluations.awards.before_award import passed_over_of
from evaluations.awards.queries import expert_names
from evaluations.awards.rules import AwardPeople, check_may_determine
from evaluations.panel.queries import members
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.permissions import Permission
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound, Field, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted

FIELDS = [Field("tie_note", N_("抽签记录"), text(2000), is_required=False)]
BEFORE = ("opened", "evaluated", "determined")


async def _listing(reference: str) -> dict[str, Any]:
    listing = await listing_page(reference)
    if not is_framework(listing):
        raise NotFound()
    return listing


async def _may_determine(listing: dict[str, Any], actor: Actor | None) -> bool:
    if actor is None:
        return False
    panel = frozenset(m["person"] for m in await members(listing["id"]))
    try:
        check_may_determine(actor, AwardPeople(listing["procuring_unit"], listing["drafted_by"], panel))
    except Forbidden:
        return False
    return True


async def _show(listing: dict[str, Any], actor: Actor | None, form: Bound, status_code: int = 200) -> Template:
    inside = actor is not None and (
        actor.may(Permission.READ_EVERYTHING)
        or (actor.may(Permission.DETERMINE_AWARD) and actor.organisation_id == listing["procuring_unit"])
    )
    announced = listing["status"] == "awarded"
    if not announced and not (inside and listing["status"] in BEFORE):
        raise NotFound()
    admissions = await queries.admissions_of(listing["id"])
    for each in admissions:
        each["working"] = Working(each["responsive"], each["elimination"], each["most_admitted"])
        each["admitted"] = [r for r in each["rows"] if r["is_admitted"]]
    terms = await framework_of(listing["id"])
    assert terms is not None
    return page(
        "evaluations/admission/admission.html", status_code=status_code, listing=listing, form=form, inside=inside,
        announced=announced, admissions=admissions, terms=terms, is_quality=terms.basis == Basis.QUALITY_FIRST,
        passed_over=await passed_over_of(listing=listing["id"]) if inside else [],
        basis=BASIS_LABELS[Basis(terms.basis)], may_determine=await _may_determine(listing, actor),
        proposal=await _proposal(listing) if inside and listing["status"] == "evaluated" else [],
        draws=await tie_draws_of(listing["id"]) if inside and listing["status"] == "evaluated" else [],
        experts=await expert_names(listing["id"]) if announced else [],
        framework=await framework_of_listing(listing["id"]) or await framework_of_top_up(listing["id"]),
        fewest=number(CHOICE, listing["rules_on"]),
    )  # fmt: skip


async def _proposal(listing: dict[str, Any]) -> list[dict[str, Any]]:
    """What would be determined now, lot by lot; a tie at the line is shown as one."""
    terms = await framework_of(listing["id"])
    assert terms is not None and terms.elimination is not None
    names = {r["opened_bid"]: r for r in await queries.responsive_bids(listing["id"])}
    by_lot = {lot["id"]: lot for lot in await lots(listing["id"])}
    try:
        found = await proposed(listing, terms)
    except DomainError as refused:
        return [{"refused": refused.sentence, "clause": refused.clause, "is_tie": refused.clause == "R-TIE-01"}]
    return [
        {
            "lot": by_lot[lot], "working": each.working, "tie_note": each.tie_note,
            "rows": [
                {**names[p.bid.opened_bid], "position": p.position, "is_admitted": p.is_admitted} for p in each.placed
            ],
        }
        for lot, each in found.items()
    ]  # fmt: skip


@get("/listings/{reference:str}/admission", opt=PUBLIC)
async def show_admission(request: Request[Any, Any, Any], reference: FromPath[str]) -> Template:
    """Who came in, for everybody once announced; before that for the unit and those who read everything."""
    return await _show(await _listing(reference), request.scope.get("user"), Bound())


@post("/listings/{reference:str}/admission", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_determine(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Determine who comes in."""
    listing = await _listing(reference)
    form = parse(FIELDS, (await posted(request)).texts)
    if not form.errors:
        try:
            await determine_admission(listing["id"], actor, now, form["tie_note"] or "")
            return go(f"/listings/{reference}/admission")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["tie_note" if refused.clause == "R-TIE-01" else "_admission"] = refused.sentence
    return await _show(listing, actor, form, 422)


@post("/listings/{reference:str}/admission/draw", opt=needs(Permission.DETERMINE_AWARD))
async def do_freeze_admission_tie(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Freeze those tied at the line, and on to the draw."""
    listing = await _listing(reference)
    return go(f"/draws/{await freeze_admission_tie(listing['id'], actor, now)}")


@post("/listings/{reference:str}/admission/publish", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_publish_admission(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """Announce it; done again it changes nothing."""
    listing = await _listing(reference)
    await publish_admission(listing["id"], actor, now)
    return go(f"/listings/{reference}/admission")


ROUTES: list[Any] = [show_admission, do_determine, do_freeze_admission_tie, do_publish_admission]
