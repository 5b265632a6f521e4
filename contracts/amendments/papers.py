"""The document of an amendment: the signed agreement or the decision, there before it takes effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.agreements.queries import lock_contract
from contracts.agreements.rules import Side, is_buyer_side, is_provider_side
from contracts.agreements.services import SIGNING
from contracts.amendments import queries
from contracts.amendments.rules import KIND_RULES, AmendmentStatus, Kind, check_room_for_paper
from contracts.amendments.tables import AmendmentPaper
from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, enter_document, look_through
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import fetch, fetchval, insert, transaction
from marketplace.kernel.errors import Conflict, DomainError, Forbidden, FormRefused, NotFound
from marketplace.kernel.i18n import N_

Row = dict[str, Any]


def may_add_paper(actor: Actor | None, amendment: Row) -> bool:
    """Whoever may sign for one of the sides, until somebody signed or the change is decided."""
    is_open = amendment["status"] == AmendmentStatus.PROPOSED and not amendment["signatures"]
    return is_open and _side_of(actor, amendment["facts"]) is not None


def _side_of(actor: Actor | None, contract: Row) -> Side | None:
    sides = {Side.BUYER: is_buyer_side(actor, contract), Side.PROVIDER: is_provider_side(actor, contract)}
    return next((side for side, own in sides.items() if own and actor and actor.may(SIGNING[side])), None)


async def add_paper(
    reference: str, file: NewDocument, store: DocumentStore, actor: Actor, now: datetime
) -> UUID:
    """Put a signed paper to a proposed amendment; gives its document. Its hash stands in the audit chain.

    The file is looked through before the contract is locked. Raises Forbidden, FormRefused, Conflict once somebody
    signed or it is decided.
    """
    page = await queries.amendment_page(reference, visible_to=actor)
    side = _side_of(actor, page["facts"])
    if side is None:
        raise Forbidden(N_("变更的文件由合同双方有签订权限的人上传。"), clause=KIND_RULES[Kind(page["kind"])])
    try:
        seen = await look_through(file, store)
    except DomainError as refused:
        raise FormRefused({"document": refused.sentence}) from refused
    async with transaction():
        contract = await lock_contract(page["contract"])
        amendment = await queries.lock_amendment(page["id"])
        if amendment["status"] != AmendmentStatus.PROPOSED:
            raise Conflict(N_("这份变更已经处理完，不能再加文件。请刷新页面。"))
        own = await count_papers(page["id"], side)
        check_room_for_paper(own, is_signed=bool(await queries.signatures_of(page["id"])))
        document = await enter_document(seen, actor, now)
        await insert(
            AmendmentPaper, amendment=page["id"], document=document, side=side.value, added_by=actor.person_id,
            added_at=now,
        )  # fmt: skip
        detail = {"reference": reference, "side": side.value, "sha256": seen.kept.sha256}
        await record("amendment.paper_added", ("contract", str(contract["id"])), actor, detail, now)
    return document


async def count_papers(amendment: UUID, side: Side) -> int:
    """How many documents of an amendment one side uploaded."""
    found: int = await fetchval(
        "SELECT count(*) FROM amendment_paper WHERE amendment = $1 AND side = $2", amendment, side.value
    )
    return found


async def papers_of(amendment: UUID) -> list[Row]:
    """The documents of an amendment with name, size and hash, in the order in which they came."""
    rows = await fetch(
        "SELECT a.document, a.side, a.added_at, d.name, d.size, d.sha256, p.name AS added_by_name"
        " FROM amendment_paper a JOIN document d ON d.id = a.document JOIN person p ON p.id = a.added_by"
        " WHERE a.amendment = $1 ORDER BY a.added_at, d.name",
        amendment,
    )
    return [dict(each) for each in rows]


async def check_is_paper(amendment: UUID, document: UUID) -> None:
    """The document belongs to this amendment. Raises NotFound."""
    if document not in {each["document"] for each in await papers_of(amendment)}:
        raise NotFound()
