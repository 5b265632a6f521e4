"""Papers handed in: what they are, how large, their hash, and where the file store keeps them."""

from __future__ import annotations

from piccolo.columns import UUID, BigInt, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class Document(Table):
    """A file of an organisation. `visibility`: public, or owner (its organisation and those the page lets in).

    `scan`: none (no scanner was set), clean, waiting (came out of a sealed bid, held), infected (never given out).
    """

    id = UUID(primary_key=True, default=UUID4())
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    uploaded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    name = Varchar(200, default=None, null=False)
    media_type = Varchar(120, default=None, null=False)
    size = BigInt(default=0, null=False)
    sha256 = Varchar(64, default=None, null=False)
    sm3 = Varchar(64, default="", null=False)  # its hash by SM3 too, where the county must use it
    storage_key = Varchar(200, default=None, null=False)
    visibility = Varchar(10, default="owner", null=False)
    uploaded_at = Timestamptz(default=None, null=False)
    scan = Varchar(10, default="none", null=False)

    document_visibility_known = Check("visibility IN ('public', 'owner')")
    document_scan_known = Check("scan IN ('none', 'clean', 'waiting', 'infected')")
