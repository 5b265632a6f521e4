"""The second factor of an account: its secret (encrypted), the codes already used, the recovery codes (hashed)."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Person


class SecondFactor(Table):
    """The authenticator of a person; the secret is readable only with a key outside the database."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, unique=True)
    secret = Varchar(200, default=None, null=False)
    begun_at = Timestamptz(default=None, null=False)


class UsedCode(Table):
    """A half-minute whose code a person has used: nobody uses it again, whoever looked over the shoulder."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    step = BigInt(default=None, null=False)

    code_is_used_once = Unique(["person", "step"])


class RecoveryCode(Table):
    """A code on paper for the day the phone is lost; works once."""

    id = UUID(primary_key=True, default=UUID4())
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    code_hash = Bytea(default=b"", null=False, unique=True)
    used_at = Timestamptz(default=None, null=True)
