"""Files for the items of a checklist: by the provider when it asks, by the buyer when it judges; seen by both sides."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.acceptance.evidence_rules import RULE, check_evidence, check_may_still_add
from contracts.acceptance.evidence_tables import AcceptanceEvidence
from contracts.acceptance.requests import may_request
from contracts.acceptance.services import check_may_accept, items_to_find, milestone_at
from contracts.agreements.queries import contract_facts, lock_contract
from contracts.agreements.rules import is_buyer_side, is_party
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, enter_document, look_through
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


async def add_evidence(
    place: tuple[str, int], form: Bound, file: NewDocument, store: DocumentStore, act: tuple[Actor, datetime]
) -> UUID:
    """Add a file to an item of a milestone's checklist; gives its document (R-ACC-01).

    `place`: contract reference and position. `form`: item (0 for all), kind, attendance, note. The file is looked
    through before the contract is locked. Raises Forbidden, FormRefused, Conflict once it is accepted.
    """
    (reference, position), (actor, now) = place, act
    facts = await contract_facts(reference, visible_to=actor)
    side = _side_of(actor, facts)
    try:
        seen = await look_through(file, store)
    except DomainError as refused:
        raise FormRefused({"file": refused.sentence}) from refused
    async with transaction():
        contract = await lock_contract(facts["id"])
        milestone = await milestone_at(contract, position)
        if milestone["is_advance"] or milestone["status"] == "cancelled":
            raise NotFound()
        check_may_still_add(
            is_accepted=milestone["acceptance"] is not None, files=len(await evidence_of(milestone["id"]))
        )
        items = items_to_find(contract, milestone)
        check_evidence(form, len(items))
        if form.errors:
            raise FormRefused(form.errors)
        document = await enter_document(seen, actor, now)
        item: int = form["item"]
        await insert(
            AcceptanceEvidence, milestone=milestone["id"], item=item, requirement=items[item - 1] if item else "",
            kind=form["kind"], attendance=form["attendance"], note=form["note"] or "", document=document, side=side,
            added_by=actor.person_id, added_at=now,
        )  # fmt: skip
        detail = {"contract": reference, "milestone": str(position), "number": str(item)}
        await record("acceptance.evidence_added", ("contract", str(contract["id"])), actor, detail, now)
    return document


def _side_of(actor: Actor, contract: Row) -> str:
    if may_request(actor, contract):
        if contract["status"] not in ("in_force", "terminated"):
            raise Conflict(N_("合同还没有生效，不能上传验收材料。请先签订合同。"), clause=RULE)
        return "provider"
    if not (is_buyer_side(actor, contract) and actor.may(Permission.ACCEPT_WORK)):
        raise Forbidden(N_("验收材料由合同的供应商和采购人的验收人上传。"), clause=RULE)
    check_may_accept(actor, contract)
    return "buyer"


def may_add(actor: Actor | None, contract: Row) -> bool:
    """Whether the page offers to add a file to this reader."""
    if actor is None:
        return False
    try:
        _side_of(actor, contract)
    except DomainError:
        return False
    return True


def may_see_evidence(actor: Actor | None, contract: Row) -> bool:
    """Both sides and who oversees; nobody else learns even the names."""
    return is_party(actor, contract) or (actor is not None and actor.may(Permission.READ_EVERYTHING))


async def evidence_of(milestone: UUID) -> list[Row]:
    """The files of a milestone with name, size and hash, in the order of the checklist."""
    rows = await fetch(
        "SELECT e.*, d.name, d.size, d.sha256, p.name AS added_by_name FROM acceptance_evidence e"
        " JOIN document d ON d.id = e.document JOIN person p ON p.id = e.added_by WHERE e.milestone = $1"
        " ORDER BY e.item, e.added_at",
        milestone,
    )
    return [dict(r) for r in rows]


async def evidence_file(milestone: UUID, document: UUID) -> UUID:
    """A document that is evidence of this milestone. Raises NotFound."""
    found = await fetchrow(
        "SELECT 1 FROM acceptance_evidence WHERE milestone = $1 AND document = $2", milestone, document
    )
    if found is None:
        raise NotFound()
    return document
