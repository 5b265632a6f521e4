"""Register the public key of an opener."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from marketplace.accounts.actor import Actor
from marketplace.accounts.openers.tables import OpenerKey
from marketplace.accounts.permissions import Permission
from marketplace.accounts.trail import record
from marketplace.kernel import sealing
from marketplace.kernel.db import execute, fetch, insert, transaction


async def register_opener_key(recipient: str, actor: Actor, now: datetime) -> UUID:
    """Make this age recipient the actor's key for new listings; the earlier one retires but still opens old bids."""
    actor.check_may(Permission.REGISTER_OPENER_KEY)
    recipient = sealing.check_recipient(recipient)
    async with transaction():
        await execute(
            "UPDATE opener_key SET retired_at = $2 WHERE person = $1 AND retired_at IS NULL", actor.person_id, now
        )
        fingerprint = sealing.fingerprint(recipient)
        key: UUID = await insert(
            OpenerKey, person=actor.person_id, recipient=recipient, fingerprint=fingerprint, registered_at=now
        )
        detail = {"fingerprint": fingerprint}
        await record("opener.key_registered", ("person", str(actor.person_id)), actor, detail, now)
    return key


async def list_openers() -> list[dict[str, object]]:
    """People whose key may be used for new listings: id, name, organisation, recipient, fingerprint."""
    rows = await fetch(
        "SELECT DISTINCT ON (p.id) p.id, p.name, o.name AS organisation, k.recipient, k.fingerprint"
        " FROM opener_key k JOIN person p ON p.id = k.person"
        " JOIN membership m ON m.person = p.id AND m.role = 'opener' JOIN organisation o ON o.id = m.organisation"
        " WHERE k.retired_at IS NULL AND p.is_active ORDER BY p.id"
    )
    return [dict(r) for r in rows]
