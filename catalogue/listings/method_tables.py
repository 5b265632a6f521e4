"""On what ground a listing goes by its method, and who approved it."""

from __future__ import annotations

from piccolo.columns import UUID, Date, ForeignKey, Numeric, OnDelete, Text, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from catalogue.listings.tables import Listing


class ListingProcedure(Table):
    """The recorded ground of a method and the approval above the threshold (R-METH-02). Share in percent."""

    id = UUID(primary_key=True, default=UUID4())
    listing = ForeignKey(Listing, null=False, on_delete=OnDelete.restrict, unique=True)
    ground = Varchar(30, default="", null=False)
    ground_reason = Text(default="", null=False)
    expert_opinions = Text(default="", null=False)
    addition_share = Numeric((6, 2), default=None, null=True)
    approval_number = Varchar(80, default="", null=False)
    approved_on = Date(default=None, null=True)

    procedure_approval_whole = Check("(approval_number = '') = (approved_on IS NULL)")
    procedure_share_positive = Check("addition_share IS NULL OR addition_share > 0")
