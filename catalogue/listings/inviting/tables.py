"""The list from which those to be invited are drawn, and the invitations sent (R-METH-10)."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from catalogue.listings.tables import Listing
from marketplace.accounts.people.tables import Organisation, Person


class InvitationList(Table):
    """How the list of a listing came about: by which of the three lawful ways, by which paper."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    way = Varchar(20, default=None, null=False)
    source = Varchar(300, default=None, null=False)
    # of a prequalification notice: its day, and until when providers could apply
    noticed_on = Date(default=None, null=True)
    applied_until = Date(default=None, null=True)
    take = Integer(default=None, null=False)
    recorded_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    recorded_at = Timestamptz(default=None, null=False)

    invitation_list_way_known = Check("way IN ('prequalification', 'library', 'recommendation')")
    invitation_list_takes_some = Check("take > 0")


class ListedProvider(Table):
    """One provider on the list; `reason` is why it was recommended, published with the result."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    reason = Varchar(500, default="", null=False)

    listed_provider_position_once = Unique(["listing", "position"])
    listed_provider_once = Unique(["listing", "organisation"])


class ListingInvitation(Table):
    """An invitation; all of a listing carry the same moment."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    sent_at = Timestamptz(default=None, null=False)

    listing_invitation_once = Unique(["listing", "organisation"])


class Prequalification(Table):
    """A prequalification run here: until when one may apply; `qualification` is what its notice asks (R-TIME-06)."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    applications_until = Timestamptz(default=None, null=False)
    qualification = Text(default="", null=False)
    prepared_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    prepared_at = Timestamptz(default=None, null=False)
    published_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    published_at = Timestamptz(default=None, null=True)

    prequalification_published_whole = Check("(published_by IS NULL) = (published_at IS NULL)")
    prequalification_by_two = Check("published_by IS NULL OR published_by <> prepared_by")


class PrequalificationApplication(Table):
    """A provider that applied, and what the buyer found after the deadline; a refusal has a reason."""

    id = UUID(primary_key=True, default=UUID4())
    prequalification = ForeignKey(Prequalification, null=False, on_delete=OnDelete.restrict, index=True)
    organisation = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    applied_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    applied_at = Timestamptz(default=None, null=False)
    is_qualified = Boolean(default=None, null=True)
    reason = Varchar(500, default="", null=False)
    judged_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    judged_at = Timestamptz(default=None, null=True)

    application_once = Unique(["prequalification", "organisation"])
    application_judged_whole = Check("(is_qualified IS NULL) = (judged_at IS NULL)")
    application_refused_with_reason = Check("is_qualified IS DISTINCT FROM false OR reason <> ''")
