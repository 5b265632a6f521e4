"""What the public said and nobody has answered yet."""

from __future__ import annotations

from datetime import datetime

from marketplace.accounts.actor import Actor
from marketplace.kernel.deadlines import compute
from marketplace.kernel.i18n import N_, say
from marketplace.kernel.names import Name
from marketplace.kernel.work import WorkItem
from marketplace.voices.queries import waiting
from marketplace.voices.rules import ANSWER, KIND_LABELS, RULE, VoiceKind, desks_of


async def waiting_for(actor: Actor, now: datetime) -> list[WorkItem]:
    """Comments and tips at the reader's office, each with the last day to answer it."""
    desks = desks_of(actor)
    if not desks:
        return []
    return [
        WorkItem(
            compute(ANSWER, row["sent_at"]).date, Name("群众", "The public"),
            say(N_("答复{kind} {reference}"), kind=say(KIND_LABELS[VoiceKind(row["kind"])]),
                reference=row["reference"]),
            f"/voices/desk/{row['reference']}", RULE,
        )
        for row in await waiting([str(desk) for desk in desks])
    ]  # fmt: skip
