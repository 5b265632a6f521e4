"""Who may bring others into an organisation, and the codes by which they come in."""

from __future__ import annotations

from piccolo.columns import UUID, Bytea, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class OrganisationOwner(Table):
    """A person who answers for an organisation's members: invites them, takes roles back."""

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    since = Timestamptz(default=None, null=False)

    owner_once = Unique(["organisation", "person"])


class Invitation(Table):
    """A code, on paper or in a mail, that gives one person one role; only its hash is kept. Expires by real time."""

    id = UUID(primary_key=True, default=UUID4())
    code_hash = Bytea(default=b"", null=False, unique=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    role = Varchar(20, default=None, null=False)
    email = Varchar(200, default="", null=False)
    made_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    made_at = Timestamptz(default=None, null=False)
    expires_at = Timestamptz(default=None, null=False, index=True)
    used_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    used_at = Timestamptz(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)

    invitation_used_by_somebody = Check("(used_by IS NULL) = (used_at IS NULL)")
