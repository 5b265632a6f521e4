"""The days contracts, their money and their frameworks store, counted anew when a year is announced (R-CAL-03)."""

from __future__ import annotations

from dataclasses import replace

from catalogue.interruptions.queries import finance_mails
from contracts.acceptance.rules import decide_by
from contracts.agreements.services import RULE_SIGN
from contracts.cases.rules import REFER_ANSWER, REFER_KEEP, due_after_pauses
from contracts.deposits.rules import Ground, back_by
from contracts.deposits.services import stream_of
from contracts.frameworks.applications import REVIEW_BY
from contracts.frameworks.rules import SIGN_BY
from contracts.handovers.rules import silence_counts_after
from contracts.orders.rules import RULE_ANSWER, due_of
from contracts.promises.clocks import count, not_before
from marketplace.accounts.recounting import StoredDays, Waiting
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetch
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_


async def _signatures() -> list[Waiting]:
    """Contracts that are not signed by both (R-TIME-17): the 30 days count from the letter, sent as they are drawn."""
    rows = await fetch(
        "SELECT c.id, c.reference, c.sign_by, c.drawn_up_at, c.buyer, p.organisation FROM contract c"
        " JOIN provider p ON p.id = c.provider WHERE c.is_provisional AND c.status IN ('drawn_up', 'signed_by_one')"
        " ORDER BY c.id FOR UPDATE OF c"
    )
    return [
        Waiting(
            r["id"], {"sign_by": r["sign_by"]}, {"sign_by": compute(RULE_SIGN, county_day(r["drawn_up_at"]))},
            r["reference"], f"/contracts/{r['reference']}", ("contract", str(r["id"])),
            told=[r["buyer"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _advances() -> list[Waiting]:
    """Advances that are not paid; every other milestone has the day that was agreed."""
    rows = await fetch(
        "SELECT m.id, m.due_on, c.id AS contract, c.reference, c.drawn_up_at, c.buyer, p.organisation"
        " FROM contract_milestone m JOIN contract c ON c.id = m.contract JOIN provider p ON p.id = c.provider"
        " WHERE m.is_provisional AND m.is_advance AND m.status NOT IN ('paid', 'cancelled') ORDER BY m.id"
        " FOR UPDATE OF m"
    )
    return [
        Waiting(
            r["id"], {"due_on": r["due_on"]}, {"due_on": compute(RULE_SIGN, county_day(r["drawn_up_at"]))},
            r["reference"], f"/contracts/{r['reference']}", ("contract", str(r["contract"])),
            told=[r["buyer"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _acceptances() -> list[Waiting]:
    """Milestones that wait for the buyer to accept them or to say what to mend (R-ACC-04)."""
    rows = await fetch(
        "SELECT a.id, a.requested_at, a.decide_by, m.position, c.id AS contract, c.reference, c.buyer, p.organisation"
        " FROM acceptance_request a JOIN contract_milestone m ON m.id = a.milestone"
        " JOIN contract c ON c.id = m.contract JOIN provider p ON p.id = c.provider"
        " WHERE a.is_provisional AND m.status = 'requested' AND a.round ="
        " (SELECT max(n.round) FROM acceptance_request n WHERE n.milestone = m.id) ORDER BY a.id FOR UPDATE OF a"
    )
    return [
        Waiting(
            r["id"], {"decide_by": r["decide_by"]}, {"decide_by": decide_by(county_day(r["requested_at"]))},
            r["reference"], f"/contracts/{r['reference']}/milestones/{r['position']}",
            ("contract", str(r["contract"])), told=[r["buyer"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _invoices() -> list[Waiting]:
    """Invoices (R-PAY-01, R-PAY-02), paid ones for their interest: told to the provider, the buyer, and finance."""
    rows = await fetch(
        "SELECT i.id, i.reference, i.due_on, i.received_at, k.clause, k.counts_from, k.came_on, k.agreed_days,"
        " c.id AS contract, c.buyer, p.organisation FROM invoice i JOIN payment_clock k ON k.invoice = i.id"
        " JOIN contract c ON c.id = i.contract JOIN provider p ON p.id = c.provider"
        " WHERE i.is_provisional AND i.status <> 'returned' ORDER BY i.id FOR UPDATE OF i"
    )
    finance = [("zh", address) for address in await finance_mails()] if rows else []
    return [
        Waiting(
            r["id"], {"due_on": r["due_on"]},
            {"due_on": not_before(
                count(r["clause"], r["counts_from"], r["agreed_days"]), r["came_on"] or county_day(r["received_at"])
            )},
            r["reference"], f"/invoices/{r['reference']}", ("contract", str(r["contract"])),
            told=[r["buyer"], r["organisation"]], written_to=finance,
        )
        for r in rows
    ]  # fmt: skip


async def _handovers() -> list[Waiting]:
    """Lists of residents that wait for an answer (R-CON-06)."""
    rows = await fetch(
        "SELECT h.id, h.reference, h.sent_at, h.silent_until, c.id AS contract, c.signed_at, c.buyer, p.organisation"
        " FROM handover h JOIN contract c ON c.id = h.contract JOIN provider p ON p.id = c.provider"
        " WHERE h.is_provisional AND h.status = 'confirming' ORDER BY h.id FOR UPDATE OF h"
    )
    return [
        Waiting(
            r["id"], {"silent_until": r["silent_until"]},
            {"silent_until": silence_counts_after(county_day(r["sent_at"]), county_day(r["signed_at"]))},
            r["reference"], f"/handovers/{r['reference']}", ("contract", str(r["contract"])),
            told=[r["buyer"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _deposits() -> list[Waiting]:
    """Deposits on their way back (R-TIME-20, R-TIME-21): for the provider, and finance which keeps them."""
    rows = await fetch(
        "SELECT d.id, d.reference, d.kind, d.listing, d.return_ground, d.return_from, d.return_due, p.organisation,"
        " l.closes_at FROM deposit d JOIN provider p ON p.id = d.provider JOIN listing l ON l.id = d.listing"
        " WHERE d.is_provisional AND d.status = 'returning' ORDER BY d.id FOR UPDATE OF d"
    )
    finance = [("zh", address) for address in await finance_mails()] if rows else []
    return [
        Waiting(
            r["id"], {"return_due": r["return_due"]}, {"return_due": due}, r["reference"],
            f"/deposits/{r['reference']}", ("deposit", r["reference"]), told=[r["organisation"]],
            written_to=finance, stream=stream_of(dict(r)), hidden_until=r["closes_at"],
        )
        for r in rows
        if (due := back_by(Ground(r["return_ground"]), r["return_from"]))
    ]  # fmt: skip


async def _applications() -> list[Waiting]:
    """Applications to join an open framework that are not decided (R-TIME-30)."""
    rows = await fetch(
        "SELECT a.id, a.reference, a.applied_at, a.review_by, a.provider, l.reference AS listing, l.procuring_unit,"
        " p.organisation FROM framework_application a JOIN listing l ON l.id = a.listing"
        " JOIN provider p ON p.id = a.provider WHERE a.is_provisional AND a.decided_at IS NULL ORDER BY a.id"
        " FOR UPDATE OF a"
    )
    return [
        Waiting(
            r["id"], {"review_by": r["review_by"]}, {"review_by": compute(REVIEW_BY, county_day(r["applied_at"]))},
            r["reference"], f"/listings/{r['listing']}", ("provider", str(r["provider"])),
            told=[r["procuring_unit"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _places() -> list[Waiting]:
    """Framework agreements that are not signed by both (R-TIME-30)."""
    rows = await fetch(
        "SELECT s.id, s.sign_by, s.letter_at, f.id AS framework, f.reference, l.procuring_unit, p.organisation"
        " FROM framework_place s JOIN framework f ON f.id = s.framework JOIN listing l ON l.id = f.listing"
        " JOIN provider p ON p.id = s.provider WHERE s.is_provisional AND s.status = 'admitted' ORDER BY s.id"
        " FOR UPDATE OF s"
    )
    return [
        Waiting(
            r["id"], {"sign_by": r["sign_by"]}, {"sign_by": compute(SIGN_BY, county_day(r["letter_at"]))},
            r["reference"], f"/frameworks/{r['reference']}", ("framework", str(r["framework"])),
            told=[r["procuring_unit"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _cases() -> list[Waiting]:
    """Cases that are not decided (R-CLOCK-01): for the town that has taken them in."""
    rows = await fetch(
        "SELECT id, reference, clock, clock_from, paused_days, due_on, town FROM assistance_case"
        " WHERE is_provisional AND status = 'open' AND due_at IS NULL ORDER BY id FOR UPDATE"
    )
    return [
        Waiting(
            r["id"], {"due_on": r["due_on"]}, {"due_on": replace(due, date=due_after_pauses(due, r["paused_days"]))},
            r["reference"], f"/cases/{r['reference']}", ("case", r["reference"]), told=[r["town"]],
        )
        for r in rows
        if (due := compute(r["clock"], county_day(r["clock_from"])))
    ]  # fmt: skip


async def _service_orders() -> list[Waiting]:
    """Service orders that are not done (R-ORDER-01): for the town and the provider."""
    rows = await fetch(
        "SELECT s.id, s.reference, s.due_on, s.answer_by, s.limit_days, s.asked_at, s.town, p.organisation,"
        " (SELECT max(x.at) FROM service_order_step x WHERE x.service_order = s.id"
        "  AND x.what IN ('asked', 'reassigned')) AS last_asked_at"
        " FROM service_order s JOIN contract c ON c.id = s.contract JOIN provider p ON p.id = c.provider"
        " WHERE s.is_provisional AND s.status IN ('asked', 'accepted', 'declined') ORDER BY s.id FOR UPDATE OF s"
    )
    return [
        Waiting(
            r["id"], {"due_on": r["due_on"], "answer_by": r["answer_by"]},
            {"due_on": due_of(county_day(r["asked_at"]), r["limit_days"]),
             "answer_by": compute(RULE_ANSWER, county_day(r["last_asked_at"]))},
            r["reference"], f"/orders/{r['reference']}", ("service_order", r["reference"]),
            told=[r["town"], r["organisation"]],
        )
        for r in rows
    ]  # fmt: skip


async def _referrals() -> list[Waiting]:
    """Referrals that another department has not answered (R-REFER-01): for the town."""
    rows = await fetch(
        "SELECT r.id, r.reference, r.sent_at, r.answer_until, r.expires_on, a.town, a.reference AS of_case"
        ' FROM case_referral r JOIN assistance_case a ON a.id = r."case"'
        " WHERE r.is_provisional AND r.status IN ('sent', 'received') ORDER BY r.id FOR UPDATE OF r"
    )
    return [
        Waiting(
            r["id"], {"answer_until": r["answer_until"], "expires_on": r["expires_on"]},
            {"answer_until": compute(REFER_ANSWER, county_day(r["sent_at"])),
             "expires_on": compute(REFER_KEEP, county_day(r["sent_at"]))},
            r["reference"], f"/cases/{r['of_case']}", ("case", r["of_case"]), told=[r["town"]],
        )
        for r in rows
    ]  # fmt: skip


DAYS = (
    StoredDays("assistance_case", {"due_on": N_("救助个案的办理期限")}, _cases),
    StoredDays(
        "service_order", {"due_on": N_("服务工单的完成期限"), "answer_by": N_("服务工单的答复期限")}, _service_orders
    ),
    StoredDays(
        "case_referral", {"answer_until": N_("转介的答复期限"), "expires_on": N_("转介材料的保存期限")}, _referrals
    ),
    StoredDays("contract", {"sign_by": N_("合同的签订期限")}, _signatures),
    StoredDays("contract_milestone", {"due_on": N_("预付款的付款期限")}, _advances),
    StoredDays("acceptance_request", {"decide_by": N_("验收的期限")}, _acceptances),
    StoredDays("invoice", {"due_on": N_("发票的付款期限")}, _invoices),
    StoredDays("handover", {"silent_until": N_("移交清单的答复期限")}, _handovers),
    StoredDays("deposit", {"return_due": N_("保证金的退还期限")}, _deposits),
    StoredDays("framework_application", {"review_by": N_("加入申请的审核期限")}, _applications),
    StoredDays("framework_place", {"sign_by": N_("框架协议的签订期限")}, _places),
)
