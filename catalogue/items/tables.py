"""The county's directory of what may be bought: dated editions and their items."""

from __future__ import annotations

from piccolo.columns import UUID, Array, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table


class Edition(Table):
    """One edition of the directory with the document it rests on; never edited, only followed by the next."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(120, default=None, null=False)
    name_en = Varchar(200, default=None, null=False)
    document = Varchar(200, default=None, null=False)
    document_en = Varchar(300, default=None, null=False)
    effective_on = Date(default=None, null=False, unique=True)
    published_at = Timestamptz(default=None, null=False)


class Item(Table):
    """One service that may be bought, in Chinese letter for letter and in English."""

    id = UUID(primary_key=True, default=UUID4())
    edition = ForeignKey(Edition, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=0, null=False)
    code = Varchar(8, default=None, null=False)
    category = Varchar(20, default=None, null=False)
    name = Varchar(120, default=None, null=False)
    name_en = Varchar(200, default=None, null=False)
    content = Text(default=None, null=False)
    content_en = Text(default=None, null=False)
    unit = Varchar(40, default=None, null=False)
    unit_en = Varchar(80, default=None, null=False)
    evidence = Text(default=None, null=False)
    evidence_en = Text(default=None, null=False)
    legal_forms = Array(base_column=Varchar(40), default=list, null=False)
    logs_visits = Boolean(default=False, null=False)

    item_once_per_edition = Unique(["edition", "code"])
    item_category_known = Check("category IN ('administrative', 'service')")
