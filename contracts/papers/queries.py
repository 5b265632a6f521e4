"""Which papers of a contract a reader may have, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalogue.listings.rules import METHOD_LABELS
from catalogue.notices.content import Paper
from catalogue.notices.wording import day
from catalogue.plans.methods import Method
from contracts.acceptance import queries as acceptance
from contracts.acceptance.evidence import evidence_of, may_see_evidence
from contracts.acceptance.plan_queries import heard_in_words, members_in_words, plan_accepted_by, plan_of
from contracts.acceptance.plan_rules import LEAST, SHARE
from contracts.acceptance.rules import RULE_TIME, requirement_items
from contracts.agreements.filing import filing_of
from contracts.agreements.queries import milestones_of, signatures_of
from contracts.agreements.rules import is_buyer_side
from contracts.agreements.services import RULE_FILE
from contracts.amendments.queries import amendment_page, amendments_of
from contracts.billing.queries import invoices_of, may_see_invoice, steps_of
from contracts.billing.rules import ACCOUNT
from contracts.papers import content
from contracts.papers.content import Certificate, Filing, Kind, PaymentRequest, Plan
from contracts.promises.approval import STEP_LABELS, Step
from contracts.redactions.services import published_contract, reads_whole
from marketplace.accounts.actor import Actor
from marketplace.gateways.treasury_files import mask_account
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, fetchval
from marketplace.kernel.deadlines import compute
from marketplace.kernel.errors import NotFound
from marketplace.kernel.formats import moment
from marketplace.kernel.i18n import translate
from marketplace.kernel.private_columns import reveal
from marketplace.kernel.rulebook import number

Row = dict[str, Any]
OPINIONS = (
    "听取服务对象的意见：从这一期服务过的对象里随机抽取 {share}%，至少 {least} 名，"
    "用电话、短信代码或者纸质收集，结果写进验收书。签号由已关闭月份的记录算出，谁也不能挑人。"
)


@dataclass(frozen=True)
class Offered:
    """One paper that this reader may have: its name in an address, its kind, and what it is about."""

    slug: str
    kind: Kind
    about: str = ""


async def papers_for(contract: Row, actor: Actor | None) -> list[Offered]:
    """What this reader may have now, in the order of the contract's life; everybody has what is public."""
    whole, is_public = reads_whole(actor, contract), contract["published_at"] is not None
    found = [Offered(Kind.CONTRACT, Kind.CONTRACT)] if whole else []
    if is_public:
        found.append(Offered(Kind.PUBLIC, Kind.PUBLIC))
    if whole:
        for each in await amendments_of(contract, visible_to=actor):
            found.append(Offered(f"{Kind.AMENDMENT}-{each['reference']}", Kind.AMENDMENT, each["reference"]))
    if whole and is_public:
        found += [Offered(Kind.FILING, Kind.FILING), Offered(Kind.PLAN, Kind.PLAN)]
    for m in await acceptance.milestones_with_months(contract):
        if m["acceptance"]:
            found.append(Offered(f"{Kind.CERTIFICATE}-{m['position']}", Kind.CERTIFICATE, m["title"]))
    if actor is not None and whole:
        for each in await invoices_of(contract["id"]):
            if each["status"] != "returned" and may_see_invoice(actor, each) and _asks_payment(actor, contract):
                found.append(Offered(f"{Kind.REQUEST}-{each['reference']}", Kind.REQUEST, each["reference"]))
    return found


def _asks_payment(actor: Actor, contract: Row) -> bool:
    """The paper is the buyer's, for finance; the provider has its invoice."""
    return is_buyer_side(actor, contract) or actor.organisation_id != contract["provider_organisation"]


async def paper_for(contract: Row, slug: str, actor: Actor | None, address: str) -> Paper:
    """One paper by its name in an address. Raises NotFound for what this reader may not have."""
    offered = {each.slug: each for each in await papers_for(contract, actor)}.get(slug)
    if offered is None:
        raise NotFound()
    about = slug.removeprefix(f"{offered.kind}-")
    match offered.kind:
        case Kind.CONTRACT:
            return content.contract_paper(contract, await signatures_of(contract["id"]), address)
        case Kind.PUBLIC:
            published = await published_contract(contract)
            signatures = await signatures_of(contract["id"])
            return content.public_paper(contract, published.text, published.hidden, signatures, address)
        case Kind.AMENDMENT:
            amendment = await amendment_page(about, visible_to=actor)
            return content.amendment_paper(contract, amendment, amendment["signatures"], address)
        case Kind.FILING:
            return content.filing_form(contract, await _filing(contract), await milestones_of(contract["id"]), address)
        case Kind.PLAN:
            return content.acceptance_plan(contract, await _plan(contract), address)
        case Kind.CERTIFICATE:
            return content.acceptance_certificate(contract, await _certificate(contract, int(about), actor), address)
        case Kind.REQUEST:
            return content.payment_request(contract, await _request(contract, about), address)


async def codes_of(contract: Row) -> Row:
    """What finance keeps of the budget line that pays a contract."""
    row = await fetchrow("SELECT * FROM budget_line WHERE ledger_line = $1", contract["ledger_line"])
    assert row is not None
    filing = await filing_of(contract["id"])
    return {**row, "filing_number": filing["number"] if filing else ""}


async def _filing(contract: Row) -> Filing:
    row = await fetchrow(
        "SELECT l.method, l.published_at, p.credit_code FROM listing l, provider p WHERE l.id = $1 AND p.id = $2",
        contract["listing"], contract["provider"],
    )  # fmt: skip
    assert row is not None
    file_by = compute(RULE_FILE, county_day(contract["signed_at"]))
    reference = contract["listing_reference"] if row["published_at"] else ""
    method = translate(METHOD_LABELS[Method(row["method"])], "zh")
    return Filing(await codes_of(contract), method, reference, row["credit_code"], day(file_by.date) or "")


async def _plan(contract: Row) -> Plan:
    milestones = await milestones_of(contract["id"])
    signed_on, plan = county_day(contract["signed_at"]), await plan_of(contract["id"])
    opinions = OPINIONS.format(share=f"{number(SHARE, signed_on):f}", least=f"{number(LEAST, signed_on):f}")
    return Plan(
        requirement_items(contract["requirement"], ""), milestones, members_in_words(plan),
        plan["how"] if plan else "", opinions, int(number(RULE_TIME, signed_on)),
        day(plan["made_at"] if plan else contract["signed_at"]) or "",
    )  # fmt: skip


async def _certificate(contract: Row, position: int, actor: Actor | None) -> Certificate:
    milestone = next(
        m for m in await acceptance.milestones_with_months(contract) if m["position"] == position and m["acceptance"]
    )
    found = milestone["acceptance"]["id"]
    row = await acceptance.acceptance_by_id(found)
    return Certificate(
        row, milestone, await acceptance.items_of(found),
        await acceptance.months_of(found), await acceptance.deductions_of(found),
        members_in_words(await plan_accepted_by(row)), await heard_in_words(row),
        [
            (str(e["item"]) if e["item"] else "整个节点", e["name"], e["sha256"])
            for e in await evidence_of(milestone["id"])
        ] if may_see_evidence(actor, contract) else (),
    )  # fmt: skip


async def _request(contract: Row, reference: str) -> PaymentRequest:
    invoice = next(each for each in await invoices_of(contract["id"]) if each["reference"] == reference)
    before: Decimal = await fetchval(
        "SELECT (SELECT coalesce(sum(y.amount), 0) FROM payment y JOIN invoice i ON i.id = y.invoice"
        " WHERE i.contract = $1 AND y.part = 'principal' AND y.paid_at IS NOT NULL AND y.paid_at < $2)"
        # less what had come back by then
        " - (SELECT coalesce(sum(p.amount), 0) FROM ledger_posting p WHERE p.kind = 'unpay' AND p.posted_at < $2"
        " AND (p.source_kind = 'late_credit' AND p.source_id IN (SELECT k.id::text FROM late_credit k"
        " JOIN invoice i ON i.id = k.invoice WHERE i.contract = $1) OR p.source_kind = 'advance_claim'"
        " AND p.source_id IN (SELECT q.id::text FROM advance_claim q JOIN contract_amendment x ON x.id = q.amendment"
        " WHERE x.contract = $1)))",
        contract["id"], invoice["received_at"],
    )  # fmt: skip
    opening: Decimal | None = await fetchval(
        "SELECT paid_before FROM contract_opening WHERE contract = $1", contract["id"]
    )
    account = mask_account(reveal(invoice["bank_account"], ACCOUNT))
    steps = [
        (translate(STEP_LABELS[Step(s["step"])], "zh"), s["person_name"], s["opinion"], moment(s["taken_at"]))
        for s in await steps_of(invoice["id"])
    ]
    paid_before = before + (opening or Decimal(0))
    return PaymentRequest(invoice, await codes_of(contract), account, paid_before, day(invoice["due_on"]) or "", steps)
