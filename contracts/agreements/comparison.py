"""Keep what a contract was drawn up from, set the three papers side by side, refuse and mend what differs."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.agreements.comparing import RULE, Agreed, Part, Printed, Term, check_agrees, compare
from contracts.agreements.queries import contract_facts, lock_contract, milestones_of
from contracts.agreements.rules import ContractStatus, is_buyer_side
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, fetchrow, fetchval, together, transaction
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.i18n import N_, Sentence, say

Row = dict[str, Any]
UNSIGNED = (ContractStatus.DRAWN_UP, ContractStatus.SIGNED_BY_ONE)


async def keep_basis(contract: UUID, amount: Decimal, offer: str, now: datetime) -> None:
    """Keep what the winner promised and what was drawn up, inside the act that draws up; refuse what differs."""
    basis = await fetchval(
        "INSERT INTO contract_basis (id, contract, lot, provider, amount, quantity, annual_hours, offer, service_from,"
        " service_to, terms, title, is_call_off, renews, buyer, budget_line, kept_at)"
        " SELECT gen_random_uuid(), c.id, c.lot, c.provider, $2, coalesce(c.quantity, t.quantity), c.annual_hours, $3,"
        " c.service_from, c.service_to, c.terms, c.title, c.is_call_off, c.renews, c.buyer, c.budget_line, $4"
        " FROM contract c JOIN listing_lot t ON t.id = c.lot WHERE c.id = $1 RETURNING id",
        contract, amount, offer, now,
    )  # fmt: skip
    await execute(
        "INSERT INTO contract_basis_part (id, basis, position, title, share, amount, advance_offset, due_on, evidence)"
        " SELECT gen_random_uuid(), $2, position, title, share, amount, advance_offset, due_on, evidence"
        " FROM contract_milestone WHERE contract = $1",
        contract, basis,
    )  # fmt: skip
    check_agrees(await terms_of(await lock_contract(contract)), is_drawing_up=True)


async def check_as_promised(contract: Row) -> None:
    """A contract says what was printed and what was bid. Raises Forbidden (R-CON-01)."""
    check_agrees(await terms_of(contract))


async def terms_of(contract: Row) -> list[Term]:
    """The terms of a contract in the three papers, as it was signed or is to be signed."""
    won, draft = await together(_won(contract), _draft(contract))
    drawn = won or draft
    printed = await _printed(drawn.lot, has_own=drawn.is_call_off or drawn.renews is not None)
    return compare(printed, won, draft)


async def _won(contract: Row) -> Agreed | None:
    row = await fetchrow(
        "SELECT b.*, t.number, t.title AS lot_title, o.name, u.name AS buyer_name, l.reference AS line_reference"
        " FROM contract_basis b JOIN listing_lot t ON t.id = b.lot JOIN provider p ON p.id = b.provider"
        " JOIN organisation o ON o.id = p.organisation LEFT JOIN organisation u ON u.id = b.buyer"
        " LEFT JOIN budget_line l ON l.id = b.budget_line WHERE b.contract = $1",
        contract["id"],
    )
    if row is None:
        return None
    parts = await fetch("SELECT * FROM contract_basis_part WHERE basis = $1 ORDER BY position", row["id"])
    return Agreed(
        row["lot"], _lot_words(row["number"], row["lot_title"]), row["provider"], row["name"], row["amount"],
        row["quantity"], row["service_from"], row["service_to"], {p["position"]: _part(p) for p in parts},
        row["terms"], row["annual_hours"], row["offer"], row["title"], row["buyer"], row["buyer_name"],
        row["is_call_off"], row["renews"], row["budget_line"], row["line_reference"] or "",
    )  # fmt: skip


async def _printed(lot: UUID, *, has_own: bool) -> Printed:
    """What the listing of a lot prints; an order or another year `has_own` quantity, days and milestones."""
    row = await fetchrow(
        "SELECT t.number, t.title, t.quantity, t.unit, t.budget, l.id AS listing, l.requirement, l.service_from,"
        " l.service_to, coalesce(x.advance_payment, 0) AS advance, x.payment_days, x.late_rate FROM listing_lot t"
        " JOIN listing l ON l.id = t.listing LEFT JOIN listing_terms x ON x.listing = l.id WHERE t.id = $1",
        lot,
    )
    assert row is not None, "a contract has a lot"
    words = _lot_words(row["number"], row["title"])
    terms = {"payment_days": row["payment_days"], "late_rate": row["late_rate"]}
    if has_own:
        return Printed(words, row["unit"], row["requirement"], **terms)
    printed = await fetch("SELECT * FROM payment_milestone WHERE listing = $1 ORDER BY position", row["listing"])
    parts = {p["position"]: Part(p["title"], p["share"], p["due_on"]) for p in printed}
    if row["advance"]:
        parts = {0: Part("", row["advance"], None), **parts}
    return Printed(
        words, row["unit"], row["requirement"], row["quantity"], row["budget"], row["service_from"],
        row["service_to"], parts, **terms,
    )  # fmt: skip


async def _draft(contract: Row) -> Agreed:
    """As it was signed: what amendments added is left out, and an ending does not shorten the period."""
    until, milestones = await together(
        fetchval(
            "SELECT service_to_before FROM contract_amendment WHERE contract = $1 AND service_to_before IS NOT NULL"
            " AND status = 'in_force'",
            contract["id"],
        ),
        milestones_of(contract["id"]),
    )
    rows = [m for m in milestones if m["share"] or m["is_advance"]]
    return Agreed(
        contract["lot"], _lot_words(contract["lot_number"], contract["lot_title"]), contract["provider"],
        contract["provider_now"], contract["amount"], contract["quantity"], contract["service_from"],
        until or contract["service_to"], {m["position"]: _part(m) for m in rows}, contract["terms"],
        contract["annual_hours"], "", contract["title"], contract["buyer"], contract["buyer_name"],
        contract["is_call_off"], contract["renews"], contract["budget_line"],
        contract["line_reference"] if contract["budget_line"] else "", payment_days=contract["payment_days"],
        late_rate=contract["late_rate"],
        text_sha256=contract["terms_sha256"],
    )  # fmt: skip


def _lot_words(number: int, title: str) -> Any:
    return say(N_("第 {number} 包：{title}"), number=number, title=title)


def _part(row: Any) -> Part:
    return Part(row["title"], row["share"], row["due_on"], row["amount"], row["advance_offset"], row["evidence"])


def may_restore(actor: Actor | None, contract: Row) -> bool:
    """The buyer's signer, while the contract is not signed by both."""
    is_open = contract["status"] in UNSIGNED
    return is_open and is_buyer_side(actor, contract) and actor is not None and actor.may(Permission.SIGN_FOR_BUYER)


async def restore_contract(reference: str, actor: Actor, now: datetime) -> None:
    """Put a contract back to what was drawn up from procurement document and bid (R-CON-01).

    Raises Forbidden, Conflict once both have signed or where nothing differs.
    """
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        if not is_buyer_side(actor, contract) or not actor.may(Permission.SIGN_FOR_BUYER):
            raise Forbidden(N_("合同由采购人有签订权限的人恢复。"), clause=RULE)
        if contract["status"] not in UNSIGNED:
            raise Conflict(N_("双方已经签订，合同只能用变更来改。"), clause="R-CON-03")
        wrong = [each for each in await terms_of(contract) if not each.agrees]
        if not wrong:
            raise Conflict(N_("合同和采购文件、响应文件一致，不用恢复。请刷新页面。"), clause=RULE)
        await _put_back(contract)
        await check_as_promised(await lock_contract(contract["id"]))
        names = [each.label.text("zh") if isinstance(each.label, Sentence) else each.label for each in wrong]
        detail = {"reference": reference, "differed": "、".join(names)}
        await record("contract.restored", ("contract", str(contract["id"])), actor, detail, now)


async def _put_back(contract: Row) -> None:
    await execute(
        "UPDATE contract c SET lot = b.lot, provider = b.provider, amount = b.amount, annual_hours = b.annual_hours,"
        " title = b.title, is_call_off = b.is_call_off, renews = b.renews, buyer = b.buyer,"
        " budget_line = b.budget_line,"
        " quantity = CASE WHEN b.is_call_off OR b.renews IS NOT NULL THEN b.quantity END,"
        " service_from = b.service_from, service_to = b.service_to, terms = b.terms,"
        " terms_sha256 = encode(sha256(convert_to(b.terms, 'UTF8')), 'hex'), payment_days = x.payment_days,"
        " late_rate = x.late_rate"
        " FROM contract_basis b JOIN listing_lot t ON t.id = b.lot LEFT JOIN listing_terms x ON x.listing = t.listing"
        " WHERE b.contract = c.id AND c.id = $1",
        contract["id"],
    )  # fmt: skip
    await execute(
        "DELETE FROM contract_milestone m USING contract_basis b WHERE b.contract = m.contract AND m.contract = $1"
        " AND NOT EXISTS (SELECT 1 FROM contract_basis_part p WHERE p.basis = b.id AND p.position = m.position)",
        contract["id"],
    )
    await execute(
        "INSERT INTO contract_milestone (id, contract, position, title, share, amount, is_advance, advance_offset,"
        " due_on, is_provisional, evidence, status) SELECT gen_random_uuid(), b.contract, p.position, p.title, p.share,"
        # the advance is due by the day to sign, which may have been counted anew
        " p.amount, p.position = 0, p.advance_offset, CASE WHEN p.position = 0 THEN c.sign_by ELSE p.due_on END,"
        " p.position = 0 AND c.is_provisional, p.evidence, 'open' FROM contract_basis_part p"
        " JOIN contract_basis b ON b.id = p.basis JOIN contract c ON c.id = b.contract WHERE b.contract = $1"
        " ON CONFLICT (contract, position) DO UPDATE SET"
        " title = excluded.title, share = excluded.share, amount = excluded.amount, due_on = excluded.due_on,"
        " advance_offset = excluded.advance_offset, evidence = excluded.evidence",
        contract["id"],
    )
