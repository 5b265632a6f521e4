"""A person says what is wrong about them; whoever keeps it corrects it or says why not."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.documents.services import NewDocument, upload_document
from marketplace.accounts.privacy.rules import KEEPERS, TRANSITIONS, RequestStatus, answer_by
from marketplace.accounts.privacy.tables import CorrectionRequest
from marketplace.accounts.trail import record
from marketplace.gateways.files import DocumentStore
from marketplace.kernel.db import execute, fetch, fetchrow, insert, transaction
from marketplace.kernel.errors import DomainError, FormRefused, NotFound
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.states import move

Row = dict[str, Any]
_REQUEST = """
SELECT r.*, p.name, p.username, p.email, d.name AS paper_name, a.name AS answered_by_name
FROM correction_request r JOIN person p ON p.id = r.person LEFT JOIN document d ON d.id = r.paper
LEFT JOIN person a ON a.id = r.answered_by
"""


@dataclass(frozen=True)
class Wish:
    """What is wrong: of which data (rules.ABOUT_LABELS), in which field, what stands there, what is right."""

    about: str
    field: str
    wrong: str
    wanted: str


async def ask_for_correction(
    wish: Wish, paper: NewDocument | None, store: DocumentStore, actor: Actor, now: datetime
) -> None:
    """Say what is wrong, with a paper where there is one; its keeper answers. Raises FormRefused."""
    try:
        document = await upload_document(paper, store, actor, now) if paper else None
    except DomainError as refused:
        raise FormRefused({"paper": refused.sentence}) from refused
    async with transaction():
        await insert(CorrectionRequest, person=actor.person_id, paper=document, asked_at=now, **asdict(wish))
        detail = {"about": wish.about}
        await record("person.correction_asked", ("person", str(actor.person_id)), actor, detail, now)


async def requests_of(actor: Actor) -> list[Row]:
    """What the person asked to be corrected, the newest first, with the last day of the answer."""
    rows = await fetch(
        "SELECT r.id, r.about, r.field, r.wrong, r.wanted, d.name AS paper_name, r.status, r.asked_at, r.answer,"
        " r.answered_at FROM correction_request r LEFT JOIN document d ON d.id = r.paper WHERE r.person = $1"
        " ORDER BY r.asked_at DESC",
        actor.person_id,
    )
    return [_with_day(row) for row in rows]


async def requests_waiting(actor: Actor) -> list[Row]:
    """Corrections of the data that the actor keeps and nobody answered, the oldest first."""
    rows = await fetch(
        _REQUEST + " WHERE r.status = 'waiting' AND r.about = ANY($1) ORDER BY r.asked_at LIMIT 200", _kept_by(actor)
    )
    return [_with_day(row) for row in rows]


async def request_page(request: UUID, visible_to: Actor) -> Row:
    """One wish, for whoever made it and for the keeper of the data. Raises NotFound for everybody else."""
    row = await fetchrow(_REQUEST + " WHERE r.id = $1", request)
    if row is None or (row["person"] != visible_to.person_id and row["about"] not in _kept_by(visible_to)):
        raise NotFound()
    return _with_day(row)


def _kept_by(actor: Actor) -> list[str]:
    return [about for about, permission in KEEPERS.items() if actor.may(permission)]


def _with_day(row: Any) -> Row:
    return {**row, "answer_by": answer_by(row["asked_at"])}


async def answer_correction(request: UUID, to: RequestStatus, answer: str, actor: Actor, now: datetime) -> None:
    """Say what was corrected, or why not (R-CIV-06). Raises NotFound, Conflict when it was answered already."""
    async with transaction():
        await fetch("SELECT id FROM correction_request WHERE id = $1 FOR UPDATE", request)
        row = await request_page(request, actor)
        if row["about"] not in _kept_by(actor):
            raise NotFound()
        status = move(TRANSITIONS, row["status"], to=to)
        await execute(
            "UPDATE correction_request SET status = $2, answer = $3, answered_by = $4, answered_at = $5 WHERE id = $1",
            request, status.value, answer, actor.person_id, now,
        )  # fmt: skip
        detail = {"about": row["about"], "status": status.value}
        await record("person.correction_answered", ("person", str(row["person"])), actor, detail, now)
        await _tell(row, status, answer, now)


async def _tell(row: Row, status: RequestStatus, answer: str, now: datetime) -> None:
    if not row["email"]:
        return
    subject = say(N_("您要求的更正已经办理") if status == RequestStatus.CORRECTED else N_("您要求的更正没有办理"))
    words = N_("您在“我的数据”里要求更正“{field}”。答复：{answer} 对答复不服的，可以依法向人民法院提起诉讼。")
    if status == RequestStatus.CORRECTED:
        words = N_("您在“我的数据”里要求更正“{field}”。答复：{answer}")
    body = say(words, field=row["field"], answer=answer)
    await post_mail(row["email"], subject.text("zh"), f"{body.text('zh')}\n\n{body.text('en')}", now)
