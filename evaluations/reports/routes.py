"""Pages of the evaluation report: members draw it up and sign, the buyer sees who has, reminds, and takes it over."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Template

from catalogue.listings.rules import runs
from catalogue.notices.content import from_canonical
from evaluations.panel.chair import chair_of
from evaluations.panel.queries import member_of, panel_listing
from evaluations.panel.seats import is_reviewed_again
from evaluations.reports import queries
from evaluations.reports.rules import GROUND_LABELS, HAND_OVER, WAY_LABELS, Way
from evaluations.reports.services import (
    UNDER_WAY,
    Signed,
    check_may_sign,
    draw_up_report,
    hand_over_report,
    record_deemed,
    remind_member,
    sign_report,
)
from evaluations.scoring.queries import result_rows
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import LARGEST_UPLOAD_BODY
from marketplace.accounts.guards import SIGNED_IN, CurrentActor, Now, irreversible, needs
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.gateways.contract_signing import Drawing, ToSign
from marketplace.gateways.file_types import FileRefused
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import together
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import DomainError, Forbidden
from marketplace.kernel.forms import Bound, Field, choice, identifier, parse, proper_name, text
from marketplace.kernel.i18n import N_
from marketplace.kernel.web import go, page, posted

DRAWING = [Field("remarks", N_("其他需要说明的情况"), text(8000), is_required=False)]
SIGNING_FIELDS = [
    Field("way", N_("是否同意评审报告"), choice([Way.SIGNED.value, Way.DISSENT.value])),
    Field("dissent", N_("书面的不同意见"), text(4000), is_required=False),
    Field("typed_name", N_("签名（输入您的姓名）"), proper_name(80)),
]
MEMBER = [Field("member", N_("成员"), identifier())]


async def report_reader(reference: str, actor: Actor) -> dict[str, Any]:
    """The listing for panel, buyer and supervisors; not for a member with an interest (R-ROLE-06)."""
    listing = await panel_listing(reference, actor)
    me = await member_of(listing["id"], actor.person_id)
    if me and me["has_interest"]:
        raise Forbidden(N_("您声明了有利害关系，不能参加这次评审。"), clause="R-ROLE-06")
    return {**listing, "me": me}


@get("/listings/{reference:str}/report", opt=SIGNED_IN)
async def show_report(reference: FromPath[str], actor: CurrentActor, now: Now) -> Template:
    """The report as it is signed, and how each member stands to it."""
    return await _report_page(reference, actor, now, Bound())


async def _report_page(reference: str, actor: Actor, now: datetime, form: Bound, status_code: int = 200) -> Template:
    listing = await report_reader(reference, actor)
    key = listing["id"]
    report, again, reviewed_again, draw_up_by, chair, results, versions, corrections = await together(
        queries.report_of(key), queries.open_re_evaluation(key), is_reviewed_again(listing), queries.draw_up_by(key),
        chair_of(key), result_rows(key), queries.versions_of(key), queries.corrections_of(key),
    )  # fmt: skip
    stands_for_review = bool(again and report and again["before"] == report["id"])
    seats = await queries.signing_state(report) if report else []
    mine = next((s for s in seats if listing["me"] and s["id"] == listing["me"]["id"]), None)
    is_current = listing["status"] in UNDER_WAY or reviewed_again
    organises = actor.may(Permission.APPOINT_PANEL) and runs(actor, listing, Entrusted.PANEL)
    entrusted = listing["agency_agreement"] is not None
    is_late = draw_up_by is not None and county_day(now) > draw_up_by
    hand_over = compute(HAND_OVER, county_day(report["whole_at"])) if report and report["whole_at"] else None
    return page(
        "evaluations/reports/report.html", status_code=status_code, listing=listing, form=form, report=report,
        paper=from_canonical(report["content"].encode()) if report else None, seats=seats, mine=mine, again=again,
        stands_for_review=stands_for_review, chair=chair,
        may_draw_up=(bool(listing["me"]) or (is_late and organises)) and is_current
        and (report is None or stands_for_review),
        draw_up_by=draw_up_by, is_late=is_late,
        may_sign=mine is not None and mine["signature"] is None and is_current and not stands_for_review,
        may_organise=organises and is_current and not stands_for_review, now=now,
        hand_over=hand_over if entrusted else None,
        may_hand_over=entrusted and listing["agency_agreement"] in actor.agreements_for(Entrusted.PANEL),
        has_results=bool(results), way_labels=WAY_LABELS, ground_labels=GROUND_LABELS,
        versions=versions, corrections=corrections,
    )  # fmt: skip


@post("/listings/{reference:str}/report/draw-up", opt=SIGNED_IN)
async def do_draw_up(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A member draws the report up, or the organiser once the panel's days are over."""
    listing = await report_reader(reference, actor)
    form = parse(DRAWING, (await posted(request)).texts)
    if form.errors:
        return await _report_page(reference, actor, now, form, 422)
    await draw_up_report(listing["id"], form["remarks"] or "", actor, now)
    return go(f"/listings/{reference}/report")


@post("/listings/{reference:str}/report/sign", opt=irreversible(SIGNED_IN), request_max_body_size=LARGEST_UPLOAD_BODY)
async def do_sign_report(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect | Template:
    """A member signs with its typed or drawn name, or signs with its dissent."""
    listing = await report_reader(reference, actor)
    given = await posted(request)
    form = parse(SIGNING_FIELDS, given.texts)
    if not form.errors and form["way"] == Way.DISSENT and not form["dissent"]:
        form.refuse("dissent", N_("请写明不同意见和理由。不写的视同同意评审报告。"))
    if not form.errors:
        signed = Signed(form["typed_name"], (form["dissent"] or "") if form["way"] == Way.DISSENT else "")
        try:
            report = await check_may_sign(listing["id"], signed, actor)
            drawn = [Drawing(file.filename, await file.read()) for file in given.files.get("drawing", [])[:1]]
            text = ToSign(
                f"{reference}/report/{report['version']}",
                report["content_sha256"],
                actor.name,
                actor.office.zh,
                now,
                drawn[0] if drawn else None,
            )
            proof = await request.app.state["gateways"].signer.sign(text)
            await sign_report(listing["id"], signed, actor, now, proof)
            return go(f"/listings/{reference}/report")
        except FileRefused as refused:
            form.errors["drawing"] = refused.sentence
        except DomainError as refused:
            if refused.status_code != 422:
                raise
            form.errors["typed_name"] = refused.sentence
    return await _report_page(reference, actor, now, form, 422)


async def _member_in(request: Request[Any, Any, Any]) -> UUID:
    form = parse(MEMBER, (await posted(request)).texts)
    if form.errors:
        raise DomainError(N_("没有选成员。请返回再试。"))
    found: UUID = form["member"]
    return found


@post("/listings/{reference:str}/report/remind", opt=needs(Permission.APPOINT_PANEL))
async def do_remind(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Remind a member to sign."""
    listing = await report_reader(reference, actor)
    await remind_member(listing["id"], await _member_in(request), actor, now)
    return go(f"/listings/{reference}/report")


@post("/listings/{reference:str}/report/deemed", opt=irreversible(needs(Permission.APPOINT_PANEL)))
async def do_record_deemed(
    request: Request[Any, Any, Any], reference: FromPath[str], actor: CurrentActor, now: Now
) -> Redirect:
    """Put on record that a silent member counts as agreeing."""
    listing = await report_reader(reference, actor)
    await record_deemed(listing["id"], await _member_in(request), actor, now)
    return go(f"/listings/{reference}/report")


@post("/listings/{reference:str}/report/hand-over", opt=needs(Permission.APPOINT_PANEL))
async def do_hand_over(reference: FromPath[str], actor: CurrentActor, now: Now) -> Redirect:
    """The agency hands the report to the purchaser."""
    listing = await report_reader(reference, actor)
    await hand_over_report(listing["id"], actor, now)
    return go(f"/listings/{reference}/report")


ROUTES: list[Any] = [show_report, do_draw_up, do_sign_report, do_remind, do_record_deemed, do_hand_over]
