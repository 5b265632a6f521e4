"""Draw the report up, sign it or write a dissent, remind, record who is deemed to agree, hand it over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from catalogue.listings.queries import lock_listing
from catalogue.notices.content import canonical, content_hash
from contracts.agreements.rules import check_typed_name
from evaluations.panel.chair import CHAIR, chair_of
from evaluations.panel.queries import judging_members, member_of
from evaluations.panel.rules import check_may_appoint
from evaluations.panel.seats import is_reviewed_again, own_seat
from evaluations.reports import queries
from evaluations.reports.content import report_paper
from evaluations.reports.gathering import gather
from evaluations.reports.rules import REMINDER, SIGNING, Way, check_dissent, is_whole
from evaluations.reports.tables import EvaluationReport, ReportReminder, ReportSignature
from evaluations.scoring.services import waits_for_explanation
from marketplace.accounts.actor import Actor
from marketplace.accounts.mandates import Entrusted
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.contract_signing import Proof
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchval, insert, transaction
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Moment
from marketplace.kernel.outbox.services import post_mail

Row = dict[str, Any]
UNDER_WAY = ("evaluated", "determined")


async def _locked(listing: UUID) -> Row:
    row = await lock_listing(listing)
    if row["status"] not in UNDER_WAY and not await is_reviewed_again(row):
        raise Conflict(N_("汇总评审结果以后、发布结果公告以前才编写和签署评审报告。请刷新页面。"), clause=SIGNING)
    return row


async def draw_up_report(listing: UUID, remarks: str, actor: Actor, now: datetime) -> str:
    """A member puts down what the panel found; gives the hash that all sign. Raises Conflict, NotFound, Forbidden.

    Once the panel's days are over the organiser may, and without a chair, so that nobody waits for ever (R-TIME-31).
    """
    async with transaction():
        row = await _locked(listing)
        last = await queries.draw_up_by(listing)
        is_late = last is not None and county_day(now) > last
        if is_late and await member_of(listing, actor.person_id) is None:
            check_may_appoint(actor, row)
        else:
            await own_seat(listing, actor)
        if await queries.report_of(listing) and not await _waits_for_new_version(listing):
            raise Conflict(N_("评审报告已经编好，请签字。"), clause=SIGNING)
        if await chair_of(listing) is None and not is_late:
            raise Conflict(N_("还没有推选组长。请先推选组长，再编写评审报告。"), clause=CHAIR)
        if row["status"] != "opened" and await waits_for_explanation(row):
            words = N_("更正以后有报价明显偏低，还没有审查完。请先到评分页请供应商说明、作出决定，再编写评审报告。")
            raise Conflict(words, clause="R-LOW-04")
        version = await queries.next_version(listing)
        paper = report_paper(await gather(row, remarks.strip(), now), version, now)
        sha256 = content_hash(paper)
        await insert(
            EvaluationReport, listing=listing, version=version, content=canonical(paper).decode(),
            content_sha256=sha256, remarks=remarks.strip(), drawn_up_by=actor.person_id, drawn_up_at=now,
        )  # fmt: skip
        detail = {"version": str(version), "content_sha256": sha256}
        await record("report.drawn_up", ("listing", str(listing)), actor, detail, now)
    return sha256


async def _waits_for_new_version(listing: UUID) -> bool:
    """Whether the standing report is the one that is being reviewed again."""
    again, report = await queries.open_re_evaluation(listing), await queries.report_of(listing)
    return bool(again and report and again["before"] == report["id"])


async def void_report(listing: UUID, actor: Actor, now: datetime, *, also_whole: bool = False) -> None:
    """What the report says is no longer so: whoever signed it signs the next version. In the caller's transaction.

    `also_whole`: what all had signed falls too, because one of them may not have judged (R-COM-08).
    """
    report = await queries.report_of(listing)
    if report is None or (report["whole_at"] is not None and not also_whole):
        return
    await execute("UPDATE evaluation_report SET voided_at = $2 WHERE id = $1", report["id"], now)
    detail = {"version": str(report["version"]), "content_sha256": report["content_sha256"]}
    await record("report.voided", ("listing", str(listing)), actor, detail, now)


@dataclass(frozen=True)
class Signed:
    """What a member puts under the report: its name, and its dissent with reasons where it does not agree."""

    typed_name: str
    dissent: str = ""


async def sign_report(listing: UUID, signed: Signed, actor: Actor, now: datetime, proof: Proof | None = None) -> None:
    """A member signs the exact bytes, with a dissent in writing where it does not agree (87 Art. 61).

    Raises DomainError for another name than the signer's, Conflict when it stands already, NotFound without a report.
    """
    typed_name, dissent = signed.typed_name, signed.dissent
    async with transaction():
        await _locked(listing)
        member = await own_seat(listing, actor)
        report = await _report(listing)
        check_typed_name(typed_name, actor.name)
        way = Way.DISSENT if dissent.strip() else Way.SIGNED
        check_dissent(way, dissent)
        said = {"way": way.value, "typed_name": typed_name.strip(), "dissent": dissent.strip()}
        if proof:
            said |= {"method": proof.method, "proof_reference": proof.reference, "proof_sha256": proof.sha256}
        await _stand(report, member["id"], said, actor, now)


async def check_may_sign(listing: UUID, signed: Signed, actor: Actor) -> Row:
    """The report that this member may sign, before a proof of it is made. Raises as `sign_report` does."""
    member = await own_seat(listing, actor)
    report = await _report(listing)
    check_typed_name(signed.typed_name, actor.name)
    if member["id"] in {s["member"] for s in await queries.signatures_of(report["id"])}:
        raise Conflict(N_("这名成员已经签过这份报告，不用再签。"), clause=SIGNING)
    return report


async def _report(listing: UUID) -> Row:
    report = await queries.report_of(listing)
    if report is None:
        raise NotFound()
    if await _waits_for_new_version(listing):
        raise Conflict(N_("正在重新评审，原报告不再签字。请等新的评审报告。"), clause="R-REEV-01")
    return report


async def _stand(report: Row, member: UUID, values: dict[str, Any], actor: Actor, now: datetime) -> None:
    if member in {s["member"] for s in await queries.signatures_of(report["id"])}:
        raise Conflict(N_("这名成员已经签过这份报告，不用再签。"), clause=SIGNING)
    await insert(
        ReportSignature, report=report["id"], member=member, content_sha256=report["content_sha256"],
        stands_since=now, **values,
    )  # fmt: skip
    detail = {
        "member": str(member), "way": values["way"], "version": str(report["version"]),
        "content_sha256": report["content_sha256"],
    }  # fmt: skip
    if "proof_sha256" in values:
        detail["proof_sha256"] = values["proof_sha256"]
    await record("report.signed", ("listing", str(report["listing"])), actor, detail, now)
    members = [m["id"] for m in await judging_members(report["listing"])]
    if is_whole(members, [s["member"] for s in await queries.signatures_of(report["id"])]):
        await execute("UPDATE evaluation_report SET whole_at = $2 WHERE id = $1", report["id"], now)
        detail = {"version": str(report["version"]), "content_sha256": report["content_sha256"]}
        await record("report.whole", ("listing", str(report["listing"])), actor, detail, now)
        await _drop_proposals(report["listing"], actor, now)


async def _drop_proposals(listing: UUID, actor: Actor, now: datetime) -> None:
    """What the panel had not agreed to when its report became whole is no longer asked (R-COM-07)."""
    dropped = await fetch(
        "UPDATE mark_correction SET outcome = 'dropped', decided_at = $2 WHERE listing = $1 AND outcome = ''"
        " RETURNING id, ground, opened_bid",
        listing, now,
    )  # fmt: skip
    for each in dropped:
        detail = {"correction": str(each["id"]), "ground": each["ground"], "outcome": "dropped",
                  "bid": str(each["opened_bid"])}  # fmt: skip
        await record("report.correction_decided", ("listing", str(listing)), actor, detail, now)


async def remind_member(listing: UUID, member: UUID, actor: Actor, now: datetime) -> datetime:
    """Ask a member once to sign or to write its dissent; gives until when it is waited (R-COM-09)."""
    async with transaction():
        row = await _locked(listing)
        check_may_appoint(actor, row)
        report = await _report(listing)
        seat = await _unsigned(report, member)
        if seat["reminder"]:
            raise Conflict(N_("这名成员已经提醒过。"), clause=SIGNING)
        last = compute(REMINDER, county_day(now)).date
        until = at_county_time(last + timedelta(days=1))
        await insert(
            ReportReminder, report=report["id"], member=member, reminded_by=actor.person_id, reminded_at=now,
            wait_until=until,
        )  # fmt: skip
        await _mail(row, seat, until, now)
        detail = {"member": str(member), "until": until.isoformat(), "version": str(report["version"])}
        await record("report.reminded", ("listing", str(listing)), actor, detail, now)
    return until


async def _mail(row: Row, seat: Row, until: datetime, now: datetime) -> None:
    address = await fetchval("SELECT email FROM person WHERE id = $1", seat["person"])
    if not address:
        return
    subject = say(N_("请签署评审报告：{reference}"), reference=row["reference"])
    body = say(
        N_("{reference} 的评审报告等待您签字：/listings/{reference}/report。有不同意见的，请在 {at} 以前写明理由；"
           "不签字又不写明的，视同同意评审报告（87号令第六十一条）。"),
        reference=row["reference"], at=Moment(until),
    )  # fmt: skip
    await post_mail(address, subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)


async def _unsigned(report: Row, member: UUID) -> Row:
    seat = next((each for each in await queries.signing_state(report) if each["id"] == member), None)
    if seat is None:
        raise NotFound()
    if seat["signature"]:
        raise Conflict(N_("这名成员已经签过这份报告，不用再签。"), clause=SIGNING)
    return seat


async def record_deemed(listing: UUID, member: UUID, actor: Actor, now: datetime) -> None:
    """After the reminder's time a silent member counts as agreeing, on record (87 Art. 61). Raises Conflict."""
    async with transaction():
        row = await _locked(listing)
        check_may_appoint(actor, row)
        report = await _report(listing)
        seat = await _unsigned(report, member)
        if seat["reminder"] is None:
            raise Conflict(N_("还没有提醒这名成员。请先提醒，再记录视同同意。"), clause=SIGNING)
        if now < seat["reminder"]["wait_until"]:
            raise Conflict(N_("提醒的时间还没有过，这名成员还可以签字或者写明不同意见。"), clause=SIGNING)
        await _stand(report, member, {"way": Way.DEEMED.value, "recorded_by": actor.person_id}, actor, now)


async def hand_over_report(listing: UUID, actor: Actor, now: datetime) -> None:
    """The agency hands the signed report to the purchaser (R-TIME-13). Again changes nothing."""
    async with transaction():
        row = await lock_listing(listing)
        if row["agency_agreement"] is None or row["agency_agreement"] not in actor.agreements_for(Entrusted.PANEL):
            raise Forbidden(N_("评审报告由受委托组织评审的代理机构送交采购人。"), clause="R-TIME-13")
        actor.check_may(Permission.APPOINT_PANEL)
        report = await _report(listing)
        if report["whole_at"] is None:
            raise Conflict(N_("评审报告还没有签署完，不能送交。"), clause="R-TIME-13")
        if report["handed_at"]:
            return
        await execute(
            "UPDATE evaluation_report SET handed_at = $2, handed_by = $3 WHERE id = $1",
            report["id"],
            now,
            actor.person_id,
        )
        detail = {"version": str(report["version"]), "content_sha256": report["content_sha256"]}
        await record("report.handed_over", ("listing", str(listing)), actor, detail, now)
