"""What each member of the panel found of each item of a bid."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check, Unique
from piccolo.table import Table

from evaluations.opening.tables import OpenedBid
from evaluations.panel.tables import PanelMember
from marketplace.accounts.documents.tables import Document


class ConformityVote(Table):
    """One member's finding of one item: met or not, why not, and the paper of the bid that shows it.

    `asked` is what the procurement document prints about the item.
    """

    id = UUID(primary_key=True, default=UUID4())
    member = ForeignKey(PanelMember, null=False, on_delete=OnDelete.restrict, index=False)  # the unique one serves
    opened_bid = ForeignKey(OpenedBid, null=False, on_delete=OnDelete.restrict, index=True)
    position = Integer(default=None, null=False)
    item = Varchar(200, default=None, null=False)
    asked = Varchar(400, default="", null=False)
    clause = Varchar(20, default=None, null=False)
    passes = Boolean(default=False, null=False)
    reason = Text(default="", null=False)
    evidence = ForeignKey(Document, null=True, on_delete=OnDelete.restrict, index=True)
    place = Varchar(120, default="", null=False)
    voted_at = Timestamptz(default=None, null=False)

    conformity_vote_once = Unique(["member", "opened_bid", "position"])
    conformity_vote_has_reason = Check("passes OR reason <> ''")
