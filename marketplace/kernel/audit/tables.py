"""What was done, by whom, when: rows that triggers keep from being changed or removed, chained stream by stream.

Whether a stream may be read yet is a fact of the stream, so that the number of sealed bids stays unknown until
the deadline even to those who read everything.
"""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table


class AuditStream(Table, tablename="audit_stream"):
    """A chain of its own. Without a row here a stream stays hidden, so a forgotten call hides rather than shows."""

    name = Varchar(120, primary_key=True)
    hidden_until = Timestamptz(null=True, default=None)
    signed_position = BigInt(default=0, null=False)
    signed_position_is_not_negative = Check("signed_position >= 0")


class AuditEntry(Table, tablename="audit_entry"):
    """One act. The last four columns are set once, by the linker."""

    # a random key: a running number shown beside an entry would give away how many hidden ones lie between
    id = UUID(primary_key=True, default=UUID4())
    sequence = BigSerial(null=False)
    stream = Varchar(120, default=None, null=False)
    act = Varchar(80, default=None, null=False)
    subject_kind = Varchar(60, default=None, null=False)
    subject_id = Varchar(80, default=None, null=False)
    actor_id = UUID(null=True, default=None)
    actor_name = Varchar(120, default="", null=False)
    actor_role = Varchar(200, default="", null=False)
    organisation = Varchar(200, default="", null=False)
    detail = JSONB(default={}, null=False)
    at = Timestamptz(default=None, null=False)
    content_sha256 = Varchar(64, default=None, null=False)  # by `hashed_by`, as the entry's link is
    hashed_by = Varchar(20, default="sha256", null=False)
    recorded_at = Timestamptz(default=None, null=False)
    position = BigInt(null=True, default=None)
    previous_hash = Varchar(64, null=True, default=None)
    entry_hash = Varchar(64, null=True, default=None)
    linked_at = Timestamptz(null=True, default=None)
    position_is_positive = Check("position > 0")
    link_is_whole = Check("num_nulls(position, previous_hash, entry_hash, linked_at) IN (0, 4)")
    content_hash_is_hex = Check("content_sha256 ~ '^[0-9a-f]{64}$'")
