"""Messages on their way out."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table


class OutboxMessage(Table, tablename="outbox_message"):
    """A message that is waiting, delivered, or dead after too many tries. `due_at` and what follows is real time."""

    id = UUID(primary_key=True, default=UUID4())
    kind = Varchar(60, default=None, null=False)
    payload = JSONB(default={}, null=False)
    # the same for every try, so that a receiver can tell a repetition
    idempotency_key = Varchar(120, default=None, null=False, unique=True)
    posted_at = Timestamptz(default=None, null=False)
    due_at = Timestamptz(default=None, null=False)
    attempts = Integer(default=0, null=False)
    last_error = Text(default="", null=False)
    delivered_at = Timestamptz(null=True, default=None)
    dead_at = Timestamptz(null=True, default=None)
    # a message about a sealed bid that cannot be sent is not shown to anyone before the deadline
    hidden_until = Timestamptz(null=True, default=None)
    kind_is_said = Check("kind <> ''")
    not_both_delivered_and_dead = Check("delivered_at IS NULL OR dead_at IS NULL")
    attempts_are_counted = Check("attempts >= 0")
