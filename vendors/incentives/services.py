"""Record what the county grants a provider; take a wrong record back."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.clock import county_day
from marketplace.kernel.db import fetchrow, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, FormRefused
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.references.services import next_reference
from vendors.incentives.queries import grant_by_reference
from vendors.incentives.rules import NewIncentive, incentive_mistakes
from vendors.incentives.tables import Incentive


@dataclass(frozen=True)
class NewGrant:
    """A grant to a provider named by its number or code, with the paper that decided it."""

    provider: str
    incentive: NewIncentive
    paper: NewDocument


async def grant_incentive(grant: NewGrant, store: DocumentStore, actor: Actor, now: datetime) -> str:
    """Record a grant with its paper; gives its reference. Raises FormRefused naming every field."""
    actor.check_may(Permission.GRANT_INCENTIVES)
    new = grant.incentive
    errors = incentive_mistakes(new)
    async with transaction():
        # held, so that the same grant typed by two people at once is found by the second
        row = await fetchrow(
            "SELECT id, legal_form FROM provider WHERE reference = $1 OR credit_code = $1 FOR UPDATE",
            grant.provider.strip().upper(),
        )
        if row is None:
            errors["provider"] = say(N_("没有这个编号或者代码的供应商。请到供应商名录里查。"))
        elif earlier := await fetchval(
            "SELECT reference FROM incentive WHERE provider = $1 AND kind = $2 AND document = $3"
            " AND withdrawn_at IS NULL",
            row["id"], new.kind, new.document,
        ):  # fmt: skip
            errors["document"] = say(N_("这个文号已经登记过：{reference}。不用再登记一次。"), reference=earlier)
        if row is None or errors:
            raise FormRefused(errors)
        try:
            paper = await upload_document(grant.paper, store, actor, now)
        except DomainError as refused:
            raise FormRefused({"paper": refused.sentence}) from refused
        reference = await next_reference("JL", county_day(now).year)
        await insert(
            Incentive, reference=reference, provider=row["id"], legal_form=row["legal_form"], paper=paper,
            granted_by=actor.person_id, granted_at=now, **asdict(new),
        )  # fmt: skip
        detail = {"reference": reference, "kind": new.kind, "document": new.document}
        await record("incentive.granted", ("provider", str(row["id"])), actor, detail, now)
    return reference


async def withdraw_incentive(reference: str, reason: str, actor: Actor, now: datetime) -> None:
    """Take a wrong record back; it stays with the reason. Raises NotFound, Conflict when it is taken back already."""
    actor.check_may(Permission.GRANT_INCENTIVES)
    grant = await grant_by_reference(reference)
    async with transaction():
        done = await fetchval(
            "UPDATE incentive SET withdrawn_by = $2, withdrawn_at = $3, withdraw_reason = $4"
            " WHERE id = $1 AND withdrawn_at IS NULL RETURNING id",
            grant["id"], actor.person_id, now, reason,
        )  # fmt: skip
        if done is None:
            raise Conflict(N_("这一条已经撤回了。请刷新页面。"))
        detail = {"reference": reference, "reason": reason}
        await record("incentive.withdrawn", ("provider", str(grant["provider"])), actor, detail, now)
