"""Files that prove what was done, each for an item of the checklist."""

from __future__ import annotations

from piccolo.columns import UUID, ForeignKey, Integer, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from contracts.agreements.tables import ContractMilestone
from marketplace.accounts.documents.tables import Document
from marketplace.accounts.people.tables import Person


class AcceptanceEvidence(Table):
    """A file for one item of a milestone's checklist, or for all of it (`item` 0), as the item read then.

    `attendance`: how many took part, of a training. Never changed.
    """

    id = UUID(primary_key=True, default=UUID4())
    milestone = ForeignKey(ContractMilestone, null=False, on_delete=OnDelete.restrict, index=True)
    item = Integer(default=0, null=False)
    requirement = Text(default="", null=False)
    kind = Varchar(10, default=None, null=False)
    attendance = Integer(default=None, null=True)
    note = Varchar(300, default="", null=False)
    document = ForeignKey(Document, null=False, on_delete=OnDelete.restrict, unique=True)
    side = Varchar(10, default=None, null=False)
    added_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    added_at = Timestamptz(default=None, null=False)

    acceptance_evidence_kind_known = Check("kind IN ('visits', 'orders', 'report', 'training', 'document')")
    acceptance_evidence_side_known = Check("side IN ('buyer', 'provider')")
    acceptance_evidence_attendance_of_trainings = Check("(kind = 'training') = (attendance IS NOT NULL)")
    acceptance_evidence_counts = Check("item >= 0 AND attendance > 0")
