"""Photographs of visits: encrypted, without metadata, gone after their term."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.visits.tables import Visit
from marketplace.accounts.people.tables import Person


class VisitPhoto(Table):
    """One photograph of a visit, drawn anew by the service before it is kept, so that nothing but the picture stays.

    `id` comes from the phone or page, so that one sent twice is one. `size`: bytes of the picture.
    """

    id = UUID(primary_key=True, default=UUID4())
    visit = ForeignKey(Visit, null=False, on_delete=OnDelete.restrict, index=True)
    # encrypted (kernel/private_columns): the picture in base64
    content = Text(default=None, null=False)
    sha256 = Varchar(64, default=None, null=False)
    size = Integer(default=None, null=False)
    taken_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    taken_at = Timestamptz(default=None, null=False)

    visit_photo_has_size = Check("size > 0")
