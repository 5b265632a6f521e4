"""Note who looks at hidden values; consent given and taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.privacy.tables import Consent, PersonalDataLook
from marketplace.accounts.trail import record
from marketplace.kernel.db import execute, fetchval, insert, transaction

EDITION = "2026-11"  # of the privacy notice on /my-data


@dataclass(frozen=True)
class Look:
    """A hidden value that is shown: which one, on which paper, why, and whose it is."""

    what: str
    reference: str
    purpose: str
    of_organisation: UUID | None = None
    of_person: UUID | None = None


async def note_look(look: Look, subject: tuple[str, str], actor: Actor, now: datetime) -> None:
    """Keep who was shown what, in the caller's transaction: for its owner to read, and in the audit."""
    await insert(
        PersonalDataLook, of_organisation=look.of_organisation, of_person=look.of_person, what=look.what,
        reference=look.reference, purpose=look.purpose, seen_by=actor.person_id, seen_at=now,
    )  # fmt: skip
    detail = {"reference": look.reference, "reason": look.purpose}
    await record("personal_data.shown", subject, actor, detail, now)


async def give_consent(actor: Actor, now: datetime) -> None:
    """Agree to this edition of the notice; done again it changes nothing."""
    async with transaction():
        if await fetchval(
            "SELECT 1 FROM consent WHERE person = $1 AND edition = $2 AND withdrawn_at IS NULL",
            actor.person_id, EDITION,
        ):  # fmt: skip
            return
        await insert(Consent, person=actor.person_id, edition=EDITION, given_at=now)
        await record("person.consent_given", ("person", str(actor.person_id)), actor, {}, now)


async def withdraw_consent(actor: Actor, now: datetime) -> None:
    """Take the consent back; what a law asks to keep is kept all the same."""
    async with transaction():
        await execute(
            "UPDATE consent SET withdrawn_at = $2 WHERE person = $1 AND withdrawn_at IS NULL", actor.person_id, now
        )
        await record("person.consent_withdrawn", ("person", str(actor.person_id)), actor, {}, now)
