"""The buyer's confirmation of a procurement document that an agency publishes."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, OnDelete, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Person


class DocumentConfirmation(Table):
    """采购文件确认函: it holds for exactly the text that stood when it was given."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    content_sha256 = Varchar(64, default=None, null=False)
    confirmed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    confirmed_at = Timestamptz(default=None, null=False)
