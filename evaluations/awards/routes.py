"""Pages of the award: the buyer determines and announces, the public reads, each bidder reads its own scores."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.content import rules_day
from catalogue.listings.methods import is_framework, judged_without_panel, row_of
from catalogue.listings.queries import listing_page, lots
from catalogue.listings.rules import runs
from catalogue.listings.rules_kept import kept_rules
from catalogue.listings.tie_rules import tie_rule
from evaluations.awards import queries
from evaluations.awards.before_award import passed_over_of
from evaluations.awards.clock import determination_clock, silence_counts
from evaluations.awards.deeming import object_to_report, objection_of
from evaluations.awards.minutes import minutes_of, needs_minutes
from evaluations.awards.rules import (
    CHALLENGE_BY,
    GRADE_WORDS,
    NOTICE_STANDS,
    SIGN_BY,
    AwardPeople,
    award_dates,
    check_may_determine,
)  # fmt: skip
from evaluations.awards.services import determine_award
from evaluations.awards.strengths import MOST, publish_with_strengths
from evaluations.awards.ties import ties_of
from evaluations.awards.voiding import void_awards_of
from evaluations.bundles.queries import lots_with_roots
from evaluations.opening.consortia import consortia_of_awards, everybody, members_of, names_of
from evaluations.opening.queries import lots_ended, related_bidders
from evaluations.opening.recordings import SCENE_LABELS, must_be_recorded, without_recording
from evaluations.panel.draw_records import lacks_draw_record
from evaluations.panel.queries import members
from evaluations.reports.queries import report_awaited
from evaluations.scoring.queries import opened_bids, result_rows
from marketplace.accounts.actor import Actor
from marketplace.accounts.guards import PUBLIC, CurrentActor, Now, irreversible, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import nothing, read_ahead, together
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError, Forbidden, NotFound
from marketplace.kernel.forms import Bound, Field, identifier, parse, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.rulebook import number
from marketplace.kernel.web import go, page, posted
from vendors.credit.queries import checks_of
from vendors.credit.rules import MOMENT_LABELS
from vendors.providers.rules import CREDIT_LABELS

OBJECTION_FIELDS = [Field("reason", N_("理由和依据"), text(2000))]
DETERMINE_FIELDS = [
    Field("lot", N_("采购包"), identifier()),
    Field("tie_note", N_("抽签记录"), text(2000), is_required=False),
]


@get("/listings/{reference:str}/award", opt=PUBLIC)
async def show_award(request: Request[Any, Any, Any], reference: FromPath[str], now: Now) -> Template | Redirect:
    """The notice for everybody once it is announced; before that for the unit and those who read everything."""
    if is_framework(await listing_page(reference)):
        return go(f"/listings/{reference}/admission")
    return await _award_page(reference, request.scope.get("user"), Bound(), now)


async def _award_page(
    reference: str, actor: Actor | None, form: Bound, now: datetime, status_code: int = 200
) -> Template:
    listing = await listing_page(reference)
    inside = actor is not None and (
        actor.may(Permission.READ_EVERYTHING)
        or (actor.may(Permission.DETERMINE_AWARD) and actor.organisation_id == listing["procuring_unit"])
        or _agency_publishes(listing, actor)
    )
    announced = listing["status"] == "awarded"
    if not announced and not (inside and listing["status"] in ("opened", "evaluated", "determined")):
        raise NotFound()
    await _read_parts_ahead(listing, inside, announced)
    awards = await queries.awards_of(listing["id"])
    for award in awards:
        told = award["announced_at"]
        award["dates"] = award_dates(county_day(award["determined_at"]), told, county_day(told) if told else None)
    bidders = await opened_bids(listing["id"]) if inside else []
    consortia = await members_of(bid["id"] for bid in bidders)
    tie = tie_rule(row_of(listing), listing, rules_day(listing), await kept_rules(listing["id"]))
    checks = await checks_of(everybody(bidders, consortia), listing["id"], ("award",))
    names = names_of(consortia) | {bid["provider"]: bid for bid in bidders}
    return page(
        "evaluations/awards/award.html", status_code=status_code, listing=listing, form=form, awards=awards,
        announced=announced, may_determine=(may_determine := await _may_determine(listing, actor)),
        may_publish=may_determine or _agency_publishes(listing, actor),
        open_lots=(open_lots := await _open_lots(listing, awards) if inside and not announced else []),
        report_awaited=await report_awaited(listing) if inside and not announced else None,
        tie_words=tie.words, tie_clause=tie.rows[0].key if tie.rows else "",
        ties=await ties_of(open_lots) if open_lots else {},
        minutes=(minutes := await minutes_of(listing["id"]) if needs_minutes(listing) and inside else None),
        needs_minutes=needs_minutes(listing) and inside and not announced and minutes is None,
        results=await result_rows(listing["id"]) if inside and not announced else [], inside=inside,
        may_read_own=announced and await _may_read_own(listing["id"], actor),
        proofs=[(names[provider], rows) for provider, rows in checks.items() if rows],
        related=await related_bidders(bidders), consortia=await consortia_of_awards(listing["id"]),
        refusable={a["lot"]: words for a in awards if announced and (words := _refusal_words(a, actor, inside))},
        clock=(clock := await determination_clock(listing) if inside and not announced else None),
        is_late=clock is not None and county_day(now) > clock.by.date, deems=silence_counts(listing),
        objection=await objection_of(listing["id"]) if inside else None,
        voided=[v for v in await void_awards_of(listing["id"]) if inside or v["announced_at"]],
        passed_over=await passed_over_of(listing=listing["id"]) if inside else [],
        credit_labels=CREDIT_LABELS, moments=MOMENT_LABELS,
        experts=await queries.expert_names(listing["id"]) if announced else [],
        lacks_draw=inside and not announced and await lacks_draw_record(listing),
        without_recording=await without_recording(listing)
        if inside and listing["status"] in ("evaluated", "determined")
        else [],
        scenes=SCENE_LABELS, must_be_recorded=must_be_recorded(listing),
        ended=await lots_ended(listing["id"]), bundles=await lots_with_roots(listing["id"]) if announced else [],
    )  # fmt: skip


async def _read_parts_ahead(listing: dict[str, Any], inside: bool, announced: bool) -> None:
    """Ask at one moment what the page asks of a listing: parts for everybody, for the inside, before the notice."""
    key, decides = listing["id"], inside and not announced
    within = (
        _bidders_ahead(key), objection_of(key), void_awards_of(key), passed_over_of(listing=key),
        minutes_of(key) if needs_minutes(listing) else nothing(),
    ) if inside else ()  # fmt: skip
    before = (
        _ties_ahead(listing), result_rows(key), determination_clock(listing), lacks_draw_record(listing),
        without_recording(listing) if listing["status"] in ("evaluated", "determined") else nothing(),
    ) if decides else ()  # fmt: skip
    after = (queries.expert_names(key), lots_with_roots(key)) if announced else ()
    await read_ahead(
        queries.awards_of(key), kept_rules(key), members(key), consortia_of_awards(key), lots_ended(key),
        *within, *before, *after,
    )  # fmt: skip


async def _bidders_ahead(listing: UUID) -> None:
    bidders = await opened_bids(listing)
    await read_ahead(_checks_ahead(bidders, listing), related_bidders(bidders))


async def _checks_ahead(bidders: list[dict[str, Any]], listing: UUID) -> None:
    consortia = await members_of(bid["id"] for bid in bidders)
    await checks_of(everybody(bidders, consortia), listing, ("award",))


async def _ties_ahead(listing: dict[str, Any]) -> None:
    if found := await _open_lots(listing, await queries.awards_of(listing["id"])):
        await ties_of(found)


def _refusal_words(award: dict[str, Any], actor: Actor | None, inside: bool) -> str:
    """The way to say that a winner does not sign, for the winner and for those who determine (R-AWD-03)."""
    if actor is None or award["contract_published_at"] or not award["contract_reference"]:
        return ""
    if actor.organisation_id == award["organisation"] and actor.may(Permission.SIGN_FOR_PROVIDER):
        return N_("不签订合同")
    return N_("供应商没有签订合同") if inside and actor.may(Permission.DETERMINE_AWARD) else ""


async def _may_read_own(listing: UUID, actor: Actor | None) -> bool:
    """Whether own scores may be offered: to bidders, and to visitors, who may be bidders once they sign in."""
    if actor is None:
        return True
    return actor.may(Permission.READ_OWN_DEBRIEF) and await queries.took_part(listing, actor.organisation_id)


def _agency_publishes(listing: dict[str, Any], actor: Actor | None) -> bool:
    """What the buyer determined may be announced by its agency (R-ROLE-05)."""
    return actor is not None and actor.may(Permission.PUBLISH_CONFIRMED) and runs(actor, listing, Entrusted.RESULT)


async def _may_determine(listing: dict[str, Any], actor: Actor | None) -> bool:
    if actor is None:
        return False
    panel = frozenset(m["person"] for m in await members(listing["id"]))
    try:
        check_may_determine(actor, AwardPeople(listing["procuring_unit"], listing["drafted_by"], panel))
    except Forbidden:
        return False
    return True


async def _open_lots(listing: dict[str, Any], awards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Lots that can be determined now."""
    done = {award["lot"] for award in awards}
    awaited, over, results, of_listing = await together(
        report_awaited(listing), passed_over_of(listing=listing["id"]), result_rows(listing["id"]),
        lots(listing["id"]),
    )  # fmt: skip
    if awaited:
        return []
    if listing["status"] == "evaluated":
        passed = {row["opened_bid"] for row in over}
        ready = {r["lot"] for r in results if r["rank"] and r["opened_bid"] not in passed}
    elif listing["status"] == "opened" and judged_without_panel(listing):
        ready = {b["lot"] for b in await opened_bids(listing["id"])}
    else:
        return []
    return [lot for lot in of_listing if lot["id"] in ready - done]


@post("/listings/{reference:str}/award", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_determine(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Determine one lot."""
    listing = await listing_page(reference)
    form = parse(DETERMINE_FIELDS, (await posted(request)).texts)
    if not form.errors:
        await _check_lot(listing, form["lot"])
        try:
            await determine_award(form["lot"], actor, now, form["tie_note"] or "")
            return go(f"/listings/{reference}/award")
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["tie_note" if refused.clause == "R-TIE-01" else "_award"] = refused.sentence
    return await _award_page(reference, actor, form, now, 422)


@post("/listings/{reference:str}/award/objection", opt=irreversible(needs(Permission.DETERMINE_AWARD)))
async def do_object(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """State why the report is not followed within the days (R-TIME-14)."""
    listing = await listing_page(reference)
    form = parse(OBJECTION_FIELDS, (await posted(request)).texts)
    if not form.errors:
        await object_to_report(listing["id"], form["reason"], actor, now)
        return go(f"/listings/{reference}/award")
    return await _award_page(reference, actor, form, now, 422)


async def _check_lot(listing: dict[str, Any], lot: UUID) -> None:
    if lot not in {each["id"] for each in await lots(listing["id"])}:
        raise NotFound()


async def _confirm_page(listing: dict[str, Any], form: Bound | None = None) -> Template:
    return page(
        "evaluations/awards/publish.html", status_code=422 if form else 200, listing=listing, form=form,
        awards=await queries.awards_of(listing["id"]), sign_days=int(number(SIGN_BY, listing["rules_on"])),
    )  # fmt: skip


@get("/listings/{reference:str}/award/publish", opt=needs(Permission.DETERMINE_AWARD, Permission.PUBLISH_CONFIRMED))
async def confirm_publish(reference: FromPath[str], actor: CurrentActor) -> Template:
    """A notice cannot be taken back: ask once more."""
    return await _confirm_page(await _to_publish(reference, actor))


async def _to_publish(reference: str, actor: Actor) -> dict[str, Any]:
    """The listing whose result this person may announce. Raises NotFound: who won is secret until then (R-AWD-01)."""
    listing = await listing_page(reference)
    if not runs(actor, listing, Entrusted.RESULT) or listing["status"] not in ("determined", "awarded"):
        raise NotFound()
    return listing


@post(
    "/listings/{reference:str}/award/publish",
    opt=irreversible(needs(Permission.DETERMINE_AWARD, Permission.PUBLISH_CONFIRMED)),
)
async def do_publish(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """Announce the award; done again it changes nothing."""
    listing = await _to_publish(reference, actor)
    awards = await queries.awards_of(listing["id"])
    names = {f"strengths-{award['lot_number']}": award["lot"] for award in awards}
    fields = [Field(name, N_("成交供应商的主要优势"), text(MOST), is_required=False) for name in names]
    form = parse(fields, (await posted(request)).texts)
    if form.errors:
        return await _confirm_page(listing, form)
    said = {lot: form[name] or "" for name, lot in names.items()}
    await publish_with_strengths(listing["id"], said, actor, now)
    return go(f"/listings/{reference}/award")


@get("/listings/{reference:str}/debrief", opt=needs(Permission.READ_OWN_DEBRIEF))
async def show_debrief(reference: FromPath[str], actor: CurrentActor) -> Template:
    """One bidder's own scores, rank and working (R-AWD-02)."""
    listing, rows = await queries.debrief(reference, actor.organisation_id)
    # the clock of a result begins when its notice has stood (R-DISP-01)
    challenge = compute(CHALLENGE_BY, compute(NOTICE_STANDS, county_day(listing["ended_at"])).date)
    return page(
        "evaluations/awards/debrief.html",
        listing=listing,
        rows=rows,
        challenge=challenge,
        grade_words=GRADE_WORDS,
        is_tender=row_of(listing).reads_prices,
        winners={award["lot_number"]: award for award in await queries.awards_of(listing["id"])},
    )


ROUTES: list[Any] = [show_award, do_determine, do_object, confirm_publish, do_publish, show_debrief]
