"""The town's list of dishonesty (applicants, units, recipients): apart from suppliers' credit, never public."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Date, ForeignKey, OnDelete, Text, Timestamptz, Varchar
from piccolo.columns.defaults.uuid import UUID4
from piccolo.constraints import Check
from piccolo.table import Table

from marketplace.accounts.people.tables import Organisation, Person


class TownListEntry(Table):
    """One who falsified, as a town proposes and civil affairs decides. A resident stands here by code, not by name."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(40, default=None, null=False, unique=True)
    town = ForeignKey(Organisation, null=False, on_delete=OnDelete.restrict, index=True)
    kind = Varchar(20, default=None, null=False)
    subject = Varchar(120, default=None, null=False)
    is_adult = Boolean(default=None, null=True)
    conduct = Varchar(20, default=None, null=False)
    legal_basis = Varchar(200, default=None, null=False)
    facts = Text(default=None, null=False)
    evidence = Text(default=None, null=False)
    status = Varchar(20, default="proposed", null=False)
    hear_until = Date(default=None, null=False)
    hearing = Varchar(20, default=None, null=True)
    hearing_note = Text(default="", null=False)
    heard_on = Date(default=None, null=True)
    listed_on = Date(default=None, null=True)
    ends_on = Date(default=None, null=False)
    proposed_by = ForeignKey(Person, null=False, on_delete=OnDelete.restrict, index=True)
    proposed_at = Timestamptz(default=None, null=False)
    decided_by = ForeignKey(Person, null=True, on_delete=OnDelete.restrict, index=True)
    decided_at = Timestamptz(default=None, null=True)
    decision_note = Text(default="", null=False)

    town_list_kind_known = Check("kind IN ('applicant', 'unit', 'recipient')")
    town_list_conduct_known = Check("conduct IN ('income', 'papers', 'promise', 'members')")
    town_list_status_known = Check("status IN ('proposed', 'heard', 'listed', 'dropped', 'removed')")
    town_list_hearing_known = Check("hearing IN ('held', 'written', 'waived')")
    # no child ever stands on the list, and nothing without a basis in law
    town_list_adults_only = Check("(kind = 'unit') = (is_adult IS NULL) AND is_adult IS NOT FALSE")
    town_list_has_basis = Check("legal_basis <> ''")
    town_list_heard_first = Check("status NOT IN ('heard', 'listed', 'removed') OR hearing IS NOT NULL")
    town_list_two_people = Check("decided_by <> proposed_by")
