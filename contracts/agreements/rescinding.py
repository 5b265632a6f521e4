"""An award that falls takes its contract with it, as long as nothing of it was performed (R-DISP-04, R-AWD-03)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.agreements import queries
from contracts.agreements.rules import TRANSITIONS, ContractStatus
from contracts.agreements.tables import Rescission
from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert
from marketplace.kernel.errors import Conflict
from marketplace.kernel.i18n import N_
from marketplace.kernel.ledger.services import Posting, Source, post
from marketplace.kernel.states import move


@dataclass(frozen=True)
class Grounds:
    """The paper behind a rescission, what is said of it, and its rule."""

    decision: str
    reason: str
    clause: str


async def is_performed(contract: UUID) -> bool:
    """Whether performance has begun: a visit logged, a milestone moved on, or the contract completed."""
    found: bool = await fetchval(
        "SELECT EXISTS (SELECT 1 FROM contract WHERE id = $1 AND status IN ('completed', 'terminated'))"
        " OR EXISTS (SELECT 1 FROM contract_milestone WHERE contract = $1 AND status <> 'open')"
        " OR EXISTS (SELECT 1 FROM visit WHERE contract = $1)",
        contract,
    )
    return found


async def rescind_contract(contract_id: UUID, grounds: Grounds, actor: Actor, now: datetime) -> None:
    """End a contract whose award stands no more and give its money back to the line; inside the decision's transaction.

    Raises Conflict once it is performed, IllegalMove when it has ended.
    """
    contract = await queries.lock_contract(contract_id)
    if await is_performed(contract_id):
        raise Conflict(
            N_("合同已经开始履行，不能撤销。给他人造成损失的，由责任人依法赔偿；请把处理结果改为这一种。"),
            clause="R-DISP-04",
        )
    status = move(TRANSITIONS, contract["status"], to=ContractStatus.RESCINDED)
    await execute("UPDATE contract SET status = $2 WHERE id = $1", contract_id, status.value)
    await insert(
        Rescission, contract=contract_id, decision=grounds.decision, reason=grounds.reason, clause=grounds.clause,
        rescinded_by=actor.person_id, rescinded_at=now,
    )  # fmt: skip
    source = Source("contract", str(contract_id))
    await post(contract["ledger_line"], Posting.UNCOMMIT, contract["amount"], source, now)
    detail = {"reference": contract["reference"], "decision": grounds.decision, "amount": str(contract["amount"])}
    await record("contract.rescinded", ("contract", str(contract_id)), actor, detail, now)
