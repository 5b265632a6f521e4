"""Mark a passage that is not published, and lift the mark again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.rules import is_buyer_side, is_party
from contracts.agreements.terms import day_words
from contracts.redactions.rules import GROUND_LABELS, RULE, Ground, Published, check_passage, published_text
from contracts.redactions.tables import ContractRedaction
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetch, insert, transaction
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def redactions_of(contract: UUID) -> list[Row]:
    """Every passage that was marked, the newest first; lifted ones stay in the list."""
    rows = await fetch(
        "SELECT r.*, p.name AS marked_by_name, l.name AS lifted_by_name FROM contract_redaction r"
        " JOIN person p ON p.id = r.marked_by LEFT JOIN person l ON l.id = r.lifted_by WHERE r.contract = $1"
        " ORDER BY r.marked_at DESC",
        contract,
    )
    return [dict(r) for r in rows]


async def published_contract(contract: Row) -> Published:
    """The text of a contract as everybody may read it (R-TIME-18)."""
    passages = [
        (r["passage"], GROUND_LABELS[Ground(r["ground"])])
        for r in await redactions_of(contract["id"])
        if r["lifted_at"] is None
    ]
    return published_text(contract["terms"], passages, keep={contract["credit_code"]})


def reads_whole(actor: Actor | None, contract: Row) -> bool:
    """Both sides and those who oversee read the whole text."""
    return is_party(actor, contract) or (actor is not None and actor.may(Permission.READ_EVERYTHING))


def may_redact(actor: Actor | None, contract: Row) -> bool:
    """Whoever may sign for the buyer."""
    return actor is not None and is_buyer_side(actor, contract) and actor.may(Permission.SIGN_FOR_BUYER)


def _must_stay(contract: Row) -> set[str]:
    """What REG 50 leaves no room to hide."""
    return {
        contract["buyer_name"], contract["provider_name"], f"¥{contract['amount']:,.2f}", contract["reference"],
        day_words(contract["service_from"]), day_words(contract["service_to"]),
        f"{contract['quantity'].normalize():f} {contract['unit']}",
    }  # fmt: skip


async def mark_passage(
    reference: str, passage: str, ground: Ground, reason: str, act: tuple[Actor, datetime]
) -> None:
    """Keep a passage from the published text, at once. Raises Forbidden, DomainError, Conflict when it is marked."""
    actor, now = act
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        if not may_redact(actor, contract):
            raise Forbidden(N_("哪些文字不公开，由合同的采购人标出。"), clause=RULE)
        check_passage(contract["terms"], passage, _must_stay(contract))
        standing = {r["passage"] for r in await redactions_of(contract["id"]) if r["lifted_at"] is None}
        if passage in standing:
            raise Conflict(N_("这段文字已经标出，不用再标。"))
        await insert(
            ContractRedaction, contract=contract["id"], passage=passage, ground=ground.value, reason=reason,
            marked_by=actor.person_id, marked_at=now,
        )  # fmt: skip
        detail = {"reference": reference, "ground": ground.value, "reason": reason}
        await record("contract.redacted", ("contract", str(contract["id"])), actor, detail, now)


async def lift_redaction(reference: str, redaction: UUID, actor: Actor, now: datetime) -> None:
    """The passage is published after all. Raises Forbidden, NotFound, Conflict when it is lifted."""
    facts = await contract_facts(reference, visible_to=actor)
    async with transaction():
        contract = await lock_contract(facts["id"])
        if not may_redact(actor, contract):
            raise Forbidden(N_("哪些文字不公开，由合同的采购人标出。"), clause=RULE)
        found = {r["id"]: r for r in await redactions_of(contract["id"])}.get(redaction)
        if found is None:
            raise NotFound()
        if found["lifted_at"] is not None:
            raise Conflict(N_("这段文字已经恢复公开。"))
        await execute(
            "UPDATE contract_redaction SET lifted_by = $2, lifted_at = $3 WHERE id = $1",
            redaction, actor.person_id, now,
        )  # fmt: skip
        detail = {"reference": reference, "ground": found["ground"]}
        await record("contract.redaction_lifted", ("contract", str(contract["id"])), actor, detail, now)
