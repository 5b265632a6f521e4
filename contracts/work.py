"""What waits for somebody in contracts: signatures, hours, acceptances, invoices, payments, subsidies."""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime

from contracts.acceptance.plan_work import opinions_waiting
from contracts.agreements.names import TITLE_EN
from contracts.amendments.work import claims_waiting
from contracts.amendments.work import waiting_for as amendments_waiting
from contracts.billing.account_work import waiting_accounts
from contracts.billing.credit_turns import open_turns
from contracts.billing.queries import invoices_of_buyer, invoices_waiting, late_credits_open, open_disputes
from contracts.billing.steps import may_take, named_people, step_of
from contracts.billing.vouchers import vouchers_to_release
from contracts.brought_in.work import waiting_for as imports_waiting
from contracts.cases.work import waiting_for as cases_waiting
from contracts.deposits.work import waiting_for as deposits_waiting
from contracts.discovery.work import waiting_for as discovery_waiting
from contracts.fees.work import waiting_for as fees_waiting
from contracts.frameworks.work import waiting_for as frameworks_waiting
from contracts.handovers.work import waiting_for as handovers_waiting
from contracts.household_checks.work import waiting_for as checks_waiting
from contracts.job_matching.work import waiting_for as jobs_waiting
from contracts.orders.work import waiting_for as orders_waiting
from contracts.promises.approval import STEP_LABELS
from contracts.promises.work import waiting_for as promises_waiting
from contracts.referrals.work import waiting_for as referrals_waiting
from contracts.relief.work import waiting_for as relief_waiting
from contracts.safeguarding.work import waiting_for as safeguarding_waiting
from contracts.subsidies.work import waiting_for as subsidies_waiting
from contracts.suspensions.work import waiting_for as suspensions_waiting
from contracts.visits.rules import first_day
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import all_together, fetch
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.moments import Day, Month
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Everything in contracts that waits for this person, in no order."""
    parts: list[Awaitable[list[WorkItem]]] = [
        safeguarding_waiting(actor, now), cases_waiting(actor, now), orders_waiting(actor, now),
        relief_waiting(actor, now),
        referrals_waiting(actor, now), checks_waiting(actor, now), discovery_waiting(actor, now),
        jobs_waiting(actor, now),
    ]  # fmt: skip
    if actor.may(Permission.SIGN_FOR_BUYER) or actor.may(Permission.SIGN_FOR_PROVIDER):
        parts.append(_signatures(actor))
    if actor.may(Permission.SIGN_FOR_BUYER) or actor.may(Permission.SIGN_FOR_PROVIDER):
        parts.append(amendments_waiting(actor, now))
        parts.append(suspensions_waiting(actor, now))
    if actor.may(Permission.APPROVE_PAYMENT) or actor.may(Permission.SIGN_FOR_PROVIDER):
        parts.append(claims_waiting(actor))
    parts.append(frameworks_waiting(actor, now))
    if actor.may(Permission.HAND_OVER):
        parts.append(handovers_waiting(actor, now))
    parts.append(deposits_waiting(actor, now))
    parts.append(fees_waiting(actor, now))
    parts.append(imports_waiting(actor, now))
    parts.append(promises_waiting(actor, now))
    if actor.may(Permission.LOG_VISITS):
        parts.append(_returned_visits(actor))
    if actor.may(Permission.APPROVE_HOURS):
        parts.append(_hours(actor, now))
    if actor.may(Permission.ACCEPT_WORK):
        parts.append(_acceptances(actor))
        parts.append(_requested(actor))
        parts.append(_steps(actor))
    if actor.may(Permission.ACCEPT_WORK) or actor.may(Permission.SUBMIT_INVOICE):
        parts.append(_disputes(actor))
    if actor.may(Permission.ACCEPT_WORK) or actor.may(Permission.KEEP_TOWN_LIST):
        parts.append(opinions_waiting(actor))
    if actor.may(Permission.SUBMIT_INVOICE):
        parts.append(_invoices_to_write(actor))
        parts.append(_to_mend(actor))
    parts.append(waiting_accounts(actor))
    if actor.may(Permission.APPROVE_PAYMENT):
        parts.append(_payments())
        parts.append(_turns(actor))
    parts.append(_refunds(actor))
    if actor.may(Permission.RELEASE_VOUCHER):
        parts.append(_vouchers(actor))
    parts.append(subsidies_waiting(actor, now))
    return await all_together(*parts)


async def _refunds(actor: Actor) -> list[WorkItem]:
    """Money of credit notes that has to come back: for finance, and for the provider that owes it."""
    if not (actor.may(Permission.APPROVE_PAYMENT) or actor.may(Permission.SUBMIT_INVOICE)):
        return []
    found = []
    for row in await late_credits_open():
        is_mine = row["organisation"] == actor.organisation_id
        if row["comes_back"] and (is_mine or actor.may(Permission.APPROVE_PAYMENT)):
            words = N_("退回红字发票的款项：{title}") if is_mine else N_("登记红字发票的退款：{title}")
            path = f"/invoices/{row['invoice_reference']}"
            found.append(
                WorkItem(None, Name.of(row, "provider_name"), say(words, title=row["title"]), path, "R-PAY-01")
            )
    return found


async def _turns(actor: Actor) -> list[WorkItem]:
    """Set-offs that a colleague asked to turn into refunds."""
    words = N_("复核把抵扣改为退款：{title}")
    return [
        WorkItem(
            None, Name.of(each, "provider_name"), say(words, title=each["title"]),
            f"/invoices/{each['invoice_reference']}", "R-ROLE-03",
        )
        for each in await open_turns()
        if each["asked_by"] != actor.person_id
    ]  # fmt: skip


async def _vouchers(actor: Actor) -> list[WorkItem]:
    return [
        WorkItem(
            None, actor.office, say(N_("复核签发国库凭证：{number}"), number=each["number"]),
            f"/payments/voucher-file/{each['number']}/release", "R-ROLE-03",
        )
        for each in await vouchers_to_release(actor.person_id)
    ]  # fmt: skip


async def _signatures(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, c.sign_by, b.name AS buyer_name,"
        " b.name_en AS buyer_name_en FROM contract c"
        " JOIN provider p ON p.id = c.provider JOIN organisation b ON b.id = c.buyer"
        " WHERE c.status IN ('drawn_up', 'signed_by_one') AND ("
        "  ($2 AND c.buyer = $1 AND NOT EXISTS (SELECT 1 FROM signature s WHERE s.contract = c.id"
        " AND s.side = 'buyer'))"
        "  OR ($3 AND p.organisation = $1"
        "   AND NOT EXISTS (SELECT 1 FROM signature s WHERE s.contract = c.id AND s.side = 'provider')))",
        actor.organisation_id, actor.may(Permission.SIGN_FOR_BUYER), actor.may(Permission.SIGN_FOR_PROVIDER),
    )  # fmt: skip
    return [
        WorkItem(
            r["sign_by"], Name.of(r, "buyer_name"), say(N_("签订合同：{title}"), title=Name.of(r)),
            f"/contracts/{r['reference']}/sign", "R-TIME-17",
        )
        for r in rows
    ]  # fmt: skip


async def _returned_visits(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT v.id, v.day, o.name AS buyer_name,"
        " o.name_en AS buyer_name_en FROM visit v JOIN contract c ON c.id = v.contract"
        " JOIN organisation o ON o.id = c.buyer WHERE v.person = $1 AND v.status = 'returned'"
        " AND NOT EXISTS (SELECT 1 FROM visit n WHERE n.chain = v.chain AND n.entered_at > v.entered_at)",
        actor.person_id,
    )
    return [
        WorkItem(
            None, Name.of(r, "buyer_name"), say(N_("更正退回的服务记录：{day}"), day=Day(r["day"])),
            f"/visits/{r['id']}",
        )
        for r in rows
    ]


async def _hours(actor: Actor, now: datetime) -> list[WorkItem]:
    this_month = first_day(county_day(now))
    waiting = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, date_trunc('month', v.day)::date AS month,"
        " count(*) AS number, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM visit v JOIN contract c ON c.id = v.contract JOIN provider p ON p.id = c.provider"
        " JOIN organisation o ON o.id = p.organisation WHERE c.buyer = $1 AND v.status = 'logged' AND v.person <> $2"
        " GROUP BY c.id, month, o.name, o.name_en",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    items = [
        WorkItem(
            None, Name.of(r, "provider_name"),
            say(
                N_("审核 {month}的 {number} 条服务记录：{title}"),
                month=Month(r["month"]), number=r["number"], title=Name.of(r),
            ),
            f"/contracts/{r['reference']}/hours?month={r['month']:%Y-%m}", "R-HOUR-05",
        )
        for r in waiting
    ]  # fmt: skip
    ended = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, m.month::date AS month FROM contract c"
        " JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item"
        " CROSS JOIN LATERAL generate_series(date_trunc('month', coalesce(c.counted_from, c.service_from)),"
        " c.service_to, interval '1 month') AS m(month)"
        " WHERE c.buyer = $1 AND c.status IN ('in_force', 'terminated') AND i.logs_visits"
        " AND (m.month::date < $2 OR c.service_to < $3)"
        " AND NOT EXISTS (SELECT 1 FROM month_close k WHERE k.contract = c.id AND k.month = m.month::date)"
        " AND NOT EXISTS (SELECT 1 FROM visit v WHERE v.contract = c.id AND v.status = 'logged'"
        "  AND v.day < m.month::date + interval '1 month') ORDER BY month",
        actor.organisation_id, this_month, county_day(now),
    )  # fmt: skip
    items += [
        WorkItem(
            None,
            actor.office,
            say(N_("关闭 {month}：{title}"), month=Month(r["month"]), title=Name.of(r)),
            f"/contracts/{r['reference']}/hours?month={r['month']:%Y-%m}", "R-HOUR-05",
        )
        for r in ended
    ]  # fmt: skip
    return items


async def _acceptances(actor: Actor) -> list[WorkItem]:
    # a milestone waits when its due day's month is closed; the page itself says which months it rests on
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, m.position, m.title AS milestone_title,"
        " o.name AS provider_name, o.name_en AS provider_name_en"
        # of each contract only the first that is still to be accepted can wait
        " FROM contract c CROSS JOIN LATERAL (SELECT m.* FROM contract_milestone m WHERE m.contract = c.id"
        "  AND m.status IN ('open', 'requested', 'to_mend') AND NOT m.is_advance ORDER BY m.position LIMIT 1) m"
        " JOIN listing l ON l.id = c.listing"
        " JOIN listing_lot lot ON lot.id = c.lot JOIN item i ON i.id = lot.item"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.buyer = $1 AND c.status IN ('in_force', 'terminated') AND m.status = 'open'"
        " AND $2 NOT IN (l.drafted_by, coalesce(l.approved_by, l.drafted_by))"
        " AND i.logs_visits AND EXISTS (SELECT 1 FROM month_close k WHERE k.contract = c.id"
        "  AND least((k.month + interval '1 month')::date - 1, c.service_to) <= m.due_on"
        "  AND NOT EXISTS (SELECT 1 FROM acceptance_month am WHERE am.month_close = k.id))"
        " AND (SELECT count(*) FROM month_close k WHERE k.contract = c.id AND (k.month + interval '1"
        " month')::date - 1 <= m.due_on)"
        "  = (SELECT count(*) FROM generate_series(date_trunc('month', coalesce(c.counted_from, c.service_from)),"
        " c.service_to, interval '1 month') g"
        "   WHERE (g + interval '1 month')::date - 1 <= m.due_on)",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return [
        WorkItem(
            None,
            Name.of(r, "provider_name"),
            say(N_("验收“{milestone}”：{title}"), milestone=r["milestone_title"], title=Name.of(r)),
            f"/contracts/{r['reference']}/acceptance/{r['position']}", "R-ACC-01",
        )
        for r in rows
    ]  # fmt: skip


async def _requested(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        f"SELECT c.reference, c.title, {TITLE_EN} AS title_en, m.position, m.title AS milestone_title,"
        " max(r.decide_by) AS decide_by, o.name AS provider_name, o.name_en AS provider_name_en"
        " FROM contract_milestone m JOIN contract c ON c.id = m.contract JOIN listing l ON l.id = c.listing"
        " JOIN acceptance_request r ON r.milestone = m.id"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation"
        " WHERE c.buyer = $1 AND m.status = 'requested' AND $2 NOT IN (l.drafted_by, coalesce(l.approved_by,"
        " l.drafted_by)) GROUP BY c.id, l.id, m.id, o.id",
        actor.organisation_id, actor.person_id,
    )  # fmt: skip
    return [
        WorkItem(
            r["decide_by"], Name.of(r, "provider_name"),
            say(N_("供应商申请验收“{milestone}”：{title}"), milestone=r["milestone_title"], title=Name.of(r)),
            f"/contracts/{r['reference']}/acceptance/{r['position']}", "R-ACC-04",
        )
        for r in rows
    ]  # fmt: skip


async def _to_mend(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT c.reference, m.position, m.title, max(r.mend_by) AS mend_by, b.name AS buyer_name,"
        " b.name_en AS buyer_name_en FROM contract_milestone m JOIN contract c ON c.id = m.contract"
        " JOIN provider p ON p.id = c.provider JOIN organisation b ON b.id = c.buyer"
        " JOIN acceptance_rejection r ON r.milestone = m.id WHERE p.organisation = $1 AND m.status = 'to_mend'"
        " GROUP BY c.id, m.id, b.id",
        actor.organisation_id,
    )
    return [
        WorkItem(
            r["mend_by"], Name.of(r, "buyer_name"), say(N_("整改“{milestone}”，改好再申请验收"), milestone=r["title"]),
            f"/contracts/{r['reference']}/acceptance/{r['position']}", "R-ACC-04",
        )
        for r in rows
    ]  # fmt: skip


async def _invoices_to_write(actor: Actor) -> list[WorkItem]:
    rows = await fetch(
        "SELECT c.reference, m.position, m.title, m.is_advance, b.name AS buyer_name,"
        " b.name_en AS buyer_name_en FROM contract_milestone m"
        " JOIN contract c ON c.id = m.contract JOIN provider p ON p.id = c.provider JOIN"
        " organisation b ON b.id = c.buyer"
        " WHERE p.organisation = $1 AND (m.status = 'accepted'"
        " OR (m.is_advance AND m.status = 'open' AND c.status = 'in_force')) ORDER BY c.reference, m.position",
        actor.organisation_id,
    )
    return [
        WorkItem(
            None, Name.of(r, "buyer_name"),
            say(N_("提交发票：{milestone}"), milestone=say(N_("预付款")) if r["is_advance"] else r["title"]),
            f"/contracts/{r['reference']}/milestones/{r['position']}/invoice", "R-PAY-01",
        )
        for r in rows
    ]  # fmt: skip


async def _steps(actor: Actor) -> list[WorkItem]:
    """Payments on which the buyer's own chain waits for this person."""
    assert actor.organisation_id is not None
    items = []
    named = await named_people(actor.organisation_id)
    for invoice in await invoices_of_buyer(actor.organisation_id):
        step = step_of(invoice)
        if step and may_take(invoice, step, actor, named):
            words = say(
                N_("审批付款（{step}）：{title}"), step=say(STEP_LABELS[step]), title=Name.of(invoice, "contract_title")
            )
            url = f"/invoices/{invoice['reference']}"
            items.append(WorkItem(invoice["due_on"], Name.of(invoice, "provider_name"), words, url, "R-PAY-05"))
    return items


async def _disputes(actor: Actor) -> list[WorkItem]:
    """Disputed parts that wait to be settled, for both sides; who raised one leaves it to a colleague."""
    assert actor.organisation_id is not None
    items = []
    for each in await open_disputes(actor.organisation_id):
        if each["raised_by"] == actor.person_id:
            continue
        other = Name.of(each, "provider_name" if each["buyer"] == actor.organisation_id else "buyer_name")
        words = say(N_("发票 {invoice} 有争议的部分等待解决"), invoice=each["invoice_reference"])
        items.append(WorkItem(None, other, words, f"/disputed-parts/{each['reference']}", "R-PAY-04"))
    return items


async def _payments() -> list[WorkItem]:
    items = [
        WorkItem(
            r["due_on"],
            Name.of(r, "provider_name"),
            say(N_("审核付款：{title}"), title=Name.of(r, "contract_title")),
            f"/invoices/{r['reference']}",
            "R-PAY-01",
        )
        for r in await invoices_waiting()
        if step_of(r) is None
    ]
    payments = await fetch(
        f"SELECT pay.reference, pay.status, i.due_on, c.title, {TITLE_EN} AS title_en,"
        " o.name AS provider_name, o.name_en AS provider_name_en FROM payment pay"
        " JOIN invoice i ON i.id = pay.invoice JOIN contract c ON c.id = i.contract"
        " JOIN provider p ON p.id = c.provider JOIN organisation o ON o.id = p.organisation WHERE pay.status <> 'paid'"
        # what waits for a second person's release is that person's work
        " AND (pay.voucher_file IS NULL OR EXISTS (SELECT 1 FROM voucher_file f WHERE f.id = pay.voucher_file"
        " AND f.released_at IS NOT NULL))"
    )
    words = {"approved": N_("生成国库凭证：{title}"), "sent": N_("确认国库已付款：{title}")}
    items += [
        WorkItem(
            r["due_on"], Name.of(r, "provider_name"), say(words[r["status"]], title=Name.of(r)), "/payments", "R-PAY-01"
        )
        for r in payments
    ]
    return items
