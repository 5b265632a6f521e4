"""Failed sign-ins of the last hour, shared by every web process. What was typed is kept as a keyed hash only."""

from __future__ import annotations

from piccolo.columns import Bytea, Timestamptz
from piccolo.columns.column_types import BigSerial
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table


class SignInFailure(Table):
    """One failed sign-in: for which name, from which address (a household or office may share one). In real time."""

    number = BigSerial(primary_key=True)
    name_hash = Bytea(default=b"", null=False, index=True)
    address_hash = Bytea(default=b"", null=False, index=True)
    failed_at = Timestamptz(default=TimestamptzNow(), null=False)
