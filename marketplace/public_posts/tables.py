"""How often somebody without an account wrote from one place; forgotten after a day."""

from __future__ import annotations

from piccolo.columns import Bytea, Timestamptz, Varchar
from piccolo.columns.column_types import BigSerial
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class PublicPost(Table):
    """One form sent without an account: what kind, from where (a keyed hash), when in real time."""

    id = BigSerial(primary_key=True)
    kind = Varchar(20, default=None, null=False)
    address_hash = Bytea(default=None, null=False, index=True)
    posted_at = Timestamptz(default=TimestamptzNow(), null=False, index=True)
