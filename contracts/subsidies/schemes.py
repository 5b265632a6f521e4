"""A scheme is drawn up by one person and decided by another; its document number lets it be paid (R-SOCW-06)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.subsidies import queries
from contracts.subsidies.rules import RULE_DOCUMENT
from contracts.subsidies.scheme_rules import SCHEME_TRANSITIONS, NewScheme, SchemeStatus, check_scheme_decider
from contracts.subsidies.tables import Scheme, SchemeLevel
from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.i18n import N_
from marketplace.kernel.states import move


async def draft_scheme(scheme: NewScheme, actor: Actor, now: datetime) -> UUID:
    """Draw a scheme up, once however often it is sent. Nothing is computed by it until another person decided."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    if not scheme.amounts:
        raise DomainError(N_("请至少填写一个等级的金额。系统没有默认金额。"), clause=RULE_DOCUMENT)
    async with transaction():
        # the same form sent twice at once: the second waits here and finds the first one's scheme
        await execute("SELECT pg_advisory_xact_lock(hashtext('subsidy scheme'))")
        if earlier := await queries.scheme_alike(scheme):
            return earlier
        values = {name: value for name, value in vars(scheme).items() if name != "amounts"}
        scheme_id: UUID = await insert(
            Scheme, **values, drafted_by=actor.person_id, drafted_at=now,
            document_set_at=now if scheme.document_number else None,
        )  # fmt: skip
        for level, amount in scheme.amounts.items():
            await insert(SchemeLevel, scheme=scheme_id, level=level, amount=amount)
        detail = {"name": scheme.name, **{level: str(amount) for level, amount in scheme.amounts.items()}}
        await record("subsidy.scheme_set", ("scheme", str(scheme_id)), actor, detail, now)
    return scheme_id


async def decide_scheme(scheme_id: UUID, is_agreed: bool, words: str, actor: Actor, now: datetime) -> None:
    """A second person puts the scheme in force or drops it. Raises NotFound, Conflict, Forbidden (R-ROLE-03)."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    to = SchemeStatus.IN_FORCE if is_agreed else SchemeStatus.DROPPED
    async with transaction():
        scheme = await _lock(scheme_id)
        check_scheme_decider(actor.person_id, scheme["drafted_by"])
        status = move(SCHEME_TRANSITIONS, scheme["status"], to=to)
        await execute(
            "UPDATE scheme SET status = $2, decision = $3, decided_by = $4, decided_at = $5 WHERE id = $1",
            scheme_id, status.value, words, actor.person_id, now,
        )  # fmt: skip
        detail = {"outcome": status.value, "name": scheme["name"]}
        await record("subsidy.scheme_decided", ("scheme", str(scheme_id)), actor, detail, now)


async def set_document_number(scheme_id: UUID, document_number: str, actor: Actor, now: datetime) -> None:
    """Enter the number of the county's document, once. Raises Conflict when another one stands there."""
    actor.check_may(Permission.RUN_SUBSIDIES)
    async with transaction():
        scheme = await queries.scheme_page(scheme_id)
        if scheme["document_number"] == document_number:
            return
        if await fetchval(
            "UPDATE scheme SET document_number = $2, document_set_at = $3 WHERE id = $1 AND document_number = ''"
            " RETURNING id",
            scheme_id, document_number, now,
        ) is None:  # fmt: skip
            raise Conflict(N_("这个办法已经有文号。文号变了，请另立一个办法。"))
        await record("subsidy.document_set", ("scheme", str(scheme_id)), actor, {"document": document_number}, now)


async def _lock(scheme_id: UUID) -> dict[str, Any]:
    row = await fetchrow("SELECT * FROM scheme WHERE id = $1 FOR UPDATE", scheme_id)
    if row is None:
        raise NotFound()
    return dict(row)
