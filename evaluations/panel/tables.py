"""The panel of a listing: who judges, what they declared, and when they locked their scores."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class PanelMember(Table):
    """An expert or the buyer's representative on a listing's panel, and how they came there (R-EXP-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    person = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(10, default="expert", null=False)
    drawn_from = Varchar(200, default="", null=False)
    appointed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    appointed_at = Timestamptz(default=None, null=False)
    declared_at = Timestamptz(default=None, null=True)
    has_interest = Boolean(default=False, null=False)
    interest = Text(default="", null=False)
    # where it works and worked in the years that count, as it said: names or codes, a line each (R-ROLE-06)
    employers = Text(default="", null=False)
    # the county's registers, not the member, said that it must step aside
    is_found = Boolean(default=False, null=False)
    locked_at = Timestamptz(default=None, null=True)
    # the members differed on an objective factor, so all marks were opened again (R-COM-07)
    reopened_at = Timestamptz(default=None, null=True)

    panel_member_once = Unique(["listing", "person"])
    panel_member_kind_known = Check("kind IN ('expert', 'buyer')")


class PanelDrawRecord(Table):
    """A draw made in the provincial library, with its paper (抽取记录); a later one fills a seat (R-EXP-01)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    number = Varchar(80, default=None, null=False)
    library = Varchar(120, default=None, null=False)
    drawn_on = Date(default=None, null=False)
    taken = Integer(default=None, null=False)
    people = Text(default=None, null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    panel_draw_record_once = Unique(["listing", "number"])
    panel_draw_record_takes_somebody = Check("taken > 0")


class ChairVote(Table):
    """Whom a member wants as chair of its panel (87 Art 45)."""

    id = UUID(primary_key=True, default=UUID4())
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, unique=True)
    chosen = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=True)
    voted_at = Timestamptz(default=None, null=False)
