"""Requests of people who want to join an organisation that is here already."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class JoinRequest(Table):
    """Somebody asks an organisation's owner for an account; told to the owner once the address is confirmed."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(80, default=None, null=False)
    email = Varchar(200, default=None, null=False)
    words = Varchar(500, default="", null=False)
    token_hash = Bytea(default=b"", null=False, unique=True)
    status = Varchar(12, default=None, null=False)
    asked_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False)
    role = Varchar(20, default="", null=False)
    reason = Varchar(500, default="", null=False)
    answered_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    answered_at = Timestamptz(default=None, null=True)

    join_request_status_known = Check("status IN ('asked', 'waiting', 'accepted', 'refused')")
    join_request_answer = Check(
        "(status IN ('accepted', 'refused')) = (answered_by IS NOT NULL AND answered_at IS NOT NULL)"
    )
    accepted_with_a_role = Check("(status = 'accepted') = (role <> '')")
    refused_with_a_reason = Check("(status = 'refused') = (reason <> '')")
