"""Enter a county row, approve it, or send it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import execute, insert, transaction
from marketplace.kernel.errors import FormRefused
from marketplace.kernel.law.tables import CountyRule, CountyRuleDecision
from marketplace.kernel.rulebook import RuleNotInForce, RuleRow, row, rule
from marketplace.rules.county.queries import county_rule, proposed
from marketplace.rules.county.rules import NewCountyRule, check_may_decide, check_still_ahead, mistakes_in


def row_before(key: str, now: datetime) -> RuleRow:
    """The row a county row would stand before: today's, or the first to come. Raises UnknownRule."""
    try:
        return row(key, county_day(now))
    except RuleNotInForce:
        rule_id, _, part = key.partition("/")
        return next(each for each in rule(rule_id).rows if each.part == (part or None))


async def propose_rule(new: NewCountyRule, actor: Actor, now: datetime) -> UUID:
    """Enter a row by a county document; it holds nowhere until somebody else approves it. Raises FormRefused."""
    actor.check_may(Permission.ENTER_RULES)
    before = row_before(new.key, now)
    if mistakes := mistakes_in(new, before, county_day(now)):
        raise FormRefused(mistakes)
    is_words = before.unit == "text"
    async with transaction():
        identity: UUID = await insert(
            CountyRule, key=before.key, value=None if is_words else new.value,
            words_zh=(new.words_zh or before.words.zh) if is_words else "",
            words_en=(new.words_en or (before.words.en if not new.words_zh else "")) if is_words else "",
            unit=new.unit, direction=before.direction, effective_from=new.effective_from,
            effective_to=new.effective_to, document_number=new.document_number, citation=new.citation, note=new.note,
            confirms=before.unconfirmed, proposed_by=actor.person_id, proposed_by_name=actor.name, proposed_at=now,
        )  # fmt: skip
        detail = {"key": before.key, "document": new.document_number, "from": new.effective_from.isoformat()}
        detail |= {"value": str(new.value)} if new.value is not None else {}
        await record("rule.proposed", ("county_rule", str(identity)), actor, detail, now)
    return identity


async def approve_rule(identity: UUID, actor: Actor, now: datetime) -> None:
    """Let a row hold from its first day on, for every process. Raises NotFound, Forbidden (R-ROLE-03), Conflict."""
    await _decide(identity, actor, now, reason=None)


async def decline_rule(identity: UUID, reason: str, actor: Actor, now: datetime) -> None:
    """Send a row back for good; it stays in the history. Raises NotFound, Forbidden (R-ROLE-03), Conflict."""
    await _decide(identity, actor, now, reason=reason)


async def _decide(identity: UUID, actor: Actor, now: datetime, reason: str | None) -> None:
    async with transaction():
        await execute("SELECT 1 FROM law_state FOR UPDATE")  # two who decide at once: the second one sees the first
        found = await county_rule(identity)
        check_may_decide(actor, proposed(found))
        if reason is None:
            check_still_ahead(proposed(found), county_day(now))
        await insert(
            CountyRuleDecision, rule=identity, is_approved=reason is None, reason=reason or "",
            decided_by=actor.person_id, decided_by_name=actor.name, decided_at=now,
        )  # fmt: skip
        act = "rule.approved" if reason is None else "rule.declined"
        detail = {"key": found["key"], "document": found["document_number"]} | ({"reason": reason} if reason else {})
        await record(act, ("county_rule", str(identity)), actor, detail, now)
