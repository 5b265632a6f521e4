"""Hand a spreadsheet of running contracts in, look it through, and enter all of it or nothing by a second person."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from catalogue.items.queries import current_items
from catalogue.listings.drafting_tables import ListingIndicator, ListingTerms, PaymentDeduction
from catalogue.listings.tables import Listing, ListingLot
from catalogue.plans.queries import list_buyers
from contracts.agreements.queries import payee_now
from contracts.agreements.rules import ContractStatus, MilestoneStatus, terms_hash
from contracts.agreements.tables import Contract, ContractMilestone
from contracts.agreements.terms import day_words, numbered
from contracts.brought_in.sheets import COLUMNS, Known, Line, Preview, RunningContract, look_through, number_key, shares
from contracts.brought_in.tables import ContractImport, ContractOpening
from contracts.brought_in.terms import bond_of, bond_share, term_sections
from contracts.deposits.bringing_in import bring_in_bond
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.file_types import FileRefused
from marketplace.gateways.spreadsheets import read_sheet
from marketplace.kernel.capitals import in_capitals
from marketplace.kernel.clock import at_county_time, county_day
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.references.services import next_references
from marketplace.kernel.rulebook import number
from vendors.standing.services import NewStanding, record_standing

Row = dict[str, Any]
LARGEST = 10 * 1024 * 1024
HANDS_IN = (Permission.ALLOT_BUDGET, Permission.PLAN_EVALUATION)
RULE_DUTIES = "R-ROLE-03"


def may_hand_in(actor: Actor) -> bool:
    """Civil affairs or finance bring contracts in."""
    return any(map(actor.may, HANDS_IN))


async def upload_contracts(name: str, content: bytes, actor: Actor, now: datetime) -> UUID:
    """Keep a spreadsheet to be looked through; nothing is entered yet. Raises FileRefused for another table."""
    if not may_hand_in(actor):
        raise Forbidden(N_("正在履行的合同由民政局或者财政局带入。"))
    if len(content) > LARGEST:
        raise FileRefused(N_("表格文件最大 10 MB。请分成几个文件。"))
    sheet = await asyncio.to_thread(read_sheet, name, content, COLUMNS)
    if not sheet.rows:
        raise FileRefused(N_("表格里标题行下面没有内容。请填好再上传。"))
    async with transaction():
        digest = hashlib.sha256(content).hexdigest()
        found: UUID = await insert(
            ContractImport, file_name=name[-160:], content=content, sha256=digest, uploaded_by=actor.person_id,
            uploaded_at=now,
        )  # fmt: skip
        detail = {"name": name, "sha256": digest, "rows": str(len(sheet.rows))}
        await record("contracts.import_uploaded", ("contract_import", str(found)), actor, detail, now)
    return found


async def list_imports(limit: int = 50) -> list[Row]:
    """The spreadsheets that were handed in, the newest first, without their files."""
    rows = await fetch(
        "SELECT i.id, i.file_name, i.sha256, i.status, i.contract_count, i.uploaded_at, p.name AS uploaded_by_name,"
        " d.name AS decided_by_name, i.decided_at FROM contract_import i JOIN person p ON p.id = i.uploaded_by"
        " LEFT JOIN person d ON d.id = i.decided_by ORDER BY i.uploaded_at DESC LIMIT $1",
        limit,
    )
    return [dict(r) for r in rows]


async def import_page(found: UUID) -> Row:
    """A spreadsheet with its file. Raises NotFound."""
    row = await fetchrow(
        "SELECT i.*, p.name AS uploaded_by_name, d.name AS decided_by_name FROM contract_import i"
        " JOIN person p ON p.id = i.uploaded_by LEFT JOIN person d ON d.id = i.decided_by WHERE i.id = $1",
        found,
    )
    if row is None:
        raise NotFound()
    return dict(row)


async def preview_import(row: Row, now: datetime) -> Preview:
    """Every row of the file against what stands now."""
    known = await _known(now)
    return await asyncio.to_thread(_look, row["file_name"], row["content"], known)


def _look(name: str, content: bytes, known: Known) -> Preview:
    return look_through(read_sheet(name, content, COLUMNS), known)


async def _known(now: datetime) -> Known:
    buyers = await list_buyers()
    providers = await fetch("SELECT credit_code, id FROM provider")
    lines = await fetch(
        "SELECT b.reference, b.id, b.ledger_line, b.buyer, b.item_code, b.year, g.free FROM budget_line b"
        " JOIN ledger_line g ON g.id = b.ledger_line"
    )
    entered = await fetch(
        "SELECT c.buyer, o.former_number, c.reference FROM contract_opening o JOIN contract c ON c.id = o.contract"
    )
    return Known(
        today=county_day(now),
        buyers={name: b["id"] for b in buyers for name in (b["name"], b["name_en"]) if name},
        providers={p["credit_code"]: p["id"] for p in providers},
        items={item["code"]: item["id"] for item in await current_items()},
        lines={
            r["reference"]: Line(r["id"], r["ledger_line"], r["buyer"], r["item_code"], r["year"], r["free"])
            for r in lines
        },
        entered={(r["buyer"], number_key(r["former_number"])): r["reference"] for r in entered},
    )


def check_second_person(actor: Actor, row: Row) -> None:
    """Finance enters what another person handed in: it moves the budget (R-ROLE-03). Raises Forbidden."""
    if not actor.may(Permission.ALLOT_BUDGET):
        raise Forbidden(N_("带入合同要占用预算，由财政局确认。"), clause=RULE_DUTIES)
    if actor.person_id == row["uploaded_by"]:
        raise Forbidden(N_("这份表格由您上传，要由财政局的另一位同事确认。"), clause=RULE_DUTIES)


async def enter_contracts(found: UUID, actor: Actor, now: datetime) -> int:
    """Enter every contract of the file in one act; gives how many.

    Raises Forbidden for who handed it in (R-ROLE-03), Conflict while one row is wrong or all stand already.
    """
    row = await import_page(found)
    check_second_person(actor, row)
    async with transaction():
        # two files at once would not see each other's contracts
        await execute("SELECT pg_advisory_xact_lock(hashtext('contract_import'))")
        if await fetchval("SELECT status FROM contract_import WHERE id = $1 FOR UPDATE", found) != "waiting":
            raise Conflict(N_("这个表格已经处理过了。请看结果。"))
        preview = await preview_import(row, now)
        if preview.wrong:
            raise Conflict(
                N_("表格还有 {count} 处错误，第一处在 {cell}。一份合同也没有带入。请改好后重新上传。"),
                count=len(preview.mistakes), cell=preview.mistakes[0].cell,
            )  # fmt: skip
        if not preview.new:
            raise Conflict(N_("表格里的合同都已经带入，没有新的。"))
        await _enter_all(preview.new, row, actor, now)
        await _decide(found, "entered", len(preview.new), actor, now)
        detail = {"count": str(len(preview.new)), "amount": str(preview.total), "sha256": row["sha256"]}
        await record("contracts.imported", ("contract_import", str(found)), actor, detail, now)
    return len(preview.new)


async def drop_import(found: UUID, actor: Actor, now: datetime) -> None:
    """A spreadsheet is not entered. Raises Forbidden, Conflict when it was decided already."""
    row = await import_page(found)
    if actor.person_id != row["uploaded_by"]:
        check_second_person(actor, row)
    async with transaction():
        if await fetchval("SELECT status FROM contract_import WHERE id = $1 FOR UPDATE", found) != "waiting":
            raise Conflict(N_("这个表格已经处理过了。请看结果。"))
        await _decide(found, "dropped", 0, actor, now)
        await record("contracts.import_dropped", ("contract_import", str(found)), actor, {"sha256": row["sha256"]}, now)


async def _decide(found: UUID, status: str, count: int, actor: Actor, now: datetime) -> None:
    await execute(
        "UPDATE contract_import SET status = $2, contract_count = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
        found, status, count, actor.person_id, now,
    )  # fmt: skip


async def _enter_all(contracts: list[RunningContract], row: Row, actor: Actor, now: datetime) -> None:
    year, many = county_day(now).year, len(contracts)
    entries, numbers = await next_references("JR", year, many), await next_references("HT", year, many)
    body = await fetchval("SELECT id FROM organisation WHERE kind = 'county'")
    for contract, entry, reference in zip(contracts, entries, numbers, strict=True):
        listing = await _listing(contract, entry, body, row, actor)
        await _printed_terms(listing[0], contract.values)
        found = await _contract(contract, (entry, reference), listing, now)
        if bond := bond_of(contract.values):
            await bring_in_bond((listing[0], found, contract.values["provider"]), bond, actor, now)
        opening = await insert(
            ContractOpening, contract=found, import_=row["id"], buyer=contract.values["buyer"],
            former_number=contract.values["former_number"],
            paid_before=contract.paid_before, paid_in_earlier_years=contract.paid_in_earlier_years,
            grade=contract.values["grade"], score=contract.values["score"],
            evaluated_on=contract.values["evaluated_on"],
        )  # fmt: skip
        await _post(contract, found, opening, now)
        if contract.values["grade"]:
            await _standing(contract, entry, reference, row["sha256"], actor, now)
        detail = {
            "reference": reference, "former_number": contract.values["former_number"],
            "amount": str(contract.values["amount"]), "paid": str(contract.paid_before),
        }  # fmt: skip
        await record("contract.brought_in", ("contract", str(found)), actor, detail, now)


async def _listing(contract: RunningContract, entry: str, body: UUID, row: Row, actor: Actor) -> tuple[UUID, UUID]:
    """A purchase that ended before the county came here: it is never published, and its contract hangs on it."""
    v, line = contract.values, contract.line
    assert line is not None
    signed = at_county_time(v["signed_on"])
    item = await fetchval(
        "SELECT id FROM item WHERE code = $1 AND edition = (SELECT id FROM edition ORDER BY effective_on DESC LIMIT 1)",
        v["item_code"],
    )
    listing: UUID = await insert(
        Listing, reference=entry, status="awarded", method=v["method"], title=v["title"], purchasing_body=body,
        procuring_unit=v["buyer"], budget_line=line.id, budget=v["amount"], requirement=v["requirement"],
        service_from=v["service_from"], service_to=v["service_to"], closes_at=signed, venue="platform",
        drafted_by=row["uploaded_by"], drafted_at=row["uploaded_at"], approved_by=actor.person_id,
    )  # fmt: skip
    lot: UUID = await insert(
        ListingLot, listing=listing, number=1, item=item, title=v["title"], quantity=v["quantity"], unit=v["unit"],
        budget=v["amount"],
    )  # fmt: skip
    return listing, lot


async def _printed_terms(listing: UUID, v: Row) -> None:
    """What the contract agreed stands where every other contract's terms are read from: payment clock, deductions,
    renewal, bond and evaluation go by it.
    """
    await insert(
        ListingTerms, listing=listing, payment_days=v["payment_days"], late_rate=v["late_rate"],
        performance_bond=bond_share(v), renewal_years=v["renewal_years"], renewal_grade=v["renewal_grade"] or "",
    )  # fmt: skip
    for place, each in enumerate(v["deductions"] or (), start=1):
        await insert(
            PaymentDeduction, listing=listing, position=place, condition=each.condition, percent=each.percent
        )
    for place, each in enumerate(v["indicators"] or (), start=1):
        await insert(
            ListingIndicator, listing=listing, position=place, title=each.title, target=each.target, points=each.points
        )


async def _contract(
    contract: RunningContract, numbers: tuple[str, str], listing: tuple[UUID, UUID], now: datetime
) -> UUID:
    v, (entry, reference) = contract.values, numbers
    text = await _text(contract, reference)
    signed = at_county_time(v["signed_on"])
    found: UUID = await insert(
        Contract, reference=reference, listing=listing[0], lot=listing[1], award_reference=entry, buyer=v["buyer"],
        provider=v["provider"], status=ContractStatus.IN_FORCE.value, title=v["title"], amount=v["amount"],
        payee=(await payee_now(v["provider"])).value, payment_days=v["payment_days"], late_rate=v["late_rate"],
        service_from=v["service_from"], service_to=v["service_to"],
        counted_from=max(county_day(now).replace(day=1), v["service_from"]), terms=text,
        terms_sha256=terms_hash(text), sign_by=v["signed_on"], drawn_up_at=signed, signed_at=signed, published_at=now,
    )  # fmt: skip
    parts = contract.parts()
    for position, (part, share) in enumerate(zip(parts, shares(v["amount"], parts), strict=True), start=1):
        status = MilestoneStatus.PAID if part.is_paid else MilestoneStatus.OPEN
        await insert(
            ContractMilestone, contract=found, position=position, title=part.title, share=share, amount=part.amount,
            due_on=part.due_on, evidence=part.evidence, status=status.value,
        )  # fmt: skip
    return found


async def _text(contract: RunningContract, reference: str) -> str:
    """A record of the contract; the paper that was signed elsewhere is what holds."""
    v = contract.values
    row = await fetchrow(
        "SELECT b.name AS buyer, o.name AS provider, p.credit_code FROM organisation b, provider p"
        " JOIN organisation o ON o.id = p.organisation WHERE b.id = $1 AND p.id = $2",
        v["buyer"], v["provider"],
    )  # fmt: skip
    assert row is not None
    nodes = [
        f"{place}. {part.title}：¥{part.amount:,.2f}，{day_words(part.due_on)}{'，已付' if part.is_paid else ''}"
        for place, part in enumerate(contract.parts(), start=1)
    ]
    sections = (
        (
            "说明",
            f"原合同 {v['former_number']} 于{day_words(v['signed_on'])}签订，在平台启用以前开始履行。"
            "这里是带入时登记的内容；双方的权利义务以已经签订的原合同文本为准。",
        ),
        (
            "合同双方",
            f"甲方（采购人）：{row['buyer']}\n乙方（供应商）：{row['provider']}，统一社会信用代码 {row['credit_code']}",
        ),
        ("服务要求", v["requirement"]),
        ("服务期限", f"自{day_words(v['service_from'])}起至{day_words(v['service_to'])}止。"),
        ("合同金额", f"¥{v['amount']:,.2f}（大写：{in_capitals(v['amount'])}）。"),
        ("付款节点", "\n".join(nodes)),
        *term_sections(v),
    )
    return f"政府购买服务合同（带入登记）\n合同编号：{reference}\n项目名称：{v['title']}\n\n{numbered(sections)}\n"


async def _post(contract: RunningContract, found: UUID, opening: UUID, now: datetime) -> None:
    """The opening balances: the price is committed, what was paid is paid; earlier years bring their own money."""
    line = contract.line
    assert line is not None
    cause, own = Source("contract_opening", str(opening)), Source("contract", str(found))
    if contract.paid_in_earlier_years:
        await post(line.ledger_line, Posting.APPROPRIATE, contract.paid_in_earlier_years, cause, now)
    await post(line.ledger_line, Posting.RESERVE, contract.values["amount"], own, now)
    await post(line.ledger_line, Posting.COMMIT, contract.values["amount"], own, now)
    if contract.paid_before:
        await post(line.ledger_line, Posting.PAY, contract.paid_before, cause, now)


async def _standing(  # noqa: PLR0913 - an entry with all it is written from
    contract: RunningContract, entry: str, reference: str, sha256: str, actor: Actor, now: datetime
) -> None:
    v = contract.values
    counts_from: date = v["evaluated_on"]
    years = int(number("R-PERF-08/years", county_day(now)))
    leap = (counts_from.month, counts_from.day) == (2, 29)
    category = await fetchval("SELECT category FROM item WHERE code = $1 LIMIT 1", v["item_code"])
    await record_standing(
        NewStanding(
            v["provider"], category, v["item_code"], f"{entry}-PJ", reference, Decimal(v["score"]), v["grade"], sha256,
            counts_from, counts_from.replace(year=counts_from.year + years, day=28 if leap else counts_from.day),
            v["amount"],
        ),
        actor, now,
    )  # fmt: skip
