"""Take in what the public says, answer it, publish it after review or take it back."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from marketplace.accounts.actor import Actor
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchrow, fetchval, transaction
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.forms import Bound
from marketplace.kernel.i18n import N_, translate
from marketplace.kernel.outbox.services import post_mail
from marketplace.kernel.private_columns import conceal, reveal
from marketplace.kernel.references.services import random_reference
from marketplace.kernel.sheets import identity_of, wait_for_turn
from marketplace.kernel.states import move
from marketplace.public_posts.services import note_post
from marketplace.voices.rules import TRANSITIONS, VoiceStatus, check_may_publish, desks_of

EMAIL = "voice.email"


async def send_voice(form: Bound, language: str, place: bytes, now: datetime, sheet: UUID | None = None) -> str:
    """Keep it for the office; gives the number with which the sender reads the answer. Raises TooManyPosts.

    `sheet`: the form it was written on; sent twice it is kept once, with anything on it mended it is told again.
    """
    about, email = form["about"] or "", form["email"] or ""
    identity = identity_of(sheet or uuid4(), form["kind"], form["office"], about, form["words"], email)
    async with transaction():
        await wait_for_turn(identity)
        if before := await fetchval("SELECT reference FROM voice WHERE id = $1", identity):
            return str(before)
        await note_post("voice", place)
        reference = random_reference("LY")
        await execute(
            "INSERT INTO voice (id, reference, kind, office, about, words, email, language, status, sent_at)"
            " VALUES ($9, $1, $2, $3, $4, $5, $6, $7, 'received', $8)",
            reference, form["kind"], form["office"], about, form["words"], conceal(email, EMAIL), language, now,
            identity,
        )  # fmt: skip
        # nothing that it says: the audit is read by more people than its office
        await record("voice.received", ("voice", reference), None, {"kind": form["kind"]}, now)
    return reference


async def _lock(reference: str, actor: Actor) -> dict[str, Any]:
    row = await fetchrow("SELECT * FROM voice WHERE reference = $1 FOR UPDATE", reference)
    if row is None or row["office"] not in desks_of(actor):
        raise NotFound()
    return dict(row)


async def answer_voice(form: Bound, reference: str, actor: Actor, public_address: str, now: datetime) -> None:
    """Answer once; published with it, or told to the sender alone. Raises NotFound, Conflict, DomainError."""
    async with transaction():
        found = await _lock(reference, actor)
        public = (form["public_words"] or "") if form["is_public"] else ""
        to = VoiceStatus.PUBLISHED if public else VoiceStatus.ANSWERED
        if found["status"] != VoiceStatus.RECEIVED:
            raise Conflict(N_("已经有同事答复了。请刷新页面。"))
        if public:
            check_may_publish(found["kind"], f"{public}\n{form['answer']}")
        await execute(
            "UPDATE voice SET status = $2, answer = $3, public_words = $4, answered_by = $5, answered_at = $6"
            " WHERE reference = $1",
            reference, move(TRANSITIONS, VoiceStatus(found["status"]), to=to), form["answer"], public, actor.person_id,
            now,
        )  # fmt: skip
        detail = {"reference": reference, "public": "yes" if public else "no"}
        await record("voice.answered", ("voice", reference), actor, detail, now)
        language = found["language"]
        body = translate(N_("您的来信 {reference} 有了答复：\n\n{answer}\n\n{address}"), language).format(
            reference=reference, answer=form["answer"],
            address=f"{public_address}{'/en' if language == 'en' else ''}/voices/{reference}",
        )  # fmt: skip
        await post_mail(reveal(found["email"], EMAIL), translate(N_("您的来信有了答复"), language), body, now)


async def take_back(reference: str, actor: Actor, now: datetime) -> None:
    """A published comment is not public any more; its sender still reads the answer. Raises NotFound, Conflict."""
    async with transaction():
        await _lock(reference, actor)
        changed = await fetchval(
            "UPDATE voice SET status = $2, public_words = '' WHERE reference = $1 AND status = 'published' RETURNING 1",
            reference, move(TRANSITIONS, VoiceStatus.PUBLISHED, to=VoiceStatus.ANSWERED),
        )  # fmt: skip
        if changed is None:
            raise Conflict(N_("它现在没有公开。请刷新页面。"))
        await record("voice.taken_back", ("voice", reference), actor, {"reference": reference}, now)
